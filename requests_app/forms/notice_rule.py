"""The mark of compliance, a renewal of a bar, and a look at what the rule says of a request."""

from datetime import date
from typing import Any

from django import forms
from django.utils.dateformat import format as format_date

from foundation.core.forms import GovDateField, PortalForm, Radios
from foundation.documents.formfields import TakesUploads, UploadField


class ComplianceForm(PortalForm):
    """Whether compliance forbids telling, and why."""

    barred = forms.ChoiceField(
        label="May the account holders be told?",
        choices=[("yes", "No: tipping-off law forbids it"), ("no", "Yes, as far as compliance is concerned")],
        widget=Radios(small=True),
    )
    reason = forms.CharField(
        label="Why?",
        help_text="Read here and in the audit log only. The officer sees neither the mark nor this",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
    )

    def __init__(self, *args: Any, barred: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("barred", "yes" if barred else "no")


class RuleForm(PortalForm):
    """The reference of a request to ask the rule about."""

    reference = forms.CharField(label="Reference of a request", max_length=40)


class RenewalForm(TakesUploads, PortalForm):
    """The order that extends a bar on telling."""

    # The last day, or the word that there is none: one of both is needed.
    mark_optional = False

    clause = forms.CharField(
        label="The clause that forbids it", max_length=300,
        help_text="Page and paragraph of the order. A letter that only asks for silence is not enough",
    )  # fmt: skip
    until = GovDateField(label="Last day on which it forbids telling", required=False)
    endless = forms.BooleanField(label="It names no last day", required=False)
    upload = UploadField(label="The order")

    def __init__(self, *args: Any, after: date | None, **kwargs: Any) -> None:
        """Take the last day of what it extends."""
        super().__init__(*args, **kwargs)
        self._after = after

    def clean(self) -> dict[str, Any]:
        """Ask for a last day after the one it extends, or the word that there is none."""
        values = super().clean() or {}
        until = values.get("until")
        if values.get("endless") and until:
            self.add_error("until", "Enter the last day, or say that the order names none: not both")
        elif values.get("endless"):
            values["until"] = None
        elif until and self._after and until <= self._after:
            self.add_error(
                "until", f"Your order forbids it until {format_date(self._after, 'j M Y')} already: check day and year"
            )
        elif not values.get("until") and "until" not in self.errors:
            self.add_error("until", "Enter the last day, or say that the order names none")
        return values


class EndForm(PortalForm):
    """A confirmed bar that ends on another day: a court lifted it, shortened it, or gave it an end."""

    page = forms.CharField(
        label="Where it stands",
        max_length=40,
        help_text="The order that says so, and its page. For example, 2 Dec, p. 1",
    )
    until = GovDateField(label="Last day on which it forbids telling")


class BarForm(PortalForm):
    """What a person found who read an order that is said to forbid telling."""

    found = forms.ChoiceField(
        label="What does it say?",
        choices=[("confirm", "It forbids telling the account holder"), ("decline", "It forbids nothing")],
        widget=Radios(reveals={"confirm": ["page", "until", "endless"], "decline": ["reason"]}),
    )
    page = forms.CharField(label="Page on which the clause stands", max_length=40, required=False)
    until = GovDateField(label="Last day on which it forbids telling", required=False)
    endless = forms.BooleanField(label="It names no last day", required=False)
    reason = forms.CharField(
        label="Why not?",
        help_text="The officer reads this",
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=500,
    )

    def clean(self) -> dict[str, Any]:
        """Ask for what belongs to the answer."""
        values = super().clean() or {}
        if values.get("found") == "decline" and not values.get("reason"):
            self.add_error("reason", "Write why it forbids nothing")
        if values.get("found") == "confirm":
            if not values.get("page"):
                self.add_error("page", "Enter the page on which the clause stands")
            if values.get("endless"):
                values["until"] = None
            elif not values.get("until") and "until" not in self.errors:
                self.add_error("until", "Enter the last day, or say that the order names none")
        return values
