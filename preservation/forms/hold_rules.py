"""The company's own numbers of holds."""

import re
from typing import Any

from django import forms

from foundation.core.forms import PortalForm, Radios
from foundation.providers.models import Provider
from preservation.services.drafts import MAX_IDENTIFIERS
from preservation.services.hold_rules import SAID, seal_of

_MOST_LEADS, _LONGEST_LEAD = 8, 180


class _Days(forms.IntegerField):
    """A number in a narrow box."""

    def __init__(self, label: str, least: int, most: int, hint: str = "") -> None:
        narrow = forms.TextInput(attrs={"class": "govuk-input--width-4", "inputmode": "numeric"})
        super().__init__(label=label, min_value=least, max_value=most, help_text=hint, widget=narrow)


class RulesForm(PortalForm):
    """Every number, and what it does."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    hold_days = _Days(
        "Days of a hold, and of each extension, where no law sets them", 1, 3650,
        "Counts for holds that come from now on. What you promise in your guidelines should say the same",
    )  # fmt: skip
    hold_leads = forms.CharField(
        label="Days before the end on which we remind", max_length=60,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10"}),
        help_text="For example, 30, 14, 7, 1. A change counts from the next reminder on, also for holds that run",
    )  # fmt: skip
    hold_grace_days = _Days(
        "Days after the end in which a late request for more time can still be granted", 0, 90,
        "The copies stay so long. Where a law wants them destroyed, there are none",
    )  # fmt: skip
    hold_by_rule = forms.TypedChoiceField(
        label="Who accepts a hold that nothing speaks against?", coerce=lambda value: value == "rule",
        choices=[("rule", "The rule, at once"), ("person", "A person, always")], widget=Radios(),
    )  # fmt: skip
    hold_limit_officer = _Days(
        "Holds of one officer in 24 hours, before a person looks at each", 1, 10_000,
        "Holds above it are kept all the same, until the person decides. Five times as many are refused",
    )  # fmt: skip
    hold_limit_agency = _Days("Holds of one agency in 24 hours, before a person looks at each", 1, 10_000)
    hold_many_identifiers = _Days(
        "Identifiers in one hold, from which on the agency is called", 2, MAX_IDENTIFIERS
    )  # fmt: skip
    hold_tells_results = forms.TypedChoiceField(
        label="What does an officer without an order learn?", coerce=lambda value: value == "yes",
        choices=[("no", "Only that it was carried out for whatever is held"),
                 ("yes", "What was found for each identifier")],
        widget=Radios(hints={"yes": "Tells officers who has an account before any order. Ask counsel first"}),
    )  # fmt: skip
    hold_confirm_days = _Days("Days after which somebody confirms that a treaty request still runs", 7, 730)
    hold_review_days = _Days("Days after which a hold that no process followed is listed for review", 7, 3650)

    def __init__(self, data: Any = None, *, provider: Provider) -> None:
        first = {name: getattr(provider, name) for name in SAID} | {
            "seen": seal_of(provider),
            "hold_leads": ", ".join(str(lead) for lead in provider.hold_leads),
            "hold_by_rule": "rule" if provider.hold_by_rule else "person",
            "hold_tells_results": "yes" if provider.hold_tells_results else "no",
        }
        super().__init__(data, initial=first)

    def clean_hold_leads(self) -> list[int]:
        """Read the days, the longest first, each once."""
        text = str(self.cleaned_data["hold_leads"])
        parts = [part for part in re.split(r"[\s,;]+", text) if part]
        if not all(re.fullmatch("[0-9]{1,4}", part) for part in parts) or not parts:
            raise forms.ValidationError("Days before the end: write numbers with commas between, like 30, 14, 7, 1")
        days = sorted({int(part) for part in parts}, reverse=True)
        if days[-1] < 1 or days[0] > _LONGEST_LEAD or len(days) > _MOST_LEADS:
            raise forms.ValidationError(
                f"Days before the end: give up to {_MOST_LEADS} numbers from 1 to {_LONGEST_LEAD}"
            )
        return days

    def show_again(self, provider: Provider) -> None:
        """Make the same answers saveable over what is stored now."""
        given: Any = self.data
        data = given.copy()
        data["seen"] = seal_of(provider)
        self.data = data
