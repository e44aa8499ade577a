"""Forms about members of agencies: of their leads, and of the desk."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import Agency, AgencyMembership
from accounts.services.reverification import MOST_DAYS
from foundation.core.forms import PortalForm

_LONGEST = 300


class ReasonForm(PortalForm):
    """Why something is done to a member; for our records."""

    reason = forms.CharField(
        label=_("Reason, for our records"), max_length=_LONGEST, widget=forms.Textarea(attrs={"rows": 2})
    )


class RemoveForm(PortalForm):
    """Why a colleague's access ends."""

    reason = forms.CharField(
        label=_("Why does the access end?"),
        help_text=_("For example, left the agency on 3 March. We keep it; the colleague does not read it"),
        max_length=_LONGEST,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class VouchForm(PortalForm):
    """Whom a lead vouches for."""

    email = forms.EmailField(
        label=_("Official e-mail address"), help_text=_("An address of your agency's own domains"), max_length=254
    )
    name = forms.CharField(label=_("Name"), max_length=150)
    note = forms.CharField(
        label=_("What we should know"),
        help_text=_("For example, joins the cyber crime unit in May"),
        max_length=_LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class DeskForm(PortalForm):
    """What a desk is called."""

    name = forms.CharField(label=_("Name of the desk"), max_length=100)


class DeskMemberForm(PortalForm):
    """Whom to put into a desk."""

    member = forms.ModelChoiceField(label=_("Colleague"), queryset=AgencyMembership.objects.none(), empty_label="")

    def __init__(self, *args: Any, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["member"]
        field.queryset = members
        field.label_from_instance = lambda member: f"{member.user.get_full_name()}, {member.user.email}"


class OfficerFilter(PortalForm):
    """Which officers the list shows."""

    mark_optional = False
    q = forms.CharField(label=_("Name, e-mail or agency"), required=False, max_length=100)
    country = forms.ChoiceField(label=_("Country"), required=False)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("All but ended")),
            ("access", _("Has access")),
            ("lapsed", _("Lapsed")),
            ("suspended", _("Suspended")),
            ("ended", _("Ended")),
        ],
    )
    due = forms.ChoiceField(
        label=_("Only"),
        required=False,
        choices=[
            ("", _("Everybody")),
            ("soon", _("Verification due within 30 days")),
            ("unused", _("Not used for 90 days")),
            ("lead", _("Leads")),
        ],
    )

    def __init__(self, *args: Any, countries: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("All")), *countries]  # type: ignore[attr-defined]


class VerifyAgainForm(PortalForm):
    """Whose verification is asked for, and by when. A country, an agency, or both."""

    country = forms.ChoiceField(label=_("Country"), required=False)
    agency = forms.CharField(
        label=_("Agency"), help_text=_("A part of its name that no other agency has"), required=False, max_length=200
    )
    days = forms.IntegerField(
        label=_("Days to do it"),
        help_text=_("0 ends their access at once; they can sign in only to verify again"),
        min_value=0,
        max_value=MOST_DAYS,
        initial=14,
        widget=forms.NumberInput(attrs={"class": "govuk-input--width-3"}),
    )

    def __init__(self, *args: Any, countries: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("All")), *countries]  # type: ignore[attr-defined]
        self.found: Agency | None = None

    def clean(self) -> dict[str, Any]:
        """A country or an agency is chosen, and the words name one agency that has officers."""
        data = super().clean() or self.cleaned_data
        words = (data.get("agency") or "").strip()
        if not words and not data.get("country"):
            self.add_error("country", _("Choose a country, or name an agency"))
        if words:
            self._find(words, data.get("country", ""))
        return data

    def _find(self, words: str, country: str) -> None:
        rows = Agency.objects.filter(memberships__ended_at=None, memberships__approved_at__isnull=False)
        rows = rows.filter(country=country) if country else rows
        exact = list(rows.filter(name__iexact=words).distinct()[:2])
        named = exact if len(exact) == 1 else list(rows.filter(name__icontains=words).distinct().order_by("name")[:4])
        if len(named) == 1:
            self.found = named[0]
        elif named:
            several = ", ".join(agency.name for agency in named[:3])
            self.add_error("agency", _("Agency: more than one has these words (%s). Write more of the name") % several)
        else:
            self.add_error("agency", _("Agency: none that has officers here has these words in its name"))


class AskForm(ReasonForm):
    """The confirmation: why, and how many officers the page showed."""

    expected = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
