"""What staff fill in about a hold that waits for a person: the call to the agency, or why it is declined."""

from typing import Any

from django import forms

from accounts.enums import CallBackResult
from accounts.forms.calls import WayForm
from foundation.core.forms import PortalForm, Radios
from preservation.cures import CURES, ground_words
from preservation.enums import DeclineCode
from preservation.services.heard import RESULTS


class DeclineForm(PortalForm):
    """Why a hold is not accepted: the ground with its cure, and our words."""

    code = forms.ChoiceField(
        label="Why is it not accepted?",
        choices=[(code, ground_words(code)) for code in DeclineCode.values],
        widget=Radios(small=True),
        help_text="The officer reads it, together with what to do about it",
    )
    words = forms.CharField(
        label="Our words to the officer",
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=1000,
        error_messages={"required": "Write what the officer can do"},
        help_text="What is missing here, in one or two sentences. Say nothing about accounts",
    )


class HoldCallForm(WayForm):
    """A call about a hold to a number of our directory, or by a listed way."""

    mark_optional = False
    result = forms.ChoiceField(
        label="What did they say?",
        choices=RESULTS,
        widget=Radios(small=True),
        help_text="Nobody answered is never confirmed. If they deny it, the hold ends at once and its copies go",
    )
    spoke_to = forms.CharField(
        label="Who answered?", required=False, max_length=150, help_text="Name and function. Empty if nobody answered"
    )
    note = forms.CharField(
        label="Note",
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        help_text="Optional. Staff only",
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a name where somebody answered."""
        values = super().clean() or {}
        result = values.get("result")
        if result and result != CallBackResult.NO_ANSWER and not values.get("spoke_to", "").strip():
            self.add_error("spoke_to", "Enter who answered: name and function")
        return values


def cures() -> list[tuple[str, str]]:
    """Return each ground with what the officer reads to do about it."""
    return [(ground_words(code), CURES[code]) for code in DeclineCode.values]
