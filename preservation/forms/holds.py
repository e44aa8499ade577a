"""What is asked of a hold that runs: more time, its release, and the decisions of staff."""

from typing import Any

from django import forms

from foundation.core.forms import PortalForm, Radios
from foundation.documents.formfields import TakesUploads, UploadField
from preservation.enums import MoreTime


class ExtendForm(TakesUploads, PortalForm):
    """Why the officer needs more time; with the decision that extends, where a law wants one (order=True)."""

    reason = forms.ChoiceField(label="Why do you need more time?", choices=MoreTime.choices, widget=Radios(small=True))
    details = forms.CharField(
        label="Anything that helps us decide",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        required=False,
    )
    ground = forms.CharField(
        label="The decision that extends it",
        help_text="Whose it is, its date and its number. For example, Tingretten Nordvik, 12 November 2026, 26-4711",
        max_length=300,
        error_messages={"required": "Say which decision extends it: whose, of when, its number"},
    )
    document = UploadField(
        label="The decision itself", error_messages={"required": "Add the decision: your law wants one"}
    )

    def __init__(self, *args: Any, order: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not order:
            del self.fields["ground"], self.fields["document"]

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


class DecideManyForm(DecideForm):
    """What staff decide about several extensions at once."""

    decision = forms.ChoiceField(
        label="Your decision for all of them",
        choices=[("grant", "Extend, each by its own rule"), ("refuse", "Do not extend")],
        widget=Radios(inline=True),
    )
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=1000,
        required=False,
        help_text="Each of the officers reads it, so write nothing of another case. Needed if you do not extend",
    )


class TreatyForm(PortalForm):
    """What staff know of a treaty request. Its ids are its own: the form of a decision stands on the same page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, auto_id="id_treaty_%s", **kwargs)

    reason = forms.CharField(label="Which treaty request, and where you know of it from", max_length=500)
