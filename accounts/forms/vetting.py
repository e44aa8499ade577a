"""Forms of the desk that vets."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import AddressVerdict, ApplicationStatus, AskCode, CallBackResult, DeclineCode
from accounts.forms.calls import WayForm
from accounts.models import Agency, User
from foundation.core.forms import Checkboxes, PortalForm, Radios

DECISIONS = {
    "approve_alone": _("Approve for 12 months"),
    "approve": _("Approve for 12 months"),
    "recommend": _("Recommend approval to a second person"),
    "send_back": _("Send back to the reviewer"),
    "ask": _("Ask for more"),
    "reject": _("Decline"),
}
CASES = {
    "first": _("First application"),
    "again": _("Verifying again"),
    "appeal": _("Appeal"),
}

CALL_RESULTS = [choice for choice in CallBackResult.choices if choice[0] != CallBackResult.TOLD]


class CallBackForm(WayForm):
    """A call: whom, how, and what came of it."""

    spoke_to = forms.CharField(
        label=_("Who you spoke to"), help_text=_("Leave empty only if nobody answered"), max_length=150, required=False
    )
    result = forms.ChoiceField(label=_("Result"), choices=CALL_RESULTS, widget=Radios(small=True))
    note = forms.CharField(label=_("Note"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2}))
    mark_optional = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["way"].help_text = _("After any other way than a number of our directory, two people decide")

    def clean(self) -> dict[str, Any]:
        """Who answered has a name."""
        data = super().clean() or self.cleaned_data
        if data.get("result") and data["result"] != CallBackResult.NO_ANSWER and not data.get("spoke_to"):
            self.add_error("spoke_to", _("Who you spoke to: write down who answered"))
        return data


class DecisionForm(PortalForm):
    """What this person decides. Drawn with what they may decide; a decision that came too late is refused in words."""

    decision = forms.ChoiceField(label=_("Decision"), choices=DECISIONS.items(), widget=Radios(small=True))
    decline_code = forms.ChoiceField(
        label=_("Why, for the statistics"),
        required=False,
        choices=[("", _("Choose")), *DeclineCode.choices],
        widget=forms.Select(attrs={"class": "govuk-!-width-full"}),
    )
    block = forms.BooleanField(required=False)
    warn = forms.BooleanField(required=False)
    ask_code = forms.ChoiceField(
        label=_("What is missing"),
        required=False,
        choices=[("", _("Choose")), *AskCode.choices],
        widget=forms.Select(attrs={"class": "govuk-!-width-full"}),
    )
    ask = forms.CharField(
        label=_("What the applicant must add"),
        help_text=_("The applicant reads this after signing in"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    reason = forms.CharField(
        label=_("Reason, for our records"),
        help_text=_("When you ask for more, the question is enough"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    mark_optional = False

    def __init__(self, *args: Any, offered: list[str], domain: str = "", agency: Agency | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        choice = self.fields["decision"]
        choice.widget.choices = [(name, DECISIONS[name]) for name in DECISIONS if name in offered]
        also = []
        if domain:
            self.fields["block"].label = _("Block %s") % domain
            also.append("block")
        if agency is not None:
            self.fields["warn"].label = _("Tell %s that their name was used") % agency
            also.append("warn")
        for name in {"block", "warn"}.difference(also):
            del self.fields[name]
        choice.widget.reveals = {"ask": ["ask_code", "ask"], "reject": ["decline_code", *also]}
        hint = _("Needs a call-back that confirms name and e-mail")
        choice.widget.hints = {"approve": hint, "approve_alone": hint, "recommend": hint}

    def clean(self) -> dict[str, Any]:
        """Asking needs the question, declining the code; what goes with a decline goes with nothing else."""
        data = super().clean() or self.cleaned_data
        decision = data.get("decision")
        if decision and decision != "ask" and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", _("Reason, for our records: write why"))
        if decision == "ask":
            if not data.get("ask") and "ask" not in self.errors:
                self.add_error("ask", _("What the applicant must add: write what you need"))
            if not data.get("ask_code"):
                self.add_error("ask_code", _("What is missing: choose an answer"))
        if decision == "reject" and not data.get("decline_code"):
            self.add_error("decline_code", _("Why you decline: choose an answer"))
        for name in ("block", "warn"):
            if decision and decision != "reject" and data.get(name):
                self.add_error(name, _("%s: only when you decline. Take the tick away") % self.fields[name].label)
        return data


class AssignForm(PortalForm):
    """To whom an application is given."""

    to = forms.ChoiceField(label=_("Colleague"))

    def __init__(self, *args: Any, colleagues: list[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(user.pk): user for user in colleagues}
        named = [(key, user.get_full_name()) for key, user in self._people.items()]
        self.fields["to"].choices = [("", _("Choose")), *named]  # type: ignore[attr-defined]

    @property
    def colleague(self) -> User:
        """The colleague that was chosen."""
        return self._people[self.cleaned_data["to"]]


class AdoptForm(PortalForm):
    """Which entry of the registry the proposed agency is: one that looks like it, or a new one."""

    entry = forms.ChoiceField(label=_("Which agency is it?"), widget=Radios())

    def __init__(self, *args: Any, known: list[Agency], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._known = {str(agency.uid): agency for agency in known}
        same = [(key, _("The same as %s") % agency) for key, agency in self._known.items()]
        entry = self.fields["entry"]
        entry.choices = [*same, ("new", _("None of these: make a new entry"))]  # type: ignore[attr-defined]
        if not same:
            entry.choices = [("new", _("Make a new entry"))]  # type: ignore[attr-defined]
            entry.initial = "new"
        lines = {key: _line(agency) for key, agency in self._known.items()}
        entry.widget.hints = lines

    @property
    def agency(self) -> Agency | None:
        """The entry that was chosen, or None for a new one."""
        return self._known.get(self.cleaned_data["entry"])


class ConflictForm(PortalForm):
    """Why somebody stays away from an agency."""

    reason = forms.CharField(
        label=_("Why"),
        help_text=_("For example, a relative works there. Approvers and auditors can read this"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class QueueFilter(PortalForm):
    """What the list of applications shows."""

    mark_optional = False
    q = forms.CharField(label=_("Reference or words"), required=False, max_length=100)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("Waiting for us")),
            ("open", _("All open")),
            *[
                (s.value, s.label)
                for s in ApplicationStatus
                if s not in {ApplicationStatus.EMAIL_PENDING, ApplicationStatus.DRAFT}
            ],
        ],
    )
    reviewer = forms.ChoiceField(label=_("Reviewer"), required=False)
    country = forms.ChoiceField(label=_("Country"), required=False)
    case = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("Any")), *CASES.items()])
    verdict = forms.ChoiceField(
        label=_("Address"),
        required=False,
        choices=[("", _("Any")), *[v for v in AddressVerdict.choices if v[0] != AddressVerdict.REFUSED]],
    )
    only = forms.MultipleChoiceField(
        label=_("Only"),
        required=False,
        choices=[("overdue", _("Overdue")), ("failed", _("With failed checks"))],
        widget=Checkboxes(small=True),
    )

    def __init__(
        self, *args: Any, reviewers: list[tuple[str, str]], countries: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        anybody = [("", _("Anybody")), ("me", _("Me")), ("nobody", _("Nobody"))]
        self.fields["reviewer"].choices = [*anybody, *reviewers]  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", _("Any")), *countries]  # type: ignore[attr-defined]


def _line(agency: Agency) -> str:
    parts = (agency.town, agency.country, agency.get_kind_display(), agency.get_status_display())
    return ", ".join(part for part in parts if part)
