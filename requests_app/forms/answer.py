"""What an officer writes about a request that was sent: answers, and taking it back."""

from django import forms

from foundation.core.forms import MultipleFileField, MultipleFileInput, PortalForm
from foundation.documents.filetypes import ACCEPT_ATTRIBUTE
from foundation.documents.uploads import validate_upload


class AnswerForm(PortalForm):
    """The answer to a question, with documents."""

    text = forms.CharField(label="Your answer", widget=forms.Textarea(attrs={"rows": 5}), max_length=6000)
    uploads = MultipleFileField(
        label="Documents", required=False, validators=[validate_upload],
        widget=MultipleFileInput(attrs={"accept": ACCEPT_ATTRIBUTE}),
        help_text="PDF, PNG, JPEG, text or CSV, up to 25 MB each",
    )  # fmt: skip


class WithdrawForm(PortalForm):
    """Why a request is taken back."""

    reason = forms.CharField(label="Reason", max_length=300, required=False, help_text="The reviewer reads it")
