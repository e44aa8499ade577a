"""What a request rests on: the order or warrant, as it stands on paper, and what became of it later."""

from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils import timezone

from foundation.core import languages
from foundation.core.forms import GovDateField, PortalForm, Radios
from foundation.documents.formfields import TakesUploads, UploadField
from foundation.legal.catalogue import for_assets
from foundation.legal.models import ProcessType
from foundation.legal.stops import Stop, stop_for
from foundation.providers.models import LegalEntity, Provider
from foundation.providers.policy import offered_types
from requests_app.deadlines import odd_year
from requests_app.enums import OrderRelation, RequestKind
from requests_app.forms.draft import StepForm
from requests_app.models import DataRequest, LegalProcess
from requests_app.order_rules import day_of
from requests_app.services import order_versions, orders
from requests_app.services.preflight.facts import Facts, VersionFacts
from requests_app.services.preflight.reading import type_facts

_LONGEST = 2000
_GROUPS = {2: "General, for any country"}
_NOT_TAKEN = "Not taken here"


class TypeForm(PortalForm):
    """The answer to "What do you have?": a type of the catalogue."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    kind = forms.CharField(
        label="What do you have?", max_length=60, error_messages={"required": "Choose what you have"}
    )


class OrderForm(StepForm):
    """One order of a draft. What cannot be read is kept as it was typed, and shown again."""

    needed = ("process_type", "section_of_law", "issuing_authority", "issued_on")

    process_type = forms.ModelChoiceField(
        label="Type", queryset=ProcessType.objects.none(), required=False, empty_label="Choose a type",
    )  # fmt: skip
    section_of_law = forms.CharField(label="Section of law", max_length=200, required=False)
    issuing_authority = forms.CharField(
        label="Issuing authority or court", max_length=200, required=False,
        help_text="As it stands on the document",
    )  # fmt: skip
    signatory = forms.CharField(label="Judge or official who signed", max_length=150, required=False)
    issuer_rank = forms.CharField(label="Rank or function of who signed", max_length=100, required=False)
    docket = forms.CharField(label="Docket or order number", max_length=100, required=False)
    issued_on = GovDateField(label="Date it was issued", help_text="For example, 27 3 2026", required=False)
    valid_until = GovDateField(label="Valid until", required=False)
    return_date = GovDateField(
        label="Return date", help_text="The date by which it orders an answer", required=False
    )  # fmt: skip
    language = forms.ChoiceField(
        label="Language of the document", choices=[("", "Choose a language"), *languages.CHOICES], required=False
    )
    document = forms.ChoiceField(label="Copy of this order", required=False)
    legal_entity = forms.ModelChoiceField(
        label="Which of our companies is it addressed to?", queryset=LegalEntity.objects.none(), required=False,
        empty_label="Choose a company",
    )  # fmt: skip
    treaty_channel = forms.CharField(
        label="Treaty channel", max_length=150, required=False,
        help_text="If it comes through mutual legal assistance: through which authority",
    )  # fmt: skip

    def __init__(self, data: Any = None, *, draft: DataRequest, process: LegalProcess, at: datetime | None = None):
        self.process = process
        self.original = orders.first_version(process)
        self.leads = draft.order_uses.values_list("process_id", flat=True).first() == process.pk
        super().__init__(data, draft=draft, at=at)
        self.initial.update(self._stored())

    def prepare(self) -> None:
        """Offer types, copies and companies, and say what the type's law asks for."""
        kind = self.process.process_type
        types = types_for(self.draft.provider, self.draft.jurisdiction, self.at, kind=self.draft.kind)
        if kind is not None and all(kind.pk != one.pk for _label, kinds in types for one in kinds):
            types = [("Chosen before", [kind]), *types]
        known = [one.pk for _label, kinds in types for one in kinds]
        field: Any = self.fields["process_type"]
        field.queryset = ProcessType.objects.filter(pk__in=known)
        field.choices = [("", "Choose a type")] + [
            (label, [(one.pk, one.full_name) for one in kinds]) for label, kinds in types if kinds
        ]
        self._hints(kind)
        self._copies()
        self._company()

    def _hints(self, kind: ProcessType | None) -> None:
        law = "The law and section it was issued under, as it stands on the document"
        self.fields["section_of_law"].help_text = f"{law}. For this type usually: {kind.authority}" if kind else law
        if kind and kind.minimum_rank:
            self.fields["issuer_rank"].help_text = f"This type must be issued by: {kind.minimum_rank}"

    def _copies(self) -> None:
        items = [(str(item.uid), item.document.filename) for item in orders.order_documents(self.draft)]
        if not items:
            del self.fields["document"]
            return
        field: Any = self.fields["document"]
        field.choices = [("", "Choose a document"), *items]
        field.help_text = "Which of the files you added is it? Each order needs a copy of its own"

    def _company(self) -> None:
        entities = self.draft.provider.entities.order_by("-is_default", "name")
        if not self.leads:
            del self.fields["legal_entity"], self.fields["treaty_channel"]
        elif len(entities) > 1 or (entities and self.draft.legal_entity_id is None):
            self.fields["legal_entity"].queryset = entities  # type: ignore[attr-defined]
        else:
            del self.fields["legal_entity"]

    @classmethod
    def stored(cls, draft: DataRequest) -> dict[str, Any]:
        """Return what the request itself keeps; the order's own values follow in _stored()."""
        return {"legal_entity": draft.legal_entity_id, "treaty_channel": draft.treaty_channel}

    def _stored(self) -> dict[str, Any]:
        values: dict[str, Any] = {name: getattr(self.process, name) for name in orders.ORDER_FIELDS}
        values["process_type"] = self.process.process_type_id
        if self.original:
            values |= {name: getattr(self.original, name) for name in orders.DATE_FIELDS}
            copies = orders.order_documents(self.draft)
            named = [str(item.uid) for item in copies if item.document_id == self.original.document_id]
            values["document"] = named[0] if named else ""
        return values | {name: kept["typed"] for name, kept in self.process.unread.items() if name in self.fields}

    def stopped(self) -> Stop | None:
        """Return the stop of the type that was chosen, where it must not be uploaded: nothing of it is stored."""
        if not self.is_bound:
            return None
        self.full_clean()
        chosen = self.cleaned_data.get("process_type")
        return stop_for(chosen) if chosen else None

    def clean(self) -> dict[str, Any]:
        """Check the dates against each other and against the calendar."""
        values = super().clean() or {}
        issued, until, back = (values.get(name) for name in orders.DATE_FIELDS)
        for name, value in zip(orders.DATE_FIELDS, (issued, until, back), strict=True):
            if value and (odd := odd_year(value)):
                self.add_error(name, f"{self.fields[name].label}: {odd}")
        if issued and issued > self.today and "issued_on" not in self.errors:
            self.add_error("issued_on", "Date it was issued: this is after today. Check it")
        if (until or back) and not issued and "issued_on" not in self.errors:
            self.add_error("issued_on", "Date it was issued: add it, so that the other dates can be kept")
        if issued and until and until < issued and "valid_until" not in self.errors:
            self.add_error("valid_until", "Valid until: this is before the date it was issued")
        if issued and back and back < issued and "return_date" not in self.errors:
            self.add_error("return_date", "Return date: this is before the date it was issued")
        return values

    def overlay(self, facts: Facts) -> Facts:
        """Put this order as it is typed in place of the stored one."""
        typed, key = self.cleaned_data, str(self.process.uid)
        entity = typed.get("legal_entity")
        kind = typed.get("process_type")
        types = type_facts(self.draft, [kind.pk if kind else None])
        found = [replace(order, type=types.get(kind.pk) if kind else None, section=typed.get("section_of_law", ""),
                         authority=typed.get("issuing_authority", ""), rank=typed.get("issuer_rank", ""),
                         signatory=typed.get("signatory", ""), docket=typed.get("docket", ""),
                         language=typed.get("language", ""), versions=self._versions(order.versions))
                 if order.key == key else order for order in facts.orders]  # fmt: skip
        chosen, addressed = facts.entity_chosen or bool(entity), entity.pk if entity else facts.addressed
        treaty = typed.get("treaty_channel", facts.treaty_channel)
        return replace(facts, orders=tuple(found), entity_chosen=chosen, addressed=addressed, treaty_channel=treaty)

    def _versions(self, stored: tuple[VersionFacts, ...]) -> tuple[VersionFacts, ...]:
        """Return the versions with the typed dates in the first one."""
        issued = self.cleaned_data.get("issued_on")
        if issued is None:
            return stored[1:]
        until, back = self.cleaned_data.get("valid_until"), self.cleaned_data.get("return_date")
        copy = bool(self.cleaned_data.get("document")) or any(version.has_copy for version in stored[:1])
        return (VersionFacts(issued, until, back, has_copy=copy), *stored[1:])

    def values(self) -> dict[str, Any]:
        """Return what could be read, to be stored; also where other fields could not."""
        names = (*orders.ORDER_FIELDS, *orders.REQUEST_FIELDS)
        found = {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}
        found |= {name: self.cleaned_data[name] for name in self._dates()}
        if "document" in self.cleaned_data:
            chosen = self.cleaned_data["document"]
            copies = orders.order_documents(self.draft)
            found["document"] = next((item.document for item in copies if str(item.uid) == chosen), None)
        return found

    def _dates(self) -> list[str]:
        """Name the dates that can be stored: without the day of issue there is nothing they could hang on."""
        if self.original is None and not self.cleaned_data.get("issued_on"):
            return []
        return [name for name in orders.DATE_FIELDS if name in self.cleaned_data]

    def unread(self) -> dict[str, Any]:
        """Return what was typed and is not among the values: field, what was typed, and what to do about it."""
        kept: dict[str, Any] = {}
        stored = self.values()
        for name in (*orders.ORDER_FIELDS, *orders.DATE_FIELDS, *orders.REQUEST_FIELDS):
            if name not in self.fields or name in stored:
                continue
            typed = self.fields[name].widget.value_from_datadict(self.data, self.files, name)
            if any(typed or []):
                why = self.errors[name][0] if name in self.errors else "Add the date it was issued, then it is kept"
                kept[name] = {"typed": _short(typed), "why": str(why)}
        return kept


