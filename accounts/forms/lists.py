"""What is asked of whoever takes a list out of the portal."""

from django import forms

from accounts.services.list_files import CSV, XLSX
from foundation.core.forms import PortalForm, Radios


class ExportForm(PortalForm):
    """A list that leaves the portal as a file."""

    file_type = forms.ChoiceField(
        label="File",
        choices=[(CSV, "CSV, for any program"), (XLSX, "Excel workbook")],
        initial=CSV,
        widget=Radios(),
    )
    reason = forms.CharField(
        label="Why do you need it?",
        help_text="It stands in the audit log with your name",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Write why you need the file"},
    )
