"""What a letter or a mail says of an emergency: the questions of the officer's own form, answered from the paper."""

from typing import Any

from django import forms

from foundation.core.forms import GovDateField, InstantField, PortalForm, Radios
from requests_app.forms.emergency import EmergencyForm

STATEMENT = (
    "danger", "imminence", "needed_by", "why_data", "why_no_process", "phone", "supervisor", "supervisor_phone",
    "process_follows", "process_by",
)  # fmt: skip
_ASKED: Any = EmergencyForm.base_fields
_TWO = {"rows": 2}


class StatementFields(PortalForm):
    """Nothing but the danger itself is needed: what is missing is listed for who reviews."""

    danger = forms.CharField(
        label="Who is in danger, and how do they know?", widget=forms.Textarea(attrs={"rows": 4}), max_length=4000,
        required=False,
    )  # fmt: skip
    imminence = forms.ChoiceField(
        label="When could the harm happen?", choices=_ASKED["imminence"].choices, widget=Radios(small=True),
        required=False,
    )  # fmt: skip
    needed_by = InstantField(
        label="By when do they need the data?", required=False,
        help_text="For example, 2026-06-04 16:30 +02:00. Leave it empty for: at once",
    )  # fmt: skip
    why_data = forms.CharField(
        label="How will this data prevent the harm?", widget=forms.Textarea(attrs=_TWO), max_length=2000, required=False
    )
    why_no_process = forms.CharField(
        label="Why is there no time for an order?", widget=forms.Textarea(attrs=_TWO), max_length=2000, required=False
    )
    phone = forms.CharField(
        label="Direct line of the officer", max_length=60, required=False,
        help_text="As it stands there. It is used only after the agency confirmed at a number of our directory",
    )  # fmt: skip
    supervisor = forms.CharField(label="Name of the supervisor", max_length=150, required=False)
    supervisor_phone = forms.CharField(
        label="Number of the supervisor", max_length=60, required=False,
        help_text="As it stands there: to compare, never to call",
    )  # fmt: skip
    process_follows = forms.ChoiceField(
        label="Will legal process follow?", choices=_ASKED["process_follows"].choices, required=False,
        widget=Radios(small=True, reveals={"yes": ["process_by"]}),
    )  # fmt: skip
    process_by = GovDateField(label="By which date?", required=False)

    def statement(self) -> dict[str, Any]:
        """Return the answers as requests_app.services.recording.Recorded keeps them."""
        given = self.cleaned_data
        by = given["process_by"]
        day = by.isoformat() if by and given["process_follows"] == "yes" else ""
        return {name: given[name] for name in STATEMENT} | {"process_by": day}
