"""A batch of another portal: the file that comes, and why its results leave."""

from django import forms

from foundation.core.forms import PortalForm, Radios
from foundation.documents.filetypes import CSV, JSON, XLSX
from foundation.documents.formfields import TakesUploads, UploadField
from requests_app.services import sahyog_results


class BatchForm(TakesUploads, PortalForm):
    """The file."""

    upload = UploadField(label="File from Sahyog", kinds=(CSV, JSON, XLSX), limit="UPLOAD_LIMIT_LIST")


class ResultsForm(PortalForm):
    """The results of a batch as a file that leaves the portal."""

    file_type = forms.ChoiceField(
        label="File",
        choices=[(sahyog_results.CSV, "CSV, for any program"), (sahyog_results.JSON, "JSON")],
        initial=sahyog_results.CSV,
        widget=Radios(),
    )
    reason = forms.CharField(
        label="Why do you need it?",
        help_text="It stands in the audit log with your name",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write why you need the file"},
    )
