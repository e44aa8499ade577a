"""The review as one form: checks, lines, bars and the decision are saved together, so that nothing typed is lost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.forms.boundfield import BoundField

from foundation.core.errors import Incomplete
from foundation.core.forms import GovDateField, PortalForm, Radios
from requests_app.checks import Check, answers_to, checks_of
from requests_app.enums import LawfulBasis, LineDecision, ProposedResult, RequestKind
from requests_app.forms.opened import opened
from requests_app.kind_words import FULL, NATIONAL, PART, RECORDS, words_of
from requests_app.limit_words import has_assets, has_counterparties, has_holders, read_assets
from requests_app.models import DataRequest, NonDisclosureOrder, RequestLine, Review
from requests_app.refusals import offered
from requests_app.services.contents import Terms, channel_of, terms_typed
from requests_app.services.letters import limits_said
from requests_app.services.review import Draft, Mark

_BINDING = [("yes", "Binding: we must answer"), ("no", "Voluntary: we may answer")]
_TERMS = ("choice", "binding", "route", "lawful_basis", "transfer_ground", "necessity", "refusal_code",
          "text_for_officer", "note")  # fmt: skip
_NEEDED = {
    "binding": "Binding or voluntary: choose an answer",
    "route": "Enter the route",
    "lawful_basis": "Lawful basis: choose an answer",
    "transfer_ground": "Enter the ground of the transfer",
    "necessity": "Enter why each line is necessary",
}
# What narrows a line, by the ends of its fields: the narrowest is what stands there until somebody says more.
_LIMITS = ("assets", "holders", "sides")
_HOLDERS = [("", "One holder: the one who was named, or the first"), ("all", "All holders of a joint account")]
_SIDES = [("", "Without who the other side is"), ("named", "With who the other side is, where that is a customer")]
# A note on a check says what was found and where; the rest belongs into the notes of the request.
NOTE_LENGTH = 2000
# What has no place in a kind of request: an enquiry rests on no order and goes no route, and no records leave.
_NOT_ASKED = {RequestKind.ENQUIRY: ("route", "transfer_ground", "necessity")}


@dataclass(frozen=True)
class CheckRow:
    """One check as the page draws it."""

    check: Check
    answer: BoundField
    note: BoundField
    page: BoundField


@dataclass(frozen=True)
class LineRow:
    """One line as the page draws it."""

    number: int
    line: RequestLine
    decision: BoundField
    code: BoundField
    ground: BoundField
    entity: BoundField | None = None
    # What narrows it, with what the line says now; none where its records cannot be narrowed.
    limits: Sequence[BoundField] = ()
    limits_said: str = ""

    @property
    def limits_wrong(self) -> bool:
        """Say whether something typed there cannot be taken."""
        return any(field.errors for field in self.limits)


@dataclass(frozen=True)
class BarRow:
    """One stated bar as the page draws it."""

    bar: NonDisclosureOrder
    page: BoundField
    until: BoundField


def _stored(review: Review, route: str) -> dict[str, Any]:
    own = {"version": review.lock_version, "route": route, "recommendation": review.recommendation}
    return {**own, **review.terms}


class ReviewForm(PortalForm):
    """Everything a reviewer types. Saving asks for nothing; proposing asks for what the decision needs."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    choice = forms.ChoiceField(label="Decision", choices=RECORDS.results, required=False)
    binding = forms.ChoiceField(
        label="Binding or voluntary", choices=_BINDING, required=False, widget=Radios(inline=True, small=True)
    )
    route = forms.CharField(label="Route", required=False, max_length=100)
    lawful_basis = forms.ChoiceField(
        label="Lawful basis", choices=[("", "Choose"), *LawfulBasis.choices], required=False
    )
    transfer_ground = forms.CharField(label="Ground of the transfer", required=False, max_length=200)
    necessity = forms.CharField(
        label="Why each line is necessary",
        required=False,
        validators=[MaxLengthValidator(2000)],
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    refusal_code = forms.ChoiceField(label="Why nothing is disclosed", choices=[], required=False)
    text_for_officer = forms.CharField(
        label="Text for the officer", required=False, validators=[MaxLengthValidator(4000)],
        help_text="The officer reads exactly this", widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    recommendation = forms.CharField(
        label="Recommendation for the second person", required=False, validators=[MaxLengthValidator(4000)],
        help_text="The officer never sees this", widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    note = forms.CharField(
        label="Add a note", required=False, validators=[MaxLengthValidator(4000)],
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
    mark_optional = False

    def __init__(
        self,
        data_request: DataRequest,
        review: Review,
        lines: Sequence[RequestLine],
        bars: Sequence[NonDisclosureOrder],
        *,
        data: Any = None,
        proposing: bool = False,
        first_line: int = 1,
        rest_produced: bool = True,
    ) -> None:
        self.first_line, self.rest_produced = first_line, rest_produced
        self.checks, self.lines, self.bars = checks_of(data_request.kind), lines, bars
        self.kind, self.words = data_request.kind, words_of(data_request.kind)
        self.proposing, self.data_request, self.stored = proposing, data_request, review
        route = data_request.process_type.route[:100] if data_request.process_type else ""
        super().__init__(data, initial=_stored(review, route))
        self._offer_results(data_request, str(review.terms.get("choice", "")))
        whole: Any = self.fields["refusal_code"]
        whole.choices = [("", "Choose"), *offered(self.kind)]
        for name in _NOT_ASKED.get(RequestKind(self.kind), ()):
            del self.fields[name]
        for number, check in enumerate(self.checks, 1):
            stored, said = review.checks.get(check.name, {}), f"Check {number}"
            choices = [(answer.value, answer.label) for answer in answers_to(check)]
            self._add(f"{check.name}_answer", choices, stored.get("answer", ""), said)
            self._add(f"{check.name}_note", NOTE_LENGTH, stored.get("note", ""), f"{said}, note")
            note: Any = self.fields[f"{check.name}_note"]
            note.widget, note.max_length = forms.Textarea(), NOTE_LENGTH  # which draws the count of characters
            self._add(f"{check.name}_page", 40, stored.get("page", ""), f"{said}, page")
        self._add_lines(data_request)
        for bar in bars:
            self._add(f"bar{bar.pk}_page", 40, bar.page, "Page of the bar")
            self.fields[f"bar{bar.pk}_until"] = GovDateField(
                label="Last day of the bar", required=False, initial=bar.bars_until
            )

    def _add_lines(self, data_request: DataRequest) -> None:
        """Add the fields of each line, and those that decide many alike."""
        decisions, codes = list(self.words.decisions.items()), [("", "Why not?"), *offered(self.kind)]
        companies = self._companies(data_request)
        for number, line in enumerate(self.lines, self.first_line):
            said = f"Line {number}"
            self._add(f"line{line.pk}_decision", decisions, line.decision, said)
            self._add(f"line{line.pk}_code", codes, line.refusal_code, f"{said}, why not")
            self._add(f"line{line.pk}_ground", 1000, line.ground, f"{said}, ground")
            self._add_limits(line, said)
            if companies:
                self._add(f"line{line.pk}_entity", companies, str(line.target.entity_id or ""), f"{said}, company")
        self._add("all_decision", [("", "Choose"), *decisions], "", "Decision for many lines")
        self._add("all_code", codes, "", "Why not, for many lines")
        self._add("all_ground", 1000, "", "Ground for many lines")

    def _add_limits(self, line: RequestLine, said: str) -> None:
        """Add the fields that narrow a line inside its records; a page that leaves one out keeps what is stored."""
        if has_assets(line.category):
            self._add(f"line{line.pk}_assets", 400, ", ".join(line.assets), f"{said}, only these assets")
        if has_holders(line.category):
            stored = "all" if line.other_holders else ""
            self._add(f"line{line.pk}_holders", _HOLDERS, stored, f"{said}, holders")
        if has_counterparties(line.category):
            stored = "named" if line.counterparties else ""
            self._add(f"line{line.pk}_sides", _SIDES, stored, f"{said}, other side")

    @property
    def opened(self) -> str:
        """Return what the page was opened with, signed: of what was sent as long as it is older than what is stored."""
        if self.is_bound and self.data.get("version") != str(self.stored.lock_version):
            return str(self.data.get("opened", ""))
        return opened(self, self.data_request)

    def _offer_results(self, data_request: DataRequest, stored: str) -> None:
        """Put the whole decision into the words of this kind; the national channel only where the country has one."""
        choice: Any = self.fields["choice"]
        channel = channel_of(data_request) or {}
        hints = dict(self.words.hints) | ({NATIONAL: channel["name"]} if channel.get("name") else {})
        choice.widget = Radios(hints=hints, small=True)
        offered = bool(channel) or stored == NATIONAL
        choice.choices = [result for result in self.words.results if offered or result[0] != NATIONAL]

    def _companies(self, data_request: DataRequest) -> list[tuple[str, str]]:
        """Return the companies that the answer to an enquiry can name; nothing for other kinds."""
        if self.kind != RequestKind.ENQUIRY:
            return []
        entities = data_request.provider.entities.order_by("-is_default", "name")
        return [("", "Which company?"), *((str(entity.pk), str(entity)) for entity in entities)]

    def _add(self, name: str, kind: Any, initial: str, label: str) -> None:
        if isinstance(kind, int):
            # Not as an attribute of the box: a browser would cut what is pasted, without a word.
            limit = [MaxLengthValidator(kind, f"{label}: write at most {kind:,} characters")]
            self.fields[name] = forms.CharField(required=False, validators=limit, initial=initial, label=label)
        else:
            self.fields[name] = forms.ChoiceField(required=False, choices=kind, initial=initial, label=label)

    def check_rows(self) -> Iterator[CheckRow]:
        """The checks in order, each with its fields."""
        for check in self.checks:
            yield CheckRow(check, *(self[f"{check.name}_{part}"] for part in ("answer", "note", "page")))

    def line_rows(self) -> Iterator[LineRow]:
        """The lines in order, each with its number and its fields."""
        for number, line in enumerate(self.lines, self.first_line):
            entity = self[f"line{line.pk}_entity"] if f"line{line.pk}_entity" in self.fields else None
            decision, code, ground = (self[f"line{line.pk}_{part}"] for part in ("decision", "code", "ground"))
            names = [name for part in _LIMITS if (name := f"line{line.pk}_{part}") in self.fields]
            limits = [self[name] for name in names]
            yield LineRow(number, line, decision, code, ground, entity, limits, limits_said(line))

    def bar_rows(self) -> Iterator[BarRow]:
        """The stated bars, each with its fields."""
        for bar in self.bars:
            yield BarRow(bar, self[f"bar{bar.pk}_page"], self[f"bar{bar.pk}_until"])

    def clean(self) -> dict[str, Any]:
        """Name what a decision needs once it is proposed, and a refused line that does not say why."""
        given = super().clean() or {}
        for number, line in enumerate(self.lines, self.first_line):
            refused = given.get(f"line{line.pk}_decision") == LineDecision.REFUSE
            if refused and not given.get(f"line{line.pk}_code"):
                what = "it is not" if self.words is not RECORDS else "it is not produced"
                self.add_error(f"line{line.pk}_code", f"Line {number}: choose why {what}")
            self._clean_assets(given, f"line{line.pk}_assets", number)
        if self.proposing:
            self._clean_proposal(given)
        return given

    def _clean_assets(self, given: dict[str, Any], name: str, number: int) -> None:
        try:
            given[name] = read_assets(given.get(name, ""))
        except Incomplete as wrong:
            self.add_error(name, f"Line {number}: {wrong}")

    def _clean_proposal(self, given: dict[str, Any]) -> None:
        choice = given.get("choice", "")
        if not choice:
            self.add_error("choice", "Decision: choose an answer")
        if choice in {FULL, PART}:
            for name, message in _NEEDED.items():
                if name in self.fields and not given.get(name):
                    self.add_error(name, message)
        here = all(given.get(f"line{n.pk}_decision") == LineDecision.PRODUCE for n in self.lines)
        if choice == FULL and not (here and self.rest_produced):
            self.add_error("choice", f"Decision: {self._not_full()}")
        if choice == ProposedResult.REFUSE and not given.get("refusal_code"):
            self.add_error("refusal_code", "Why nothing is disclosed: choose an answer")
        if not given.get("text_for_officer"):
            self.add_error("text_for_officer", "Enter the text for the officer")

    def _not_full(self) -> str:
        if self.words is RECORDS:
            return "a line is not produced, so this is not everything. Disclose in part"
        said, part = self.words.decisions[LineDecision.PRODUCE], dict(self.words.results)[PART]
        return f"a line does not say “{said}”, so this is not everything. Choose “{part}”"

    def draft(self) -> Draft:
        """Return what was typed, whole or not."""
        given = self.cleaned_data
        answers = {
            check.name: {part: given.get(f"{check.name}_{part}", "") for part in ("answer", "note", "page")}
            for check in self.checks
        }
        # A line that was not on the page that was sent keeps what is stored.
        marks = {line.pk: self._mark(line) for line in self.lines if f"line{line.pk}_decision" in self.data}
        advice = given.get("recommendation", "") if "recommendation" in self.data else None
        return Draft(answers, marks, {name: given.get(name, "") for name in _TERMS}, advice)

    @property
    def many_chosen(self) -> bool:
        """Say whether something is chosen for many lines."""
        return any(self[f"all_{name}"].value() for name in ("decision", "code", "ground"))

    def mark_for_many(self) -> Mark:
        """Return what is to be decided for many lines alike."""
        given = self.cleaned_data
        return Mark(given.get("all_decision", ""), given.get("all_code", ""), given.get("all_ground", ""))

    def _mark(self, line: RequestLine) -> Mark:
        given = self.cleaned_data
        decision = given.get(f"line{line.pk}_decision") or LineDecision.OPEN
        entity = given.get(f"line{line.pk}_entity", "")
        code, ground = given.get(f"line{line.pk}_code", ""), given.get(f"line{line.pk}_ground", "")
        assets, holders, sides = (
            given.get(name) if (name := f"line{line.pk}_{part}") in self.data else None for part in _LIMITS
        )
        return Mark(
            decision, code, ground, int(entity) if entity else None,
            assets=None if assets is None else tuple(assets),
            other_holders=None if holders is None else holders == "all",
            counterparties=None if sides is None else sides == "named",
        )  # fmt: skip

    def terms(self) -> Terms:
        """Return what is proposed."""
        terms = terms_typed(self.cleaned_data)
        assert terms is not None  # noqa: S101 - a valid form that proposes has a choice
        return terms

    def bar_facts(self, bar: NonDisclosureOrder) -> tuple[str, date | None]:
        """Return the page and the last day typed for a bar."""
        return self.cleaned_data.get(f"bar{bar.pk}_page", ""), self.cleaned_data.get(f"bar{bar.pk}_until")
