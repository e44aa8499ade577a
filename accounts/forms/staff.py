"""Forms about staff: inviting, changing roles and teams, deciding as the second person."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.enums import RoleChangeKind
from accounts.forms.sign_in import AgreedRules
from accounts.models import StaffRole, TeamMembership, User
from accounts.permissions import HELD_ALONE, ROLE_WORDS, Role
from accounts.services.invitations import Colleague
from accounts.services.staff import Wanted
from foundation.core.forms import Checkboxes, PortalForm, Radios
from foundation.providers.models import Provider, Team

_ROLES = [(role.value, words) for role, words in ROLE_WORDS.items()]
_HINTS = {
    Role.ANALYST: _("Vets officers, reviews requests, prepares records"),
    Role.APPROVER: _("Signs as the second person: decisions, access, releases"),
    Role.COUNSEL: _("Advises on law"),
    Role.DPO: _("Advises on data protection"),
    Role.CUSTODIAN: _("Signs certificates for courts"),
    Role.PRESERVATION_ADMIN: _("Decides extensions of holds"),
    Role.AUDITOR: _("Reads everything, changes nothing. Held alone"),
    Role.ADMINISTRATOR: _("Manages people and settings, decides nothing. Held alone"),
}
_REASON = 1000


class InviteForm(PortalForm):
    """Who is to come, and as what."""

    full_name = forms.CharField(label=_("Name"), max_length=150)
    email = forms.EmailField(
        label=_("E-mail address at the company"),
        help_text=_("The link goes here after a second person has confirmed"),
        max_length=254,
    )
    pseudonym = forms.CharField(
        label=_("What officers read instead of the name"),
        help_text=_("For example, reviewer 12"),
        max_length=40,
        required=False,
    )
    provider = forms.ModelChoiceField(label=_("Provider"), queryset=Provider.objects.none())
    roles = forms.MultipleChoiceField(label=_("Roles"), choices=_ROLES, widget=Checkboxes(small=True))
    teams = forms.ModelMultipleChoiceField(
        label=_("Teams"), queryset=Team.objects.none(), required=False, widget=Checkboxes(small=True)
    )
    reason = forms.CharField(
        label=_("Reason, for our records"), max_length=_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["provider"].queryset = providers = Provider.objects.order_by("name")
        fields["teams"].queryset = Team.objects.select_related("provider").order_by("provider", "name")
        fields["roles"].widget.hints = _HINTS
        if len(providers) == 1:  # nothing to choose
            fields["provider"].initial = providers[0]
            fields["provider"].widget = forms.HiddenInput()

    def clean_roles(self) -> list[str]:
        """Roles that are held alone are chosen alone."""
        roles: list[str] = self.cleaned_data["roles"]
        for role in HELD_ALONE:
            if role in roles and len(roles) > 1:
                raise forms.ValidationError(_("Roles: %s is held alone") % ROLE_WORDS[role])
        return roles

    @property
    def colleague(self) -> Colleague:
        """What was filled in."""
        said = self.cleaned_data
        return Colleague(
            said["email"], said["full_name"], said["provider"], said["roles"], list(said["teams"]), said["pseudonym"]
        )


class ChangeForm(PortalForm):
    """What is to change for a colleague. Offers what makes sense for this person."""

    kind = forms.ChoiceField(label=_("What is to change?"), choices=RoleChangeKind.choices, widget=Radios(small=True))
    provider = forms.ModelChoiceField(label=_("Provider"), queryset=Provider.objects.none(), required=False)
    grant = forms.ChoiceField(label=_("Role to give"), required=False)
    end = forms.ModelChoiceField(
        label=_("Role to end"), queryset=StaffRole.objects.none(), required=False, empty_label=_("Choose")
    )
    join = forms.ModelChoiceField(
        label=_("Team to join"), queryset=Team.objects.none(), required=False, empty_label=_("Choose")
    )
    part = forms.ModelChoiceField(
        label=_("Team to leave"), queryset=TeamMembership.objects.none(), required=False, empty_label=_("Choose")
    )
    at_once = forms.BooleanField(
        label=_("Sign this person out and block the account now, before anybody confirms"), required=False
    )
    reason = forms.CharField(
        label=_("Reason, for our records"), max_length=_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )
    mark_optional = False

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        held = StaffRole.objects.filter(user=person, ended_at=None).select_related("provider").order_by("role")
        inside = TeamMembership.objects.filter(user=person).select_related("team").order_by("team__name")
        teams = Team.objects.filter(provider__in=held.values("provider")).exclude(memberships__user=person)
        fields["provider"].queryset = providers = Provider.objects.order_by("name")
        several = len(providers) > 1
        if not several:
            fields["provider"].initial = providers[0] if providers else None
            fields["provider"].widget = forms.HiddenInput()
        fields["grant"].choices = [("", _("Choose")), *_ROLES]
        fields["end"].queryset, fields["join"].queryset = held, teams.order_by("name")
        fields["part"].queryset = inside
        fields["end"].label_from_instance = lambda row: f"{row.get_role_display()}, {row.provider}"
        fields["part"].label_from_instance = lambda row: str(row.team)
        grant = ["provider", "grant"] if several else ["grant"]
        fields["kind"].widget.reveals = {
            "grant": grant, "end": ["end"], "join": ["join"], "part": ["part"], "leave": ["at_once"],
        }  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """The answer that was chosen has what belongs to it."""
        data = super().clean() or self.cleaned_data
        kind = data.get("kind")
        if kind in {"grant", "end", "join", "part"} and not data.get(kind):
            self.add_error(kind, _("%s: choose an answer") % self.fields[kind].label)
        if data.get("at_once") and kind != RoleChangeKind.LEAVE:
            self.add_error("at_once", _("Blocking at once: only when all roles end. Take the tick away"))
        return data

    @property
    def wanted(self) -> Wanted:
        """What was chosen."""
        said = self.cleaned_data
        kind = said["kind"]
        if kind == RoleChangeKind.GRANT:
            provider = said["provider"] or Provider.objects.order_by("pk").first()
            return Wanted(kind, provider, said["grant"])
        if kind == RoleChangeKind.END:
            return Wanted(kind, said["end"].provider, said["end"].role)
        if kind == RoleChangeKind.JOIN:
            return Wanted(kind, team=said["join"])
        if kind == RoleChangeKind.PART:
            return Wanted(kind, team=said["part"].team)
        return Wanted(kind, at_once=said["at_once"])


class DecideForm(PortalForm):
    """Yes or no of the second person. A no needs a reason."""

    decision = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("confirm", _("Confirm")), ("refuse", _("Refuse"))],
        widget=Radios(small=True, reveals={"refuse": ["reason"]}),
    )
    reason = forms.CharField(
        label=_("Why you refuse"), required=False, max_length=_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )
    mark_optional = False

    def clean(self) -> dict[str, Any]:
        """A refusal has a reason."""
        data = super().clean() or self.cleaned_data
        if data.get("decision") == "refuse" and not data.get("reason", "").strip():
            self.add_error("reason", _("Why you refuse: write it down"))
        return data


class LiftForm(PortalForm):
    """Why a block is to be lifted."""

    reason = forms.CharField(
        label=_("Why the block is to be lifted"), max_length=_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )


class LostForm(PortalForm):
    """Somebody asks to have the second factor reset."""

    reason = forms.CharField(
        label=_("What happened?"),
        help_text=_("For example, my phone was stolen on Monday, and my recovery codes were on it"),
        max_length=_REASON,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class RecogniseForm(PortalForm):
    """How a colleague was recognised."""

    how = forms.CharField(
        label=_("How you recognised this person"),
        help_text=_("In person, or on a call that you began yourself. A message or an e-mail is not enough"),
        max_length=_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ResetForm(PortalForm):
    """Reset or refuse, and why."""

    decision = forms.ChoiceField(
        label=_("Your decision"),
        choices=[("reset", _("Reset everything this person signs in with")), ("refuse", _("Refuse"))],
        widget=Radios(small=True),
    )
    reason = forms.CharField(
        label=_("Reason, for our records"), max_length=_REASON, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, may_reset: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_reset:  # drawn without it; a reset that is sent all the same is refused in words
            widget: Any = self.fields["decision"].widget
            widget.choices = [("refuse", _("Refuse"))]


class LinkForm(AgreedRules):
    """The password beside the link of a reset."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
