"""The parts of a draft that hold lists: records with their periods, documents."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any

from django import forms

from foundation.core.errors import Incomplete
from foundation.core.forms import Checkboxes, GovDateField, PortalForm
from foundation.documents.formfields import TakesUploads, UploadsField
from foundation.legal.calendars import offered_zones, zones_of
from foundation.legal.models import ProcessType
from requests_app.deadlines import instants, period_refusal, time_zones, today_in
from requests_app.enums import RECORD_CATEGORIES, DataCategory, DocumentRole
from requests_app.forms.draft import StepForm
from requests_app.limit_words import has_assets, read_assets
from requests_app.models import DataRequest
from requests_app.services.drafts import MAX_DOCUMENTS
from requests_app.services.preflight import reach_refusal
from requests_app.services.preflight.facts import AskedFacts, Facts
from requests_app.services.preflight.reading import asked_of

MOST_PERIODS = 6
UTC_ZONE = "UTC"
_Period = tuple[date | None, date | None, str, str]


class RecordsForm(StepForm):
    """Which records, from when to when: one period for all of them, or other periods for one kind of records.

    Of a kind of records the fields of its own periods are called logins_first, logins_last, logins_zone, logins_order,
    then logins_2_first and so on.
    """

    needed = ("categories",)

    categories = forms.MultipleChoiceField(
        label="Which records do you need?",
        choices=[(c.value, c.label) for c in RECORD_CATEGORIES],
        required=False,
        widget=Checkboxes(),
    )
    first = GovDateField(label="First day", required=False)
    last = GovDateField(label="Last day", required=False)
    zone = forms.ChoiceField(
        label="Time zone of these days", required=False, initial=UTC_ZONE,
        help_text="Days begin and end at midnight there. Take the one your order means",
    )  # fmt: skip
    order = forms.ChoiceField(label="Which order covers this?", required=False)
    assets = forms.CharField(
        label="Only these assets", required=False, max_length=400,
        help_text="For transactions and balances, where your order names assets, like BTC, USDT. Empty: all assets",
    )  # fmt: skip

    def prepare(self) -> None:
        """Say which records the orders do not reach, and give each kind of records periods of its own."""
        uses = self.draft.order_uses.select_related("process__process_type")
        self.orders = {str(use.process.uid): use.process for use in uses}
        self.zones = zone_choices(self.draft.agency.country, [e.get("zone", "") for e in self.draft.records_asked])
        widget: Any = self.fields["categories"].widget
        widget.hints = {str(c): hint for c in RECORD_CATEGORIES if (hint := self._hint(c))}
        self._choices("zone", "order", empty="")
        for category in RECORD_CATEGORIES:
            for number in range(1, self._periods(category) + 1):
                self._add_period(category, number)
        for name, field in self.fields.items():
            if name.endswith(("first", "last")):
                field.widget.is_required = False

    def _hint(self, category: DataCategory) -> str:
        types = [process.process_type for process in self.orders.values()] or [self.draft.process_type]
        known = [kind for kind in types if kind]
        if known and all(reach_refusal(kind, category) for kind in known):
            return f"Not reached by: {', '.join(dict.fromkeys(kind.name for kind in known))}"
        return ""

    def _choices(self, zone: str, order: str, *, empty: str) -> None:
        """Offer time zones and orders; without a choice of orders nobody is asked for one."""
        zones: Any = [("", empty), *self.zones] if empty else self.zones
        self.fields[zone].choices = zones  # type: ignore[attr-defined]
        if len(self.orders) < 2:
            del self.fields[order]
            return
        named = [(uid, str(process)) for uid, process in self.orders.items()]
        self.fields[order].choices = [("", empty or "Choose an order"), *named]  # type: ignore[attr-defined]

    def _add_period(self, category: DataCategory, number: int) -> None:
        lead = prefix(category, number)
        label = category.label if number == 1 else f"{category.label}, period {number}"
        self.fields[f"{lead}_first"] = GovDateField(label=f"{label}: first day", required=False)
        self.fields[f"{lead}_last"] = GovDateField(label=f"{label}: last day", required=False)
        self.fields[f"{lead}_zone"] = forms.ChoiceField(label=f"{label}: time zone", required=False)
        self.fields[f"{lead}_order"] = forms.ChoiceField(label=f"{label}: covered by", required=False)
        self._choices(f"{lead}_zone", f"{lead}_order", empty="As above")

    def _periods(self, category: DataCategory) -> int:
        """Return how many periods of its own a kind of records shows: those there are, and one more when asked."""
        numbers = [n for n in range(1, MOST_PERIODS + 1) if f"{prefix(category, n)}_first" in self.initial]
        typed = [n for n in range(1, MOST_PERIODS + 1) if f"{prefix(category, n)}_first_day" in self.data]
        more = self.data.get("more") == category
        return min(max([1, *numbers, *typed]) + more, MOST_PERIODS)

    @classmethod
    def stored(cls, draft: DataRequest) -> dict[str, Any]:
        """Return what is asked; the commonest single period is everybody's, others stand with their records."""
        periods: dict[str, list[_Period]] = {}
        for asked in map(asked_of, draft.records_asked):
            periods.setdefault(asked.category, []).append((asked.first, asked.last, asked.zone, asked.order))
        single = [own[0] for own in periods.values() if len(own) == 1 and any(own[0][:2])]
        common = Counter(single).most_common(1)
        shared: _Period = common[0][0] if common else (None, None, UTC_ZONE, "")
        values: dict[str, Any] = {"categories": list(periods)} | dict(
            zip(("first", "last", "zone", "order"), shared, strict=True)
        )
        named = [entry["assets"] for entry in draft.records_asked if entry.get("assets")]
        values["assets"] = ", ".join(named[0]) if named else ""
        for category, own in periods.items():
            if own == [shared] or not any(any(period[:2]) for period in own):
                continue
            for number, period in enumerate(own[:MOST_PERIODS], 1):
                lead = prefix(category, number)
                names = (f"{lead}_first", f"{lead}_last", f"{lead}_zone", f"{lead}_order")
                values |= dict(zip(names, period, strict=True))
        return values

    def clean_assets(self) -> list[str]:
        """Read the short names of assets."""
        try:
            return read_assets(self.cleaned_data["assets"])
        except Incomplete as wrong:
            raise forms.ValidationError(f"Only these assets: {wrong}") from wrong

    def clean(self) -> dict[str, Any]:
        """Make an entry of each period; refuse open ends, the future, what is not reached, and dates of nothing."""
        values = super().clean() or {}
        chosen = values.get("categories") or []
        # Where they could not be read, those that are stored stay.
        assets = values["assets"] if "assets" in values else read_assets(self.initial.get("assets", ""))
        values["records"] = []
        for category in RECORD_CATEGORIES:
            own = list(self._own(category, values))
            if category not in chosen:
                if own:
                    self.add_error(own[0][0], f"{category.label}: you gave dates, but did not tick these records. "
                                              "Tick them, or empty the dates")  # fmt: skip
                continue
            for field, asked in own or [("first", self._common(category, values))]:
                self._check(field, asked)
                entry: dict[str, Any] = {"category": str(category), "from": asked.first, "to": asked.last}
                entry |= {"zone": asked.zone, "order": asked.order or None}
                if has_assets(category) and assets:
                    entry["assets"] = assets
                if entry not in values["records"]:
                    values["records"].append(entry)
        return values

    def _common(self, category: DataCategory, values: dict[str, Any]) -> AskedFacts:
        zone, order = values.get("zone") or UTC_ZONE, values.get("order") or ""
        return AskedFacts(str(category), values.get("first"), values.get("last"), zone, order)

    def _own(self, category: DataCategory, values: dict[str, Any]) -> Iterator[tuple[str, AskedFacts]]:
        """Return the periods of this kind of records that hold any date, each with the name of its first field."""
        common = self._common(category, values)
        for number in range(1, MOST_PERIODS + 1):
            lead = prefix(category, number)
            first, last = values.get(f"{lead}_first"), values.get(f"{lead}_last")
            if first or last:
                zone, order = values.get(f"{lead}_zone") or common.zone, values.get(f"{lead}_order") or common.order
                yield f"{lead}_first", AskedFacts(str(category), first, last, zone, order)

    def _check(self, field: str, asked: AskedFacts) -> None:
        """Put into words what is wrong with one period; whoever leaves for now may leave gaps."""
        label, kind = DataCategory(asked.category).label, self._type_of(asked)
        if self.unfinished:
            return
        if refusal := reach_refusal(kind, asked.category):
            self.add_error("categories", f"{label}: {refusal}")
        if len(self.orders) > 1 and not asked.order:
            name = field.replace("first", "order")
            if name not in self.errors:
                self.add_error(name, f"{label}: say which order covers this")
        prospective = bool(kind and kind.prospective)
        today = today_in(asked.zone, self.at)
        refusal = period_refusal(asked.first, asked.last, today=today, prospective=prospective) or _no_day(asked)
        if refusal and not {field, field.replace("first", "last")} & set(self.errors):
            self.add_error(field, f"{'Dates' if field == 'first' else label}: {refusal}")

    def _type_of(self, asked: AskedFacts) -> ProcessType | None:
        process = self.orders.get(asked.order)
        return process.process_type if process else self.draft.process_type

    def values_for_later(self) -> dict[str, Any]:
        """Store the periods that could be read; those that could not stay as they are stored."""
        return super().values_for_later() | {"records": self.cleaned_data["records"]}

    def overlay(self, facts: Facts) -> Facts:
        """Put what is typed in place of what is stored."""
        entries = self.cleaned_data.get("records", [])
        asked = [
            AskedFacts(e["category"], e["from"], e["to"], e["zone"], e["order"] or "", tuple(e.get("assets", ())))
            for e in entries
        ]
        return replace(facts, asked=tuple(asked))

    def own_periods(self) -> list[tuple[str, str, list[list[Any]], bool]]:
        """Return of each kind of records its word, its label, the fields of its periods, and whether more fit."""
        found = []
        for category in RECORD_CATEGORIES:
            leads = [prefix(category, n) for n in range(1, self._periods(category) + 1)]
            names = [[f"{lead}_{part}" for part in ("first", "last", "zone", "order")] for lead in leads]
            rows = [[self[name] for name in row if name in self.fields] for row in names]
            found.append((str(category), str(category.label), rows, len(rows) < MOST_PERIODS))
        return found

    def has_own_periods(self) -> bool:
        """Say whether any kind of records has dates of its own, was given some, or is about to be."""
        fields = [field for _name, _label, rows, _more in self.own_periods() for row in rows for field in row[:2]]
        given = [field.value() for field in fields]
        return bool(self.data.get("more")) or any(any(v) if isinstance(v, list) else v for v in given)


