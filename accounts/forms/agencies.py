"""Forms of the registry of agencies."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.enums import AgencyKind, AgencyStatus
from accounts.forms.access import clean_phone, country_choices
from accounts.sealed import seal, unseal
from accounts.services.agencies import FACTS
from accounts.services.agency_contacts import OLDEST_SOURCE
from foundation.core.forms import GovDateField, PortalForm

# A page of facts may lie open over a night; what is older is read again.
_SEEN_SECONDS = 24 * 3600
_NUMBER = _("Number")
SHOWN = [
    ("", _("All")),
    ("power", _("Police power confirmed")),
    ("no_power", _("Police power not confirmed")),
    ("no_number", _("No usable number")),
    ("waiting", _("A number waits for a second person")),
    ("no_domain", _("No domain")),
]


class AgencyFilter(PortalForm):
    """What the list of agencies shows."""

    mark_optional = False
    q = forms.CharField(label=_("Name, town or domain"), required=False, max_length=200)
    country = forms.ChoiceField(label=_("Country"), required=False)
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *AgencyKind.choices])
    status = forms.ChoiceField(label=_("Status"), required=False, choices=[("", _("All")), *AgencyStatus.choices])
    show = forms.ChoiceField(label=_("Show"), required=False, choices=SHOWN)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("All")), *country_choices()]  # type: ignore[attr-defined]


class FactsForm(PortalForm):
    """What the registry says of an agency, with the facts that were on the page when typing began."""

    name = forms.CharField(label=_("Official name"), max_length=200)
    local_name = forms.CharField(
        label=_("Name in its own language"), max_length=200, required=False, help_text=_("Applicants find it by both")
    )
    country = forms.ChoiceField(label=_("Country"))
    region = forms.CharField(label=_("State or region"), max_length=60, required=False)
    town = forms.CharField(label=_("Town"), max_length=100, required=False)
    address = forms.CharField(
        label=_("Postal address"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=AgencyKind.choices)
    website = forms.URLField(label=_("Website"), max_length=200, required=False, assume_scheme="https")
    generic_address = forms.EmailField(
        label=_("Generic e-mail address"),
        max_length=254,
        required=False,
        help_text=_("An office's mailbox that you found yourself. Copies and warnings go there, never to an applicant"),
    )
    source = forms.CharField(
        label=_("Where this stands"), max_length=200, help_text=_("A law, an official list with its date, a directory")
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, stored: dict[str, str] | None = None, **kwargs: Any) -> None:
        if stored is not None:
            kwargs["initial"] = stored | {"seen": seal(stored)}
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("Choose")), *country_choices()]  # type: ignore[attr-defined]

    @property
    def facts(self) -> dict[str, str]:
        """What was typed."""
        return {name: _plain(self.cleaned_data.get(name)) for name in FACTS}

    @property
    def facts_seen(self) -> dict[str, str]:
        """What was on the page when typing began; nothing where that is not known any more."""
        found = unseal(self.cleaned_data.get("seen"), seconds=_SEEN_SECONDS)
        return found if isinstance(found, dict) else {}

    def touched(self, name: str) -> bool:
        """Say whether this field was changed by whoever typed; yes where it is not known what they saw."""
        return name not in self.facts_seen or self.facts[name] != _plain(self.facts_seen[name])

    def look_again(self, stored: dict[str, str]) -> None:
        """Keep what was typed, take what is stored now elsewhere, and as seen: saving again is done knowingly."""
        left = {name: value for name, value in stored.items() if not self.touched(name)}
        self.data = {**self.data.dict(), **left, "seen": seal(stored)}  # type: ignore[attr-defined]


def _plain(value: Any) -> str:
    """What a browser sends for a text of several lines, as it is stored."""
    return str(value or "").replace("\r\n", "\n")


class NewAgencyForm(FactsForm):
    """A new agency; another one of the same name is added only on purpose. It has no domain yet, so no mailbox."""

    generic_address = None  # type: ignore[assignment]
    although_known = forms.BooleanField(
        label=_("This is another agency than one of the same name in this country"), required=False
    )


class DomainForm(PortalForm):
    """An e-mail domain and who names it."""

    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        help_text=_("What stands after the @, like nordvik-police.example"),
        widget=forms.TextInput(attrs={"class": "app-code", "autocomplete": "off", "spellcheck": "false"}),
    )
    covers_subdomains = forms.BooleanField(
        label=_("It covers the names under it"),
        required=False,
        help_text=_("Only where the agency gives out no address under it to others, such as students"),
    )
    source = forms.CharField(
        label=_("Where the domain stands"), max_length=200, help_text=_("An official list with its date, or a call")
    )
    checked = forms.BooleanField(
        label=_("I checked: this is theirs"),
        required=False,
        help_text=_("Only for a domain that can be taken for another agency's"),
    )


class NumberForm(PortalForm):
    """A number that the company found itself."""

    number = forms.CharField(
        label=_NUMBER,
        max_length=30,
        help_text=_("With its country code, like +44 20 7946 0958. Write an extension into the label"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    label = forms.CharField(
        label=_("Whose number"), max_length=100, required=False, help_text=_("For example, control room")
    )
    source = forms.CharField(
        label=_("Where the number stands"),
        max_length=120,
        help_text=_("A directory or an official list. Never an application, and never a website that it names"),
    )
    source_date = GovDateField(label=_("Date of the source"), help_text=_("Its edition, or the day you looked"))
    second_source = forms.CharField(
        label=_("Second source"),
        max_length=70,
        required=False,
        help_text=_("For a mobile, or a number that an applicant gave us as well: another place that has it"),
    )

    def clean_number(self) -> str:
        """Take a number with its country code and without an extension."""
        number = clean_phone(self.cleaned_data["number"], _NUMBER)
        if " " in number:
            raise ValidationError(_("Number: write the extension into the label"))
        return number

    def clean_source_date(self) -> Any:
        """A source of tomorrow cannot have been read, and one of the last century proves nothing."""
        given = self.cleaned_data["source_date"]
        if given and given > timezone.localdate():
            raise ValidationError(_("Date of the source: this day has not come yet"))
        if given and given < OLDEST_SOURCE:
            raise ValidationError(_("Date of the source: find a source that is newer than 1999"))
        return given


class ReasonForm(PortalForm):
    """Why, for our records."""

    reason = forms.CharField(
        label=_("Reason, for our records"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )


class SourceForm(PortalForm):
    """Where somebody looked."""

    source = forms.CharField(label=_("Where you looked"), max_length=200)


class ConfirmForm(SourceForm):
    """Where somebody looked for a number that a colleague entered."""

    second_source = forms.CharField(
        label=_("Second source"),
        max_length=70,
        required=False,
        help_text=_("Only for a number that an applicant gave us as well: another place that has it"),
    )


class BlockForm(PortalForm):
    """A domain that nobody gets in with any more."""

    domain = forms.CharField(
        label=_("Domain"),
        max_length=253,
        widget=forms.TextInput(attrs={"class": "app-code", "autocomplete": "off", "spellcheck": "false"}),
    )
    reason = forms.CharField(
        label=_("Reason, for our records"), max_length=300, widget=forms.Textarea(attrs={"rows": 2})
    )


class MergeForm(ReasonForm):
    """Which agency it becomes, and why."""

    into = forms.UUIDField(widget=forms.HiddenInput)
