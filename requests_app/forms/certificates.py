"""What is typed in about certificates: a draft and its facts, a PIN, a scan, a key, and why something ends."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms

from accounts.models import User
from foundation.core.forms import GovDateField, PortalForm, Radios
from foundation.documents.filetypes import JPEG, PDF, PNG
from foundation.documents.formfields import TakesUploads, UploadField
from requests_app.enums import CertificateForm
from requests_app.services.certificate_paper import Fact
from requests_app.services.signing_keys import PIN_LENGTH

_LONG, _SHORT = 4000, 300
_PREFIX = "fact_"


class ChooseForm(PortalForm):
    """Which form a certificate has, and who signs it."""

    form = forms.ChoiceField(label="Which form?", choices=CertificateForm.choices, widget=Radios)
    custodian = forms.ChoiceField(label="Who signs it?", widget=forms.Select)

    def __init__(self, *args: Any, people: Sequence[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(person.pk): person for person in people}
        field: Any = self.fields["custodian"]
        field.choices = [(key, person.get_full_name()) for key, person in self._people.items()]

    @property
    def chosen(self) -> User:
        """The custodian."""
        return self._people[self.cleaned_data["custodian"]]


class FactsForm(PortalForm):
    """What the custodian states: one field for each fact that the form needs, filled with what the portal knows."""

    def __init__(self, *args: Any, needed: Sequence[Fact], facts: Mapping[str, Any], **kwargs: Any) -> None:
        days = {fact.name for fact in needed if fact.kind == "date"}
        initial = {f"{_PREFIX}{name}": _day(value) if name in days else value for name, value in facts.items()}
        super().__init__(*args, initial=initial, **kwargs)
        self._needed = needed
        for fact in needed:
            self.fields[f"{_PREFIX}{fact.name}"] = _field(fact)

    def facts(self) -> dict[str, Any]:
        """Return what was typed, as it is kept and printed."""
        typed = {fact.name: self.cleaned_data[f"{_PREFIX}{fact.name}"] for fact in self._needed}
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value or "" for name, value in typed.items()
        }


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _field(fact: Fact) -> forms.Field:
    known: dict[str, Any] = {"label": fact.label, "help_text": fact.hint, "required": fact.required}
    if fact.choices:
        return forms.ChoiceField(choices=[("", "Choose"), *fact.choices], widget=forms.Select, **known)
    if fact.kind == "date":
        return GovDateField(**known)
    if fact.kind == "long":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), max_length=_LONG, **known)
    return forms.CharField(max_length=_SHORT, **known)


class PinForm(PortalForm):
    """The PIN of the custodian's own key; never shown a second time, never kept."""

    pin = forms.CharField(
        label="PIN of your key",
        help_text="Only you know it. It is used once, and kept nowhere",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20"}),
        max_length=200,
        strip=False,
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class ScanForm(TakesUploads, PortalForm):
    """The scan of what was signed by hand, and how many pages carry the signature."""

    pages = forms.IntegerField(
        label="How many pages did you sign?", min_value=1, max_value=2000, help_text="Count every page you signed"
    )
    upload = UploadField(label="Scan of the signed paper", kinds=(PDF, JPEG, PNG))


class ConfirmScanForm(PortalForm):
    """The scan that the custodian had open, by its hash."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class EndForm(PortalForm):
    """Why a draft is discarded, a certificate withdrawn, or a key ended."""

    reason = forms.CharField(
        label="Why?", help_text="Only staff read this", widget=forms.Textarea(attrs={"rows": 2}), max_length=1000
    )


class KeyForm(PortalForm):
    """A custodian's own key: the file, what opens it, and the PIN it is under from now on."""

    upload = forms.FileField(
        label="Your key", help_text="A .p12 or .pfx file from your authority, with your certificate and those above it"
    )
    password = forms.CharField(
        label="Password of the file",
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "class": "govuk-input--width-20"}),
        max_length=200,
        strip=False,
        required=False,
    )
    pin = forms.CharField(
        label="New PIN",
        help_text=f"{PIN_LENGTH} characters or more. You type it each time you sign. Nobody can reset it",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "govuk-input--width-20"}),
        min_length=PIN_LENGTH,
        max_length=200,
        strip=False,
    )
    pin_again = forms.CharField(
        label="New PIN again",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "class": "govuk-input--width-20"}),
        max_length=200,
        strip=False,
    )

    def clean(self) -> dict[str, Any]:
        """See that the PIN was typed twice the same."""
        given = super().clean() or {}
        if given.get("pin") and given.get("pin_again") and given["pin"] != given["pin_again"]:
            self.add_error("pin_again", "The two PINs are not the same. Type them again.")
        return given
