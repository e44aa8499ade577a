"""What is asked of whoever takes the audit log out of the portal."""

from django import forms

from accounts.forms.lists import ExportForm
from accounts.services.trail_export import SIGNED, TABLE
from foundation.core.forms import Radios


class TrailExportForm(ExportForm):
    """Entries of the audit log as a file."""

    file_type = forms.ChoiceField(
        label="File",
        choices=[(SIGNED, "Signed file (ZIP)"), (TABLE, "Table (CSV)")],
        initial=SIGNED,
        widget=Radios(
            hints={
                SIGNED: "The exact entries with their proofs. Anybody can check it without us",
                TABLE: "For a spreadsheet. It proves nothing",
            }
        ),
    )
