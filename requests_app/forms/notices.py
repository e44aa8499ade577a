"""What staff type in about one notice to an account holder."""

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms

from foundation.core.forms import GovDateField, PortalForm

_NOON = time(12, tzinfo=UTC)


def moment_of(day: date, *, earliest: datetime, at: datetime) -> datetime:
    """Return a moment on a day that somebody named: at noon UTC, not before the earliest on it and not in the future.

    A day before the earliest, or after today, stays what it is: the service refuses it.
    """
    noon = datetime.combine(day, _NOON)
    if day == earliest.astimezone(UTC).date():
        noon = max(noon, earliest)
    return min(noon, at) if day == at.astimezone(UTC).date() else noon


def _words(label: str, help_text: str) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=help_text, widget=forms.Textarea(attrs={"rows": 3}), max_length=4000
    )  # fmt: skip


class ClearForm(PortalForm):
    """Why the holder may be told after an analyst has looked."""

    reason = _words(
        "Why may this account holder be told?", "What you looked at, and what it showed. Only staff read it"
    )


class DespiteForm(PortalForm):
    """Why counsel lets the holder be told."""

    despite = _words(
        "Why may this account holder be told all the same?",
        "A confirmed order of this request, and the mark of compliance, hold it in any case. Only staff read it",
    )


class WaiverBackForm(PortalForm):
    """Why a proposal that the holder is never told is taken away."""

    back = _words("Why may this account holder be told?", "The proposal is gone then. Only staff read it")


class ByHandForm(PortalForm):
    """Who told the holder, how, and on which day."""

    told = _words(
        "Who told the account holder, and how?", "For example, by registered letter to the guardian. Only staff read it"
    )
    told_on = GovDateField(label="On which day?", help_text="The time to object runs from it. For example, 24 11 2026")


class ObjectionForm(PortalForm):
    """What the holder said to the company's support, where it stands there, and when it was said."""

    said = _words(
        "What did the account holder say?", "As it was written or said. The officer never reads it"
    )  # fmt: skip
    ticket = forms.CharField(
        label="Number of the support ticket",
        help_text="Of our own support, where the account holder had signed in. A mail or a call from elsewhere is none",
        max_length=100,
    )
    said_on = GovDateField(label="On which day?", help_text="For example, 24 11 2026")


class DecideForm(PortalForm):
    """What a second person decides about an objection, and why."""

    why = _words("Why do you decide so?", "It is kept with the decision. Only staff read it")
    action = forms.ChoiceField(
        choices=[("dismiss", "Dismiss"), ("uphold", "Uphold")], widget=forms.HiddenInput, required=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].error_messages["required"] = "Choose what you decide."
