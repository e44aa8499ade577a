"""What an officer writes who wants a refusal looked at again."""

from django import forms

from foundation.core.forms import PortalForm
from foundation.documents.formfields import TakesUploads, UploadsField


class AppealForm(TakesUploads, PortalForm):
    """Why, with documents; asked once."""

    text = forms.CharField(
        label="What should we look at again?",
        help_text="Say what we overlooked or got wrong, or what you add now. Our reviewers read exactly this",
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=6000,
        error_messages={"required": "Write what we should look at again"},
    )
    uploads = UploadsField(label="Documents", required=False)
