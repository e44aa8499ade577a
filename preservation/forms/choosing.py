"""Which of several accounts is meant, and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from foundation.core.forms import PortalForm, Radios
from preservation.services.choosing import NONE


class ChooseForm(PortalForm):
    """One of the accounts that were found, or none, with the reason."""

    account = forms.ChoiceField()
    reason = forms.CharField(
        label="Why",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        error_messages={"required": "Say why"},
        help_text="What the officer named that speaks for it, or against all of them. The officer does not read it",
    )

    def __init__(self, *args: Any, found: Sequence[Mapping[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(one["uid"], f"{one['uid']}: {one['label']}") for one in found]
        hints = {one["uid"]: _hint(one) for one in found} | {NONE: "Nothing is kept for this identifier"}
        self.fields["account"] = forms.ChoiceField(
            label="Which account is meant?",
            choices=[*choices, (NONE, "None of them")],
            widget=Radios(hints=hints),
            error_messages={"required": "Choose the account that is meant, or none of them"},
        )


def _hint(one: Mapping[str, Any]) -> str:
    """Return why this account was found, and what is special about it."""
    words = [str(one.get("note") or ""), f"Marked: {one['flags']}" if one.get("flags") else ""]
    return ". ".join(word for word in words if word)
