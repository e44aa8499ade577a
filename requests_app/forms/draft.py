"""The parts of a draft that are one form each: legal process, facts, notice, and the check at the end."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils import timezone

from foundation.core.forms import GovDateField, PortalForm, Radios, about
from foundation.documents.formfields import SENT, UploadField
from requests_app.deadlines import odd_year
from requests_app.enums import CertificateForm
from requests_app.models import DataRequest, RequestDocument
from requests_app.services import preflight
from requests_app.services.drafts import FACT_FIELDS
from requests_app.services.preflight.facts import BarFacts, Facts

LATER = "later"
# Asked while somebody types: what is missing, without saving anything.
CHECK = "check"
# Asked for one more row to fill in, without saving anything.
MORE = "more"


class StepForm(PortalForm):
    """A part of a draft. It knows what is stored, and which version of the draft the page showed."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    # What may not be empty when the officer goes on; leaving for later stores what there is.
    needed: ClassVar[tuple[str, ...]] = ()

    def __init__(self, data: Any = None, files: Any = None, *, draft: DataRequest, at: datetime | None = None) -> None:
        self.draft = draft
        self.at = at or timezone.now()
        self.today = self.at.astimezone(UTC).date()
        initial = self.stored(draft) | {"lock_version": draft.lock_version}
        self.action = ("more" in data and MORE) or data.get("action", "") if data is not None else ""
        super().__init__(data, files, initial=initial)
        for name, field in list(self.fields.items()):
            if isinstance(field, UploadField):
                field.user = draft.officer  # nobody else writes in this draft
                if self.action == CHECK:  # looking takes no file
                    del self.fields[name]
        self.prepare()
        for name in self.needed:
            self.fields[name].required = not self.unfinished

    @property
    def unfinished(self) -> bool:
        """Say whether the answers may have gaps: the officer leaves for now, or is still typing."""
        return self.action in {LATER, CHECK, MORE}

    def values_for_later(self) -> dict[str, Any]:
        """Return what could be read, and what is stored in the place of what could not: leaving never fails."""
        return {name: self.initial.get(name) for name in self.fields} | self.cleaned_data

    def lost(self) -> list[str]:
        """Return the labels of what could not be read, and so is not stored."""
        return [str(self.fields[name].label).rstrip("?") for name in self.errors if name in self.fields]

    def overlay(self, facts: Facts) -> Facts:
        """Return the facts of the draft with what is typed in place of what is stored."""
        return facts

    def prepare(self) -> None:
        """Set what depends on the draft."""

    @classmethod
    def stored(cls, draft: DataRequest) -> dict[str, Any]:
        """Return what is stored of this part."""
        raise NotImplementedError

    def compared(self) -> list[tuple[str, str]]:
        """Return label and stored value of every field in which what was typed differs from what is stored."""
        found = []
        for name, field in self.fields.items():
            if isinstance(field.widget, (forms.HiddenInput, forms.FileInput)):
                continue
            stored = self.initial.get(name)
            typed = self.cleaned_data.get(name) if name in getattr(self, "cleaned_data", {}) else None
            if _keys(stored) != _keys(typed):
                found.append((str(field.label), self._shown(field, stored)))
        return found

    def show_again(self, version: int) -> None:
        """Make the same answers saveable over what is stored now."""
        again(self, version)

    @staticmethod
    def _shown(field: forms.Field, value: Any) -> str:
        if value in (None, "", []):
            return "Nothing"
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if isinstance(value, date):
            return f"{value:%-d %b %Y}"
        choices = dict(_flat(getattr(field, "choices", ()) or ()))
        return ", ".join(choices.get(key, key) for key in _keys(value))


def _keys(value: Any) -> list[str]:
    """Return a value as the keys of its choices, so that a row, its number and its number as text compare equal."""
    if value in (None, "", [], False):
        return []
    values = value if isinstance(value, list) else [value]
    return [str(getattr(item, "pk", item)) for item in values]


def _flat(choices: Any) -> Iterator[tuple[str, str]]:
    """Return key and label of every choice, those in groups too."""
    for key, label in choices:
        if isinstance(label, (list, tuple)):
            yield from _flat(label)
        else:
            yield str(key), str(label)


class FactsForm(StepForm):
    """What happened, and why these accounts matter."""

    needed: ClassVar[tuple[str, ...]] = ("title", "case_number", "offence", "facts", "connection")

    title = forms.CharField(
        label="Short name for this request", max_length=150, required=False,
        help_text="So that you find it again, like the name of the operation. No names of people",
    )  # fmt: skip
    case_number = forms.CharField(label="Your case number", max_length=100, required=False)
    offence = forms.CharField(
        label="Offence", max_length=300, required=False, help_text="With its section of law",
    )  # fmt: skip
    facts = forms.CharField(
        label="What happened?", widget=forms.Textarea(attrs={"rows": 8}), max_length=6000, required=False,
        help_text="A summary of the facts and of the investigation",
    )  # fmt: skip
    connection = forms.CharField(
        label="How is the account connected to it?", widget=forms.Textarea(attrs={"rows": 5}), max_length=4000,
        required=False,
    )  # fmt: skip
    investigating_officer = forms.CharField(
        label="Investigating officer", max_length=150, required=False, help_text="If it is somebody else than you",
    )  # fmt: skip
    investigating_rank = forms.CharField(label="Their rank", max_length=100, required=False)
    investigating_email = forms.EmailField(label="Their e-mail address", required=False)
    investigating_phone = forms.CharField(label="Their telephone number", max_length=30, required=False)
    certificate_form = forms.ChoiceField(
        label="Do you need a certificate for the court?", required=False,
        choices=[("", "No"), *CertificateForm.choices],
        help_text="We add it to the records. Choose the form that your court asks for",
    )  # fmt: skip

    @classmethod
    def stored(cls, draft: DataRequest) -> dict[str, Any]:
        """Return the columns of the request."""
        return {name: getattr(draft, name) for name in FACT_FIELDS}

    def overlay(self, facts: Facts) -> Facts:
        """Put the typed texts in place."""
        names = ("title", "case_number", "offence", "facts", "connection")
        return replace(facts, **{name: self.cleaned_data[name] for name in names if name in self.cleaned_data})


