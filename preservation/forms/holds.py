"""What is asked of a hold that runs: more time, its release, and the decisions of staff."""

from typing import Any

from django import forms

from foundation.core.forms import PortalForm, Radios
from preservation.enums import MoreTime


class ExtendForm(PortalForm):
    """Why the officer needs more time."""

    reason = forms.ChoiceField(label="Why do you need more time?", choices=MoreTime.choices, widget=Radios(small=True))
    details = forms.CharField(label="Anything that helps us decide", max_length=500, required=False)

    def sentence(self) -> str:
        """Return the reason as staff read it."""
        words = str(MoreTime(self.cleaned_data["reason"]).label)
        details = self.cleaned_data.get("details", "").strip()
        return f"{words}. {details}" if details else words


class ReleaseForm(PortalForm):
    """Why the officer does not need the records kept any more."""

    reason = forms.CharField(label="Why can we stop?", max_length=500, required=False)


class DecideForm(PortalForm):
    """What staff decide about an extension."""

    decision = forms.ChoiceField(
        label="Your decision", choices=[("grant", "Extend"), ("refuse", "Do not extend")], widget=Radios(inline=True)
    )
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
        help_text="The officer reads it. Needed if you do not extend",
    )

    def clean(self) -> dict[str, Any]:
        """Ask for a reason with every refusal."""
        values = super().clean() or {}
        if values.get("decision") == "refuse" and not values.get("reason", "").strip():
            self.add_error("reason", "Reason: say why, so that the officer can act on it")
        return values


class TreatyForm(PortalForm):
    """What staff know of a treaty request."""

    reason = forms.CharField(label="Which treaty request, and where you know of it from", max_length=500)


class FilterForm(PortalForm):
    """The filter line above the list."""

    mark_optional = False

    q = forms.CharField(label="Reference, case or agency", max_length=100, required=False, strip=True)
    within = forms.ChoiceField(
        label="Ends",
        choices=[("", "Any time"), ("7", "Within 7 days"), ("30", "Within 30 days")],
        required=False,
    )
    state = forms.ChoiceField(
        label="Status", choices=[("", "Active"), ("asked", "Extension asked"), ("ended", "Ended")], required=False
    )
    ends = forms.DateField(required=False, widget=forms.HiddenInput)