class ReuseForm(PortalForm):
    """An order of another request."""

    order = forms.UUIDField(
        label="Order", error_messages={"required": "Choose an order", "invalid": "Choose an order of the list"}
    )

    def chosen(self) -> UUID:
        """Return the address part of the chosen order."""
        uid: UUID = self.cleaned_data["order"]
        return uid


class VersionForm(TakesUploads, PortalForm):
    """What became of an order after it was sent."""

    seen = forms.IntegerField(widget=forms.HiddenInput)
    relation = forms.ChoiceField(
        label="What does it do to the order?",
        choices=[
            (OrderRelation.EXTENDS, "It extends it"),
            (OrderRelation.NARROWS, "It narrows it"),
            (OrderRelation.REPLACES, "It replaces it"),
            (OrderRelation.QUASHED, "It quashes or withdraws it"),
        ],
        widget=Radios(
            hints={
                OrderRelation.EXTENDS: "It holds longer than before",
                OrderRelation.NARROWS: "It covers less than before: fewer accounts, records or days",
                OrderRelation.REPLACES: "A new order stands in its place",
                OrderRelation.QUASHED: "It does not hold any more. Nothing is granted or released under it",
            }
        ),
    )
    issued_on = GovDateField(label="Date it was issued", help_text="For example, 27 3 2026")
    valid_until = GovDateField(label="Valid until", required=False)
    document = forms.ChoiceField(label="The document that says so", required=False)
    upload = UploadField(label="Or add the document", required=False)
    note = forms.CharField(
        label="What changes", widget=forms.Textarea(attrs={"rows": 4}), max_length=500, required=False,
        help_text="In your words, with page and paragraph",
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        data_request: DataRequest,
        process: LegalProcess,
        user: Any,
        seen: int,
    ) -> None:
        """Offer the documents that are not a copy of the order as it stood before."""
        super().__init__(data, files, user=user, initial={"seen": seen})
        self.today = day_of(timezone.now())
        attached = orders.order_documents(data_request)
        usable = [item for item in attached if not order_versions.is_copy_of(process, item.document)]
        items = [(str(item.uid), item.document.filename) for item in usable]
        field: Any = self.fields["document"]
        field.choices = [("", "Choose a document"), *items]
        field.error_messages = {"invalid_choice": order_versions.COPY_OF_EARLIER}
        if not items:
            del self.fields["document"]
            self.fields["upload"].label = "The document that says so"

    def see(self, newest: int) -> None:
        """Make the same answers sendable after the version that is the newest now."""
        data = self.data.copy() if isinstance(self.data, QueryDict) else QueryDict(mutable=True)
        data["seen"] = str(newest)
        self.data = data

    def clean(self) -> dict[str, Any]:
        """Check dates, and that there is a document."""
        values = super().clean() or {}
        issued, until = values.get("issued_on"), values.get("valid_until")
        if issued and issued > self.today:
            self.add_error("issued_on", "Date it was issued: this is after today. Check it")
        for name, value in (("issued_on", issued), ("valid_until", until)):
            if value and (odd := odd_year(value)):
                self.add_error(name, f"{self.fields[name].label}: {odd}")
        if issued and until and until < issued and "valid_until" not in self.errors:
            self.add_error("valid_until", "Valid until: this is before the date it was issued")
        if not values.get("document") and not values.get("upload") and "upload" not in self.errors:
            self.add_error("upload", "Add the document that says so: a scan or the signed file")
        if values.get("relation") in {OrderRelation.NARROWS, OrderRelation.REPLACES} and not values.get("note"):
            self.add_error("note", "Say what changes, so that we cover no more than the order does")
        return values