def prefix(category: str, number: int) -> str:
    """Return how the fields of one own period begin: logins, logins_2."""
    return str(category) if number == 1 else f"{category}_{number}"


def zone_choices(country: str, kept: Iterable[str] = ()) -> list[tuple[str, Any]]:
    """Return the time zones of the world in groups: UTC, those of this country, all others by name.

    Of a zone with several names one is offered; `kept` are names that were stored before and stay choosable.
    """
    own = zones_of(country)
    known = {zone for zone in kept if zone in time_zones() and zone != UTC_ZONE}
    others = sorted({*offered_zones(), *known})
    near = [("Your country", [(zone, _place(zone)) for zone in own])] if own else []
    rest = [(zone, _place(zone)) for zone in others if zone not in own]
    return [(UTC_ZONE, UTC_ZONE), *near, ("Other places", rest)]


def _place(zone: str) -> str:
    return zone.replace("_", " ")


def _no_day(asked: AskedFacts) -> str | None:
    if asked.first is None or asked.last is None:
        return None
    begins, ends = instants(asked.first, asked.last, asked.zone)
    return None if begins < ends else f"this day did not exist in {asked.zone}"


class DocumentsForm(TakesUploads, PortalForm):
    """Files to attach, and what they are."""

    role = forms.ChoiceField(label="What are you adding?", choices=DocumentRole.choices, initial=DocumentRole.ORDER)
    uploads = UploadsField(label="Files")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Say how many files there may be before any is chosen."""
        super().__init__(*args, **kwargs)
        hint = str(self.fields["uploads"].help_text)
        self.fields["uploads"].help_text = f"Up to {MAX_DOCUMENTS} files in all. {hint}"
