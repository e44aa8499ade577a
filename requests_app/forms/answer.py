"""What an officer writes about a request that was sent: answers, and taking it back."""

from django import forms

from foundation.core.forms import PortalForm
from foundation.documents.formfields import TakesUploads, UploadsField


class AnswerForm(TakesUploads, PortalForm):
    """The answer to a question, with documents."""

    text = forms.CharField(label="Your answer", widget=forms.Textarea(attrs={"rows": 5}), max_length=6000)
    uploads = UploadsField(label="Documents", required=False)


class MoreDocumentsForm(TakesUploads, PortalForm):
    """Documents for a request that is with us."""

    uploads = UploadsField(label="Files")


class WithdrawForm(PortalForm):
    """Why a request is taken back."""

    reason = forms.CharField(label="Reason", max_length=300, required=False, help_text="The reviewer reads it")
