"""What follows an emergency: what the officer sends, and what staff say of it."""

from datetime import datetime
from itertools import groupby
from typing import Any

from django import forms
from django.utils import timezone

from foundation.core.forms import GovDateField, PortalForm, Radios
from foundation.documents.formfields import TakesUploads, UploadField
from foundation.legal.models import ProcessType
from foundation.providers.policy import offered_types
from requests_app.deadlines import odd_year
from requests_app.enums import SettledHow
from requests_app.models import DataRequest
from requests_app.order_rules import day_of

_GENERAL = 2
_OF_ORDER = {
    "process_type": "Choose what the court or authority issued",
    "issuing_authority": "Enter who issued it, as it stands on the document",
    "issued_on": "Enter the date it was issued",
}


class AfterForm(TakesUploads, PortalForm):
    """Legal process, or the word of a supervisor that there will be none; either with its document."""

    mark_optional = False
    how = forms.ChoiceField(
        label="What do you send?",
        choices=[
            (SettledHow.PROCESS, "An order, warrant or other legal process"),
            (SettledHow.STATEMENT, "A supervisor's confirmation, because there will be no legal process"),
        ],
        widget=Radios(
            hints={
                SettledHow.PROCESS: "It covers the records you were given",
                SettledHow.STATEMENT: "For example a missing person who was found. On the letterhead of your agency, "
                "signed, with the reference of this request",
            },
            reveals={
                SettledHow.PROCESS: ["process_type", "issuing_authority", "issued_on", "docket"],
                SettledHow.STATEMENT: ["supervisor"],
            },
        ),
    )
    process_type = forms.ModelChoiceField(
        label="Type", queryset=ProcessType.objects.none(), required=False, empty_label="Choose a type"
    )
    issuing_authority = forms.CharField(label="Issuing authority or court", max_length=200, required=False)
    issued_on = GovDateField(label="Date it was issued", help_text="For example, 27 11 2026", required=False)
    docket = forms.CharField(label="Docket or order number, if it has one", max_length=100, required=False)
    supervisor = forms.CharField(label="Name and rank of the supervisor who signed", max_length=150, required=False)
    upload = UploadField(label="The document", help_text="A scan, or the signed file")

    def __init__(self, data: Any = None, files: Any = None, *, data_request: DataRequest, user: Any) -> None:
        """Offer the types of legal process that this company takes from the officer's country."""
        super().__init__(data, files, user=user)
        offered = offered_types(data_request.provider, data_request.jurisdiction, timezone.now())
        kinds = offered.filter(is_preservation=False, is_emergency=False, stop_screen=False)
        field: Any = self.fields["process_type"]
        field.queryset = ProcessType.objects.filter(pk__in=[kind.pk for kind in kinds])
        groups = groupby(kinds, lambda kind: "General" if kind.tier == _GENERAL else kind.jurisdiction.name)  # type: ignore[attr-defined]
        field.choices = [
            ("", "Choose a type"),
            *((name, [(kind.pk, kind.full_name) for kind in found]) for name, found in groups),
        ]

    def clean(self) -> dict[str, Any]:
        """Ask for what belongs to the answer that was chosen."""
        values = super().clean() or {}
        if values.get("how") == SettledHow.PROCESS:
            for name, words in _OF_ORDER.items():
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, words)
            issued = values.get("issued_on")
            if issued and issued > day_of(timezone.now()):
                self.add_error("issued_on", "Date it was issued: this is after today. Check it")
            elif issued and (odd := odd_year(issued)):
                self.add_error("issued_on", f"Date it was issued: {odd}")
        if values.get("how") == SettledHow.STATEMENT and not values.get("supervisor", "").strip():
            self.add_error("supervisor", "Enter the name and rank of the supervisor who signed")
        return values


class ContactForm(PortalForm):
    """The numbers of an emergency, corrected."""

    phone = forms.CharField(label="Your number right now", max_length=60)
    supervisor = forms.CharField(label="Your supervisor's name", max_length=150)
    supervisor_phone = forms.CharField(label="Your supervisor's number", max_length=60)


class SeenForm(PortalForm):
    """When what was read came, as stamp() wrote it: who sends this has read that and nothing later."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def seen_at(self) -> datetime | None:
        """Return that moment; None where the page named none."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None


class AcceptForm(SeenForm):
    """What was sent is enough."""

    note = forms.CharField(
        label="Note", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Only staff read it",
    )  # fmt: skip


class SendBackForm(SeenForm):
    """What was sent is not enough."""

    reason = forms.CharField(
        label="What is missing?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The officer reads this",
    )  # fmt: skip


class ExcuseForm(PortalForm):
    """Nothing is asked for."""

    reason = forms.CharField(
        label="Why is nothing asked for?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Only staff read it",
    )  # fmt: skip


class ToldForm(PortalForm):
    """The agency was told by letter or telephone."""

    note = forms.CharField(
        label="How was the agency told?", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="By letter or at its published number, where, and who took it",
    )  # fmt: skip


class OrdinaryForm(PortalForm):
    """An emergency is none."""

    reason = forms.CharField(
        label="Why is it no emergency?", max_length=2000, widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The officer reads this",
    )  # fmt: skip
