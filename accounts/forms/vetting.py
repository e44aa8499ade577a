"""Forms of the desk that vets."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import ApplicationStatus, CallBackResult, CallWay
from accounts.models import AgencyNumber
from foundation.core.forms import PortalForm, Radios

DECISIONS = {
    "approve_alone": _("Approve for 12 months"),
    "approve": _("Approve for 12 months"),
    "recommend": _("Recommend approval to a second person"),
    "send_back": _("Send back to the reviewer"),
    "ask": _("Ask for more"),
    "reject": _("Decline"),
}


CALL_RESULTS = [choice for choice in CallBackResult.choices if choice[0] != CallBackResult.TOLD]


class CallBackForm(PortalForm):
    """A call: whom, how, and what came of it."""

    way = forms.ChoiceField(label=_("How you reached them"), widget=Radios(small=True))
    spoke_to = forms.CharField(label=_("Who you spoke to"), max_length=150, required=False)
    result = forms.ChoiceField(label=_("Result"), choices=CALL_RESULTS, widget=Radios(small=True))
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, numbers: list[AgencyNumber], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.numbers = {f"number-{number.pk}": number for number in numbers}
        listed = [(key, f"{number.number} {number.label}".strip()) for key, number in self.numbers.items()]
        self.fields["way"].choices = [*listed, *CallWay.choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A confirmation has a name."""
        data = super().clean() or self.cleaned_data
        if data.get("result") == CallBackResult.CONFIRMED and not data.get("spoke_to"):
            self.add_error("spoke_to", _("Who you spoke to: write down who confirmed the officer"))
        return data

    @property
    def number(self) -> AgencyNumber | None:
        """The number of the directory that was called."""
        return self.numbers.get(self.cleaned_data["way"])

    @property
    def alternative(self) -> str:
        """The listed way that was used instead of a number."""
        return "" if self.number else str(self.cleaned_data["way"])


class DecisionForm(PortalForm):
    """What this person decides; only what they may decide is offered."""

    decision = forms.ChoiceField(label=_("Decision"), widget=Radios(small=True))
    reason = forms.CharField(
        label=_("Reason, for our records"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )
    ask = forms.CharField(
        label=_("What the applicant must add"),
        help_text=_("Only if you ask for more. The applicant reads this"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    mark_optional = False

    def __init__(self, *args: Any, offered: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = [(name, DECISIONS[name]) for name in DECISIONS if name in offered]  # type: ignore[attr-defined]
        if "ask" not in offered:
            del self.fields["ask"]

    def clean(self) -> dict[str, Any]:
        """Asking for more needs the question."""
        data = super().clean() or self.cleaned_data
        if data.get("decision") == "ask" and not data.get("ask"):
            self.add_error("ask", _("What the applicant must add: write what you need"))
        return data


class SuspendForm(PortalForm):
    """Why access is suspended."""

    reason = forms.CharField(
        label=_("Reason, for our records"), max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


class QueueFilter(PortalForm):
    """What the list of applications shows."""

    mark_optional = False
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("All open")),
            *[
                (s.value, s.label)
                for s in ApplicationStatus
                if s not in {ApplicationStatus.EMAIL_PENDING, ApplicationStatus.DRAFT}
            ],
        ],
    )
    mine = forms.ChoiceField(
        label=_("Reviewer"), required=False, choices=[("", _("Anybody")), ("me", _("Me")), ("nobody", _("Nobody"))]
    )
    q = forms.CharField(label=_("Reference, e-mail or agency"), required=False, max_length=100)
