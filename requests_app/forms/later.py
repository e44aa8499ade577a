"""What is typed in about answered requests: what an officer asks for, what staff answer, what it cost."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from foundation.core.forms import GovDateField, PortalForm, Radios
from requests_app.enums import CertificateForm
from requests_app.models import DisclosurePackage
from requests_app.release_enums import LaterKind
from requests_app.services.costs import CURRENCIES

_ALL = "all"
_HINTS = {
    LaterKind.REISSUE: "For example, because the download ended or the files were lost",
    LaterKind.CERTIFICATE: "A custodian declares what the records are and how they were made",
    LaterKind.TESTIMONY: "Somebody of the company speaks in court about the records",
}


class AskForm(PortalForm):
    """What an officer asks for on an answered request."""

    kind = forms.ChoiceField(
        label="What do you need?",
        widget=Radios(
            hints={str(k): v for k, v in _HINTS.items()}, reveals={str(LaterKind.CERTIFICATE): ["certificate_form"]}
        ),
    )
    package = forms.ChoiceField(label="Which records is it about?", required=False, widget=Radios(small=True))
    certificate_form = forms.ChoiceField(
        label="Form of the certificate", required=False, help_text="Only for a certificate",
        choices=[("", "Choose"), *CertificateForm.choices],
    )  # fmt: skip
    court = forms.CharField(
        label="Court and docket", required=False, max_length=200,
        help_text="For a witness, and for a certificate where you know it. For example, Oslo District Court, 26-104413",
    )  # fmt: skip
    needed_by = GovDateField(
        label="By which day do you need it?", required=False, help_text="The day of the hearing, if there is one"
    )
    words = forms.CharField(
        label="Why do you need it?", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000,
        help_text="Write what a certificate must say, or what a witness is asked about",
    )  # fmt: skip

    def __init__(
        self, *args: Any, kinds: Iterable[LaterKind], packages: Sequence[DisclosurePackage], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._packages = {str(package.number): package for package in packages}
        fields: dict[str, Any] = self.fields
        fields["kind"].choices = [(str(kind), kind.label) for kind in kinds]
        if LaterKind.CERTIFICATE not in kinds:
            del fields["certificate_form"]
        if len(packages) < 2:
            del fields["package"]
            return
        each = [(number, f"Package {number}") for number in sorted(self._packages, key=int)]
        fields["package"].choices = [(_ALL, "All of them"), *each]
        fields["package"].initial = _ALL

    def clean(self) -> dict[str, Any]:
        """See that each kind has what it needs."""
        given = super().clean() or {}
        kind = given.get("kind")
        if kind == LaterKind.CERTIFICATE and not given.get("certificate_form"):
            self.add_error("certificate_form", "Choose the form of the certificate")
        if kind == LaterKind.TESTIMONY and not given.get("court") and "court" not in self.errors:
            self.add_error("court", "Name the court")
        if kind == LaterKind.TESTIMONY and not given.get("needed_by") and "needed_by" not in self.errors:
            self.add_error("needed_by", "Enter the day of the hearing")
        return given

    @property
    def asked(self) -> dict[str, Any]:
        """Return what was asked, as the service takes it: what belongs to another kind is left out."""
        given = self.cleaned_data
        kind = given["kind"]
        form = given.get("certificate_form", "") if kind == LaterKind.CERTIFICATE else ""
        return {
            "kind": kind,
            "package": self._chosen(given.get("package", "")),
            "certificate_form": form,
            "court": "" if kind == LaterKind.REISSUE else given["court"],
            "needed_by": given["needed_by"],
            "words": given["words"],
        }

    def _chosen(self, number: str) -> DisclosurePackage | None:
        if len(self._packages) == 1:
            return next(iter(self._packages.values()))
        return self._packages.get(number)


class ReplyForm(PortalForm):
    """What staff tell the officer: what was done, or why not."""

    words = forms.CharField(
        label="What do you tell the officer?", widget=forms.Textarea(attrs={"rows": 3}), max_length=2000,
        help_text="The officer reads this on the page of the request",
    )  # fmt: skip
    action = forms.CharField(required=False, widget=forms.HiddenInput)


class CostForm(PortalForm):
    """An amount, and what it was for."""

    amount = forms.DecimalField(
        label="Amount", max_digits=10, decimal_places=2, min_value=0, widget=forms.TextInput(
            attrs={"class": "govuk-input--width-10", "inputmode": "decimal"}
        ),
        help_text="For example, 125.00",
    )  # fmt: skip
    currency = forms.ChoiceField(label="Currency", choices=[(code, code) for code in CURRENCIES])
    spent_on = forms.CharField(label="What for", max_length=200, help_text="For example, 3 hours of searching")

    def clean_amount(self) -> Any:
        """See that it is more than nothing."""
        amount = self.cleaned_data["amount"]
        if amount <= 0:
            raise forms.ValidationError("Enter an amount above zero.")
        return amount
