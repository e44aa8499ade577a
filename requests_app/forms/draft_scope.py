"""The parts of a draft that hold lists: identifiers, records with their dates, documents."""

from collections import Counter
from datetime import date
from typing import Any

from django import forms

from foundation.core.forms import Checkboxes, GovDateField, PortalForm
from foundation.documents.formfields import TakesUploads, UploadsField
from requests_app.deadlines import period_refusal
from requests_app.enums import RECORD_CATEGORIES, DataCategory, DocumentRole
from requests_app.forms.draft import LATER, StepForm
from requests_app.models import DataRequest
from requests_app.services.drafts import MAX_DOCUMENTS
from requests_app.services.preflight import reach_refusal, read_day

_WIDE = {"class": "govuk-!-width-full"}
_ROLE_LABEL = "What is the person in your case?"


class RecordsForm(StepForm):
    """Which records, from when to when. One period for all, or another one for a category."""

    needed = ("categories",)

    categories = forms.MultipleChoiceField(
        label="Which records do you need?",
        choices=[(c.value, c.label) for c in RECORD_CATEGORIES],
        required=False,
        widget=Checkboxes(),
    )
    first = GovDateField(label="First day", required=False, help_text="Days begin and end in UTC")
    last = GovDateField(label="Last day", required=False, help_text="Not after today")

    def prepare(self) -> None:
        """Say which records the legal process does not reach, and give each category its own dates."""
        kind = self.draft.process_type
        hints = {
            str(category): f"Not reached by: {kind.name}"
            for category in RECORD_CATEGORIES
            if kind and reach_refusal(kind, category)
        }
        widget: Any = self.fields["categories"].widget
        widget.hints = hints
        for category in RECORD_CATEGORIES:
            self.fields[f"{category}_first"] = GovDateField(label=f"{category.label}: first day", required=False)
            self.fields[f"{category}_last"] = GovDateField(label=f"{category.label}: last day", required=False)
        for name, field in self.fields.items():
            if name.endswith(("_first", "_last")):
                field.widget.is_required = False

    @classmethod
    def stored(cls, draft: DataRequest) -> dict[str, Any]:
        """Return the categories; the commonest period is everybody's, others stand beside their category."""
        periods = {a["category"]: (read_day(a.get("from")), read_day(a.get("to"))) for a in draft.records_asked}
        common = Counter(p for p in periods.values() if any(p)).most_common(1)
        first, last = common[0][0] if common else (None, None)
        values: dict[str, Any] = {"categories": list(periods), "first": first, "last": last}
        for category, period in periods.items():
            if period != (first, last):
                values[f"{category}_first"], values[f"{category}_last"] = period
        return values

    def clean(self) -> dict[str, Any]:
        """Make one entry per category, and refuse open ends, the future, and what the process cannot reach."""
        values = super().clean() or {}
        values["records"] = []
        for category in values.get("categories", []):
            own = (values.get(f"{category}_first"), values.get(f"{category}_last"))
            first, last = own if any(own) else (values.get("first"), values.get("last"))
            self._check(category, first, last, own=any(own))
            values["records"].append({"category": category, "from": first, "to": last})
        return values

    def _check(self, category: str, first: date | None, last: date | None, *, own: bool) -> None:
        label = DataCategory(category).label
        if refusal := reach_refusal(self.draft.process_type, category):
            self.add_error("categories", f"{label}: {refusal}")
        field = f"{category}_first" if own else "first"
        refusal = period_refusal(first, last, today=self.today)
        later = self.data.get("action") == LATER and not (first and last)
        if refusal and not later and not {field, field.replace("first", "last")} & set(self.errors):
            self.add_error(field, f"{label if own else 'Dates'}: {refusal}")

    def own_periods(self) -> list[tuple[str, Any, Any]]:
        """Return label and fields of each category's own dates, for the page."""
        return [(str(c.label), self[f"{c}_first"], self[f"{c}_last"]) for c in RECORD_CATEGORIES]

    def has_own_periods(self) -> bool:
        """Say whether any category has dates of its own, or was given some."""
        values = [field.value() for _label, *pair in self.own_periods() for field in pair]
        return any(any(value) if isinstance(value, list) else value for value in values)


class DocumentsForm(TakesUploads, PortalForm):
    """Files to attach, and what they are."""

    role = forms.ChoiceField(label="What are you adding?", choices=DocumentRole.choices, initial=DocumentRole.ORDER)
    uploads = UploadsField(label="Files")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say how many files there may be before any is chosen."""
        super().__init__(*args, **kwargs)
        hint = str(self.fields["uploads"].help_text)
        self.fields["uploads"].help_text = f"Up to {MAX_DOCUMENTS} files in all. {hint}"
