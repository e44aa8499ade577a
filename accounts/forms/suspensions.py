"""Forms for taking access, looking back, and giving access back."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import CallBackResult, LookBackOutcome
from accounts.forms.calls import WayForm
from accounts.services.suspensions import Told
from foundation.core.forms import PortalForm, Radios

_TOLD = [(CallBackResult.TOLD.value, CallBackResult.TOLD.label), (CallBackResult.NO_ANSWER.value, _("Nobody answered"))]
_RETURNED = [
    (CallBackResult.CONFIRMED.value, _("They confirm: access may be given back")),
    (CallBackResult.NOT_CONFIRMED.value, _("They do not confirm")),
    (CallBackResult.NO_ANSWER.value, _("Nobody answered")),
]


class CallForm(WayForm):
    """A call to the agency: how, to whom, and what came of it."""

    result = forms.ChoiceField(label=_("Result"), widget=Radios(small=True))
    spoke_to = forms.CharField(
        label=_("Who you spoke to"), help_text=_("Leave empty only if nobody answered"), max_length=150, required=False
    )
    note = forms.CharField(
        label=_("Note on the call"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    mark_optional = False

    def __init__(self, *args: Any, results: Any = _RETURNED, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["result"].choices = list(results)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Who told somebody, or was told something, names them."""
        data = super().clean() or self.cleaned_data
        if data.get("result") and data["result"] != CallBackResult.NO_ANSWER and not data.get("spoke_to"):
            self.add_error("spoke_to", _("Who you spoke to: write down the name"))
        return data

    @property
    def told(self) -> Told:
        """The call as the service takes it."""
        said = self.cleaned_data
        return Told(
            said["result"], number=self.number, alternative=self.alternative, spoke_to=said["spoke_to"],
            note=said["note"],
        )  # fmt: skip


class SuspendForm(CallForm):
    """The call that comes first, and why access is suspended."""

    reason = forms.CharField(
        label=_("Reason, for our records"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, results=_TOLD, **kwargs)


class LookForm(PortalForm):
    """What looking at one act again showed."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=LookBackOutcome.choices, widget=Radios(small=True))
    note = forms.CharField(
        label=_("Note"),
        help_text=_("Needed if it is doubtful or wrong: what, and what you did about it"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    mark_optional = False

    def clean(self) -> dict[str, Any]:
        """What is doubtful or wrong is explained."""
        data = super().clean() or self.cleaned_data
        if data.get("outcome") and data["outcome"] != LookBackOutcome.FINE and not data.get("note"):
            self.add_error("note", _("Note: write what is doubtful or wrong, and what you did about it"))
        return data


class LiftForm(PortalForm):
    """Why access is given back."""

    reason = forms.CharField(
        label=_("Why access is given back, for our records"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
