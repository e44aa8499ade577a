"""Forms of an applicant: the address, the password, and the parts of the application."""

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import phonenumbers
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_countries import countries

from accounts.enums import AgencyKind, ProofKind
from accounts.models import Agency, User
from accounts.parts import PROPOSAL_FIELDS, PROPOSAL_NEEDED, same_person
from foundation.core.forms import PortalForm, Radios
from foundation.documents.filetypes import JPEG, PDF, PNG, by_filename
from foundation.documents.formfields import TakesUploads, UploadField

PASSWORD_HINT = _("15 characters or more. Four or five words that nobody would guess are easy to keep in mind")
NEW_AGENCY = "new"
_OFF = {"autocomplete": "off"}


class AddressForm(PortalForm):
    """The first question is the official address."""

    email = forms.CharField(
        label=_("Your official e-mail address"),
        max_length=254,
        help_text=_("The one your agency gave you, in your own name. Private addresses are refused"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class PasswordForm(PortalForm):
    """A new password, checked against what is known of the person."""

    own_fields = frozenset({"password"})

    password = forms.CharField(
        label=_("Password"),
        help_text=PASSWORD_HINT,
        strip=False,
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean_password(self) -> str:
        """Ask Django's validators; the address must not be in it."""
        password = str(self.cleaned_data["password"])
        validate_password(password, User(email=self.email))
        return password


class AddressNoteForm(PortalForm):
    """Why an address that the registry does not know is official."""

    address_note = forms.CharField(
        label=_("How can we see that this is an official address?"),
        min_length=20,
        max_length=1000,
        help_text=_(
            "Name the official web page that shows addresses like yours, or who at your agency can tell us. "
            "20 characters or more"
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class PersonForm(PortalForm):
    """Who the officer is."""

    own_fields = frozenset({"full_name", "rank", "badge", "phone"})

    full_name = forms.CharField(
        label=_("Full name"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    rank = forms.CharField(
        label=_("Rank or title"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "organization-title"})
    )
    unit = forms.CharField(label=_("Unit"), max_length=150, required=False, widget=forms.TextInput(attrs=_OFF))
    badge = forms.CharField(label=_("Badge or service number"), max_length=60)
    phone = forms.CharField(
        label=_("Direct phone"),
        max_length=30,
        help_text=_("With country code, like +44 20 7946 0958. We compare it, and never call it to check who you are"),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    def __init__(self, *args: Any, supervisor: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.supervisor = supervisor

    def clean_full_name(self) -> str:
        """Nobody is their own supervisor."""
        name = str(self.cleaned_data["full_name"])
        if same_person(name, self.supervisor):
            raise ValidationError(_("Full name: this is the name you gave for your supervisor. Change one of the two"))
        return name

    def clean_phone(self) -> str:
        """Take numbers with their country code."""
        return clean_phone(self.cleaned_data["phone"], _("Direct phone"))


class AgencyForm(PortalForm):
    """One of the agencies that were found, or a new one."""

    mark_optional = False

    agency = forms.ChoiceField(label=_("Which is yours?"))
    name = forms.CharField(
        label=_("Official name"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = forms.ChoiceField(
        label=_("Country"), required=False, widget=forms.Select(attrs={"autocomplete": "country"})
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=AgencyKind.choices, required=False)
    address = forms.CharField(
        label=_("Postal address"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "street-address"}),
    )
    website = forms.URLField(
        label=_("Official website (optional)"), required=False, max_length=200, assume_scheme="https"
    )
    switchboard = forms.CharField(
        label=_("Switchboard"),
        required=False,
        max_length=30,
        help_text=_("We look for the number ourselves and compare. We never call a number only you gave us"),
        widget=forms.TextInput(attrs={"type": "tel", **_OFF}),
    )

    def __init__(self, *args: Any, found: "list[Agency]", same: "Agency | None" = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.same = same
        self.found = {str(agency.uid): agency for agency in found}
        choices = [(uid, agency.name) for uid, agency in self.found.items()]
        hints = {uid: place_of(agency) for uid, agency in self.found.items()}
        hints[NEW_AGENCY] = str(_("Fill in the fields below only for a new agency"))
        self.fields["agency"].widget = Radios(hints=hints, reveals={NEW_AGENCY: PROPOSAL_FIELDS})
        self.fields["agency"].choices = [*choices, (NEW_AGENCY, _("Mine is not here: propose it"))]  # type: ignore[attr-defined]
        self.fields["country"].choices = [("", _("Choose")), *country_choices()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Ask for the description of a new agency only where one is proposed."""
        data = super().clean() or self.cleaned_data
        if data.get("agency") != NEW_AGENCY:
            return data
        for name in PROPOSAL_NEEDED:
            if not data.get(name) and name not in self.errors:
                self.add_error(name, _("%(label)s: we need this of a new agency") % {"label": self.fields[name].label})
        if self.same is not None:
            known = _("%(name)s is in our registry already: choose it in the list above") % {"name": self.same.name}
            self.add_error("name", known)
        if data.get("website") and not is_public_website(data["website"]):
            told = _("Official website: enter a public web address with a name, like https://agency.example")
            self.add_error("website", told)
        if data.get("switchboard"):
            try:
                data["switchboard"] = clean_phone(data["switchboard"], _("Switchboard"))
            except ValidationError as error:
                self.add_error("switchboard", error)
        return data

    @property
    def picked(self) -> Agency | None:
        """The agency of the registry that was chosen."""
        return self.found.get(self.cleaned_data.get("agency", ""))

    @property
    def proposed(self) -> dict[str, str]:
        """The description of a new agency as far as it is right, or nothing."""
        if self.cleaned_data.get("agency") != NEW_AGENCY:
            return {}
        return {name: str(self.cleaned_data[name]) for name in PROPOSAL_FIELDS if self.cleaned_data.get(name)}


class SupervisorForm(PortalForm):
    """Who can confirm the officer."""

    name = forms.CharField(label=_("Name of your supervisor"), max_length=150, widget=forms.TextInput(attrs=_OFF))
    contact = forms.CharField(
        label=_("E-mail or extension of your supervisor"),
        max_length=200,
        widget=forms.TextInput(attrs=_OFF),
        help_text=_("We ask for this person through the switchboard of your agency"),
    )

    def __init__(self, *args: Any, own_name: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own_name = own_name

    def clean_name(self) -> str:
        """Nobody is their own supervisor."""
        return clean_supervisor(self.cleaned_data["name"], self.own_name)


class PictureField(UploadField):
    """One file of which page images can be made: staff look at those, never at the file."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(kinds=(PDF, PNG, JPEG), **kwargs)


class ProofForm(TakesUploads, PortalForm):
    """The copy of a service card, or what stands in for it."""

    proof_kind = forms.ChoiceField(
        label=_("What do you send?"),
        choices=ProofKind.choices,
        initial=ProofKind.SERVICE_CARD,
        widget=Radios(
            hints={
                str(ProofKind.SERVICE_CARD): str(_("Front and back in one file, or the front alone")),
                str(ProofKind.SIGNED_LETTER): str(
                    _(
                        "If you may not copy your card. It names you, your rank, your number and your e-mail address, "
                        "and is signed and dated"
                    )
                ),
                str(ProofKind.SIGNED_PDF): str(_("If you may not copy your card. It says the same as the letter")),
            }
        ),
    )
    document = PictureField(label=_("Your file"), required=False)
    explanation = forms.CharField(
        label=_("Anything we should know about it"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, has_document: bool, held: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.held = held  # the name of the file that we have, if any
        self.fields["document"].required = not has_document

    def clean(self) -> dict[str, Any]:
        """A signature lies in the PDF: a picture of it shows nothing. The file itself is kept all the same."""
        data = super().clean() or self.cleaned_data
        upload = data.get("document")
        name = upload.name if upload else self.held
        if name and data.get("proof_kind") == ProofKind.SIGNED_PDF and by_filename(name) is not PDF:
            self.add_error("proof_kind", _("Only a PDF holds an electronic signature. Send the PDF, or choose another"))
        return data

    @property
    def upload(self) -> Any:
        """The file that arrived and may be kept, whatever is wrong with the rest."""
        return self.cleaned_data.get("document")


class SendForm(PortalForm):
    """The declaration."""

    attested = forms.BooleanField(
        label=_(
            "I am authorised to ask for records in criminal or regulatory matters, and I will keep to the guidelines. "
            "What I stated is true. I know that misuse ends my access and can be prosecuted"
        )
    )


class AppealForm(PortalForm):
    """Why somebody else should look again."""

    text = forms.CharField(
        label=_("What should another person know or check?"),
        min_length=20,
        max_length=3000,
        help_text=_(
            "For example who at your agency can confirm you, and through which published number. 20 characters or more"
        ),
        widget=forms.Textarea(attrs={"rows": 8}),
    )


class VerifyForm(TakesUploads, PersonForm):
    """What an officer states anew once a year."""

    supervisor_name = forms.CharField(
        label=_("Name of your supervisor"), max_length=150, widget=forms.TextInput(attrs=_OFF)
    )
    supervisor_contact = forms.CharField(
        label=_("E-mail or extension of your supervisor"),
        max_length=200,
        help_text=_("We ask for this person through the switchboard of your agency"),
        widget=forms.TextInput(attrs=_OFF),
    )
    document = PictureField(label=_("Copy of your service card, if it is a new one"), required=False)
    attested = forms.BooleanField(
        label=_(
            "I still work there, and I am authorised to ask for records in criminal or regulatory matters. What I "
            "state is true. I know that misuse ends my access and can be prosecuted"
        )
    )

    def clean_supervisor_name(self) -> str:
        """Nobody is their own supervisor."""
        return clean_supervisor(self.cleaned_data["supervisor_name"], self.cleaned_data.get("full_name", ""))


class WithdrawForm(PortalForm):
    """Nothing to fill in: the button says it."""


def clean_supervisor(name: str, own_name: str) -> str:
    """Return the name of a supervisor, who is somebody else."""
    if same_person(name, own_name):
        raise ValidationError(_("Name of your supervisor: this is your own name. Name the person you report to"))
    return name


def is_public_website(address: str) -> bool:
    """Say whether this is a web address that all can look up: no bare number, no name of an inner network."""
    parts = urlsplit(address)
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme not in {"http", "https"} or "." not in host or parts.username is not None:
        return False
    last = host.rpartition(".")[2]
    return not last.isdigit() and not last.startswith("0x") and last not in _INNER and ":" not in host


_INNER = frozenset({"arpa", "corp", "home", "internal", "intranet", "invalid", "lan", "local", "localhost", "onion"})


def clean_phone(text: str, label: Any) -> str:
    """Return the number in E.164, or say what to mend."""
    wrong = ValidationError(_("%(label)s: enter the number with its country code, like +44 20 7946 0958") % {
        "label": label
    })  # fmt: skip
    main, _mark, extension = text.partition("ext")
    try:
        parsed = phonenumbers.parse(main.strip(), None)
    except phonenumbers.NumberParseException:
        raise wrong from None
    if not phonenumbers.is_possible_number(parsed):
        raise wrong
    number = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    digits = "".join(letter for letter in extension if letter.isdigit())
    return f"{number} ext {digits}" if digits else number


def place_of(agency: Agency) -> str:
    """What a stranger may read of an agency: kind, town and country; never its domain, number or officers."""
    names = dict(country_choices())
    return ", ".join(filter(None, (agency.get_kind_display(), agency.town, names.get(agency.country, agency.country))))


@lru_cache(maxsize=1)
def country_choices() -> list[tuple[str, str]]:
    """Countries by name."""
    return [(code, str(name)) for code, name in countries]
