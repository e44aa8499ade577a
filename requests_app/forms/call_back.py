"""A call to the agency as it is written down, and why each kind of records averts the harm of an emergency."""

import re
from collections.abc import Collection, Sequence
from typing import Any

from django import forms

from accounts.enums import CallBackResult, CallPurpose, CallWay
from accounts.forms.calls import WayForm
from accounts.models import AgencyNumber
from foundation.core.forms import PortalForm, Radios
from requests_app.enums import DataCategory
from requests_app.services.read_outs import READ_OUT

_LONG = 4000
Choices = list[tuple[str, str]]


def _results(confirmed: str, officer_only: str, not_confirmed: str, no_answer: str) -> Choices:
    said = {
        CallBackResult.CONFIRMED.value: confirmed, CallBackResult.OFFICER_ONLY.value: officer_only,
        CallBackResult.NOT_CONFIRMED.value: not_confirmed, CallBackResult.NO_ANSWER.value: no_answer,
    }  # fmt: skip
    return [(result, words) for result, words in said.items() if words]


# Said of a request, not of a person: "the officer but not the request" confirms nothing.
CALL_RESULTS = _results(
    "They confirm the officer and this request", "They know the officer, but not this request",
    "They do not know the officer", "Nobody could answer",
)  # fmt: skip
RESULTS: dict[str, Choices] = {
    CallPurpose.SUPERVISOR: _results(
        "The supervisor confirms the officer and this request", "The supervisor does not know of this request",
        "They are not the officer's supervisor, or deny it", "The supervisor could not be reached",
    ),
    CallPurpose.WALLET: _results(
        "They confirm this destination", "", "They name another destination, or none", "Nobody could answer"
    ),
}  # fmt: skip


class RequestCallForm(WayForm):
    """A call about a request to a number from our own directory, or by a listed way."""

    mark_optional = False
    result = forms.ChoiceField(
        label="What did they say?", widget=Radios(small=True), help_text="Nobody answered is never confirmed"
    )  # fmt: skip
    spoke_to = forms.CharField(
        label="Who answered?", required=False, max_length=150, help_text="Name and function. Empty if nobody answered"
    )
    begins = forms.CharField(
        label=f"First {READ_OUT} characters that they read out", required=False, max_length=READ_OUT,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    ends = forms.CharField(
        label=f"Last {READ_OUT} characters that they read out", required=False, max_length=READ_OUT,
        widget=forms.TextInput(attrs={"class": "govuk-input--width-10", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    note = forms.CharField(
        label="Note", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=_LONG,
        help_text="Optional. Staff only",
    )  # fmt: skip

    def __init__(
        self, *args: Any, numbers: list[AgencyNumber], purpose: str, ways: Sequence[str] = (),
        never: Collection[str] = (), supervisor: str = "", **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(*args, numbers=numbers, never=never, **kwargs)
        self.purpose, self.supervisor = purpose, supervisor
        self.fields["result"].choices = RESULTS.get(purpose, CALL_RESULTS)  # type: ignore[attr-defined]
        if purpose == CallPurpose.SUPERVISOR:
            self.fields["spoke_to"].label = "Name of the supervisor, as they said it"
            self.fields["spoke_to"].help_text = "Empty if the supervisor was not reached"
            known = [(way, words) for way, words in self.fields["way"].choices if way in ways]  # type: ignore[attr-defined]
            self.fields["way"].choices = known  # type: ignore[attr-defined]
        if purpose != CallPurpose.WALLET:
            del self.fields["begins"], self.fields["ends"]
        offered = [way for way, _words in self.fields["way"].choices if way not in CallWay.values]  # type: ignore[attr-defined]
        if len(offered) == 1:
            self.fields["way"].initial = offered[0]

    def clean(self) -> dict[str, Any]:
        """Ask for a name where somebody answered, and for what was read out where a destination is confirmed."""
        values = super().clean() or {}
        result = values.get("result")
        if (
            result
            and result != CallBackResult.NO_ANSWER
            and not values.get("spoke_to")
            and "spoke_to" not in self.errors
        ):
            self.add_error("spoke_to", "Enter who answered: name and function")
        if self.purpose == CallPurpose.SUPERVISOR and result == CallBackResult.CONFIRMED:
            self._same_supervisor(values)
        if self.purpose == CallPurpose.WALLET and result == CallBackResult.CONFIRMED:
            for name in ("begins", "ends"):
                if name not in self.errors and len(values.get(name, "")) != READ_OUT:
                    self.add_error(name, f"Write the {READ_OUT} characters that they read out")
        return values

    def _same_supervisor(self, values: dict[str, Any]) -> None:
        """Ask for a word where somebody else answers than the request names: no name in common."""
        named, heard = (set(re.findall(r"\w{3,}", name.casefold())) for name in
                        (self.supervisor, values.get("spoke_to", "")))  # fmt: skip
        if named and heard and not named & heard and not values.get("note"):
            self.add_error("note", f"The request names {self.supervisor}. Write why somebody else confirmed it")


class MinimumForm(PortalForm):
    """Why each kind of records that leaves averts the harm, and what was left out."""

    mark_optional = False
    left_out = forms.CharField(
        label="What was left out?", widget=forms.Textarea(attrs={"rows": 3}), max_length=_LONG,
        help_text="Records, dates or identifiers that do not help to avert the harm. If nothing was, say why",
        error_messages={"required": "Say what was left out, or why nothing was"},
    )  # fmt: skip

    def __init__(self, *args: Any, categories: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.categories = list(categories)
        for name in self.categories:
            label = DataCategory(name).label
            self.fields[f"why_{name}"] = forms.CharField(
                label=f"{label}: how do they avert the harm?", widget=forms.Textarea(attrs={"rows": 2}),
                max_length=_LONG, error_messages={"required": f"{label}: say how they avert the harm"},
            )  # fmt: skip
        self.order_fields([*(f"why_{name}" for name in self.categories), "left_out"])

    def why(self) -> dict[str, str]:
        """Return the reasons by kind of records."""
        return {name: self.cleaned_data[f"why_{name}"] for name in self.categories}