def types_for(
    provider: Provider, jurisdiction: str, at: datetime, *, kind: str = RequestKind.DISCLOSURE
) -> list[tuple[str, list[ProcessType]]]:
    """Return the types records, or assets, can be asked for with, in groups: the officer's own jurisdiction first.

    Types that must not be uploaded stand last: whoever takes one is led to its stop page.
    """
    offered = offered_types(provider, jurisdiction, at).filter(is_preservation=False, is_emergency=False)
    if kind == RequestKind.FREEZE:
        offered = for_assets(offered)
    found = [
        (_GROUPS.get(tier, name), list(kinds))
        for (tier, name), kinds in groupby(
            (kind for kind in offered if not kind.stop_screen),
            lambda kind: (kind.tier, kind.jurisdiction.name),  # type: ignore[attr-defined]
        )
    ]
    stopped = [kind for kind in offered if kind.stop_screen]
    return [*found, (_NOT_TAKEN, stopped)] if stopped else found


def _short(typed: Any) -> Any:
    """Return what was typed as it can be kept: no NUL, and not endless."""
    parts = typed if isinstance(typed, (list, tuple)) else [typed]
    kept = [str(part or "").replace("\x00", "")[:_LONGEST] for part in parts]
    return kept if isinstance(typed, (list, tuple)) else kept[0]
