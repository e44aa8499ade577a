"""What is typed beside the queue: the name of a view that is kept, and why a list leaves as a file."""

from django import forms

from accounts.services.list_files import CSV, XLSX
from foundation.core.forms import PortalForm, Radios
from requests_app.services.saved_views import NAME_LENGTH


class ViewNameForm(PortalForm):
    """What a view of the queue is called."""

    name = forms.CharField(
        label="Name of the view",
        help_text=f"At most {NAME_LENGTH} characters. Only you see it. Name no person and no case",
        # Longer ones are refused by the service: a browser that counts along would cut them without a word.
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Enter a name for this view"},
    )


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