class NoticeForm(StepForm):
    """Whether the account holder must not be told, and what says so."""

    needed = ("secrecy",)

    secrecy = forms.ChoiceField(
        label="May we tell the account holder?",
        choices=[("no", "Yes, you may tell them"), ("yes", "No, an order or a law forbids it")],
        required=False,
        widget=Radios(reveals={"yes": ["clause", "until", "endless", "document", "upload"]}),
    )
    clause = forms.CharField(
        label="The clause that forbids it", max_length=300, required=False,
        help_text="The law, or page and paragraph of the order. A letter that only asks for silence is not enough",
    )  # fmt: skip
    until = GovDateField(label="Last day on which it forbids telling", required=False)
    endless = forms.BooleanField(label="It names no last day", required=False)
    document = forms.ChoiceField(label="Where does the clause stand?", required=False)
    upload = UploadField(label="Or add the document it stands in", required=False)

    def prepare(self) -> None:
        """Offer the documents that are attached and were not refused."""
        items = [(str(item.uid), item.document.filename) for item in _usable(self.draft)]
        self.fields["document"].choices = [("", "Choose a document"), *items]  # type: ignore[attr-defined]

    @classmethod
    def stored(cls, draft: DataRequest) -> dict[str, Any]:
        """Return the stated bar."""
        bar = draft.non_disclosure_orders.order_by("pk").first()
        named = [str(i.uid) for i in _usable(draft) if bar and i.document_id == bar.document_id]
        return {
            "secrecy": None if draft.secrecy_asked is None else "yes" if draft.secrecy_asked else "no",
            "clause": bar.clause if bar else "",
            "until": bar.bars_until if bar else None,
            "endless": bool(bar and bar.clause and bar.bars_until is None),
            "document": named[0] if named else "",
        }

    def clean(self) -> dict[str, Any]:
        """Ask for the details where the account holder must not be told."""
        values = super().clean() or {}
        asked = values.get("secrecy")
        values["secrecy_asked"] = {"yes": True, "no": False}.get(asked or "")
        if values.get("endless"):
            values["until"] = None
        if values.get("until") and (refusal := odd_year(values["until"])):
            self.add_error("until", about(self.fields["until"].label, refusal))
        if asked == "yes" and not self.unfinished:
            self._needs_details(values)
        return values

    def values_for_later(self) -> dict[str, Any]:
        """Keep what is stored where the answer could not be read."""
        values = super().values_for_later()
        values.setdefault("secrecy_asked", self.draft.secrecy_asked)
        return values

    def overlay(self, facts: Facts) -> Facts:
        """Put the typed bar in place."""
        values = self.cleaned_data
        named = bool(values.get("document") or self.data.get(f"upload{SENT}"))
        bar = BarFacts(values.get("clause", ""), values.get("until"), named)
        return replace(facts, secrecy=values.get("secrecy_asked"), bar=bar)

    def _needs_details(self, values: dict[str, Any]) -> None:
        if not values.get("clause") and "clause" not in self.errors:
            self.add_error("clause", "Name the clause that forbids telling the account holder")
        if not values.get("until") and not values.get("endless") and "until" not in self.errors:
            self.add_error("until", "Give the last day, or tick that it names none")
        if values.get("until") and "until" not in self.errors and values["until"] < self.today:
            self.add_error("until", "Last day on which it forbids telling: this is in the past. Check it")
        if not values.get("document") and not values.get("upload") and not {"document", "upload"} & set(self.errors):
            self.add_error("document", "Choose the document the clause stands in, or add it")


class CheckForm(PortalForm):
    """The declaration under the answers."""

    lock_version = forms.IntegerField(widget=forms.HiddenInput)
    declared = forms.BooleanField(
        label="I declare that this request is accurate, necessary and proportionate, and that I may make it.",
        help_text="A false declaration may be a crime. We tell your agency about misuse.",
        error_messages={"required": "Tick the declaration to send the request"},
    )


def _usable(draft: DataRequest) -> list[RequestDocument]:
    return preflight.can_count(preflight.attached(draft))


def again(form: forms.BaseForm, version: int) -> None:
    """Make a refused form saveable over what is stored now."""
    data = form.data.copy() if isinstance(form.data, QueryDict) else QueryDict(mutable=True)
    data["lock_version"] = str(version)
    form.data = data
