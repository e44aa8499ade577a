"""What is typed into the register of breaches: what is known, who was told, why it is closed."""

from typing import Any

from django import forms

from foundation.core.forms import InstantField, PortalForm, Radios
from requests_app.breach_rules import OF_CONTROLLER, OF_PROCESSOR, BreachKind, BreachPart, BreachRisk

_LONG = 4000
_MOMENT = "For example, 2026-06-04 15:30 +02:00, or 2026-06-04 13:30 Z"


def _words(label: str, hint: str, *, rows: int = 3, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=label, help_text=hint, widget=forms.Textarea(attrs={"rows": rows}), max_length=_LONG, required=required
    )


class FactsForm(PortalForm):
    """What is known of a breach; what is not known yet is added later."""

    known_at = InstantField(
        label="When did we become aware of it?", help_text=f"The 72 hours count from here. {_MOMENT}"
    )
    kind = forms.ChoiceField(
        label="What kind of breach is it?", choices=[("", "Choose"), *BreachKind.choices], widget=forms.Select()
    )
    part = forms.ChoiceField(
        label="What are we to these data?",
        choices=BreachPart.choices,
        widget=Radios(
            small=True,
            hints={
                "controller": "We decide why and how they are processed: 72 hours to the authority",
                "processor": "We hold them for another company: that company is told without undue delay",
            },
            reveals={"processor": ["controller"]},
        ),
    )
    controller = forms.CharField(label="For whom do we hold them?", max_length=200, required=False)
    happened = _words("What happened?", "How it was found, and what is not known yet", rows=4, required=True)
    concerned = _words(
        "Whose data is it, and what?", "The people and the records concerned, and about how many", required=True
    )
    consequences = _words("What could come of it?", "Can be added later")
    measures = _words("What was done against it?", "Done or planned, also against harm to people. Can be added later")
    risk = forms.ChoiceField(
        label="Which risk to people is likely?",
        help_text="Leave it open while nobody knows",
        choices=BreachRisk.choices,
        required=False,
        widget=Radios(
            small=True,
            hints={
                "none": "The authority need not be told (Art. 33(1))",
                "risk": "The authority is told",
                "high": "The people concerned are told too (Art. 34)",
            },
        ),
    )

    def clean(self) -> dict[str, Any]:
        """See that a processor says for whom; for a controller there is nobody to name."""
        given = super().clean() or {}
        if given.get("part") == BreachPart.CONTROLLER:
            given["controller"] = ""
        elif given.get("part") and not given.get("controller"):
            self.add_error("controller", "Write for whom we hold the data.")
        return given


class ToldForm(PortalForm):
    """Who was told of a breach and when, or why not."""

    controller_told_at = InstantField(label="When was the controller told?", help_text=_MOMENT, required=False)
    authority_told_at = InstantField(label="When was the authority told?", help_text=_MOMENT, required=False)
    authority_reference = forms.CharField(label="Reference of the authority", max_length=100, required=False)
    late_reason = _words("Why later than 72 hours?", "Only where it was", rows=2)
    not_told_reason = _words("Why is the authority not told?", "Only where no risk to people is likely", rows=2)
    people_told_at = InstantField(label="When were the people concerned told?", help_text=_MOMENT, required=False)
    people_reason = _words("Why are they not told?", "Where the risk is high, one of Art. 34(3)", rows=2)

    def __init__(self, *args: Any, part: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = OF_PROCESSOR if part == BreachPart.PROCESSOR else OF_CONTROLLER
        for name in set(self.fields) - wanted:
            del self.fields[name]


class CloseBreachForm(PortalForm):
    """Why nothing more is to be done about a breach."""

    closed_reason = _words("Why is it closed?", "After that nothing about it changes", rows=2, required=True)
