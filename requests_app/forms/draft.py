"""The parts of a draft that are one form each: legal process, facts, notice, and the check at the end."""

from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django import forms
from django.http import QueryDict
from django.utils import timezone

from foundation.core.forms import GovDateField, PortalForm, Radios
from foundation.documents.formfields import UploadField
from requests_app.models import DataRequest, RequestDocument
from requests_app.services import preflight

LATER = "later"


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
        super().__init__(data, files, initial=initial)
        for field in self.fields.values():
            if isinstance(field, UploadField):
                field.user = draft.officer  # nobody else writes in this draft
        self.prepare()
        later = data is not None and data.get("action") == LATER
        for name in self.needed:
            self.fields[name].required = not later

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
            if (stored or None) != (typed or None):
                found.append((str(field.label), self._shown(field, stored)))
        return found

    def show_again(self, version: int) -> None:
        """Make the same answers saveable over what is stored now."""
        again(self, version)

    @staticmethod
    def _shown(field: forms.Field, value: Any) -> str:
        if value in (None, "", []):
            return "Nothing"
        if isinstance(value, date):
            return f"{value:%-d %b %Y}"
        choices = {str(key): str(label) for key, label in getattr(field, "choices", ()) or ()}
        values = value if isinstance(value, list) else [value]
        return ", ".join(choices.get(str(getattr(item, "pk", item)), str(item)) for item in values)


class FactsForm(StepForm):
    """What happened, and why these accounts matter."""

    needed = ("title", "case_number", "offence", "facts", "connection")

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

    @classmethod
    def stored(cls, draft: DataRequest) -> dict[str, Any]:
        """Return the columns of the request."""
        names = ("title", "case_number", "offence", "facts", "connection", "investigating_officer")
        return {name: getattr(draft, name) for name in names}


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
        if asked == "yes" and self.data.get("action") != LATER:
            self._needs_details(values)
        return values

    def _needs_details(self, values: dict[str, Any]) -> None:
        if not values.get("clause") and "clause" not in self.errors:
            self.add_error("clause", "Name the clause that forbids telling the account holder")
        if not values.get("until") and not values.get("endless") and "until" not in self.errors:
            self.add_error("until", "Give the last day, or tick that it names none")
        if values.get("until") and values["until"] < self.today:
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
