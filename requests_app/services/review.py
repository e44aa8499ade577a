"""The review: answers to the checks, what is decided for each line, notes, and looking at what is shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.providers.models import LegalEntity
from requests_app.checks import checks_of
from requests_app.enums import CheckAnswer, DataCategory, LineDecision
from requests_app.events import Event
from requests_app.kind_words import words_of
from requests_app.limit_words import has_assets, has_counterparties, has_holders, limit_words
from requests_app.models import CaseNote, DataRequest, RequestLine, Review
from requests_app.permissions import may_write_notes, review_refusal, staff_may_see
from requests_app.services.locks import lock
from requests_app.services.pages import numbers_of


@dataclass(frozen=True)
class Mark:
    """What is decided for one line."""

    decision: str = LineDecision.OPEN
    refusal_code: str = ""
    ground: str = ""
    # Of an enquiry: which of our companies the officer names, by its key; None: as it stands.
    entity: int | None = None
    # What narrows it inside its records (see limit_words); None: as it stands.
    assets: tuple[str, ...] | None = None
    other_holders: bool | None = None
    counterparties: bool | None = None


@dataclass(frozen=True)
class Draft:
    """Everything a reviewer typed on the page: answers by check, marks by line, terms of the decision.

    recommendation: what the second person is advised; None: as it stands.
    """

    answers: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    marks: Mapping[int, Mark] = field(default_factory=dict)
    terms: Mapping[str, Any] = field(default_factory=dict)
    recommendation: str | None = None


_BY_COLLEAGUE = "A colleague saved this review after you opened it. Nothing of yours is lost: compare below."
_BY_OFFICER = (
    "The officer changed the request while you had this page open. Nothing of yours is lost: read what changed."
)


class ReviewChanged(Stale):
    """The review is not what was seen; `differences` says what is stored instead of what was typed.

    officer: the officer changed the request meanwhile; colleague: somebody of ours saved the review. saved: the review
    as it is stored, with who saved it and when.
    """

    def __init__(
        self, differences: list[str], saved: Review, *, officer: bool = False, colleague: bool = True
    ) -> None:  # fmt: skip
        self.differences, self.saved, self.version = differences, saved, saved.lock_version
        self.officer, self.colleague = officer, colleague
        super().__init__(_BY_OFFICER if officer else _BY_COLLEAGUE)


def changed_since(
    data_request: DataRequest, draft: Draft, *, seen_version: int, seen_amendments: int | None = None
) -> ReviewChanged | None:
    """Say what happened to the review since this version was seen, or None where nothing did.

    seen_amendments: how many changes by the officer were seen, each of which raises the version by one; None: not
    known, and nothing is said of the officer.
    """
    review = review_of(data_request)
    if review.lock_version == seen_version:
        return None
    new = 0 if seen_amendments is None else max(data_request.amendments.count() - seen_amendments, 0)
    colleague = review.lock_version - seen_version > new or not new
    differences = _differences(data_request, review, draft) if colleague else []
    return ReviewChanged(differences, review, officer=bool(new), colleague=colleague)


@transaction.atomic
def save(
    data_request: DataRequest,
    draft: Draft,
    *,
    seen_version: int,
    seen_amendments: int | None = None,
    by: User,
    at: datetime | None = None,
) -> Review:
    """Store what a reviewer typed; raises ReviewChanged if it was typed over an older version."""
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := review_refusal(by, data_request):
        raise NotAllowed(refusal)
    if changed := changed_since(data_request, draft, seen_version=seen_version, seen_amendments=seen_amendments):
        raise changed
    review = review_of(data_request)
    answered = _store_answers(data_request, review, draft)
    marked = _store_marks(data_request, draft)
    advised = _store_recommendation(review, draft, by=by, at=at)
    terms_changed = _filled(draft.terms) != _filled(review.terms)
    if not (answered or marked or advised or terms_changed):
        return review
    review.terms, review.updated_at, review.updated_by = dict(draft.terms), at, by
    review.lock_version += 1
    review.save()
    if answered:
        record(Event.CHECKED, by=by, obj=data_request, data={"answers": answered}, at=at)
    if marked:
        record(Event.LINE_MARKED, by=by, obj=data_request, data={"lines": marked}, at=at)
    if advised:
        record(Event.RECOMMENDED, by=by, obj=data_request, data={"empty": not review.recommendation}, at=at)
    return review


@transaction.atomic
def mark_all(
    data_request: DataRequest, mark: Mark, *, keys: Iterable[int] | None, by: User, at: datetime | None = None
) -> int:
    """Decide many lines alike: those of these primary keys, or all for None; return how many changed.

    An empty ground leaves each line its own. Raises Incomplete where nothing was chosen, or a refusal has no reason.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := review_refusal(by, data_request):
        raise NotAllowed(refusal)
    if not mark.decision or (mark.decision == LineDecision.REFUSE and not mark.refusal_code):
        raise Incomplete("Choose what is decided for these lines, and why where they are refused.")
    values = {"decision": mark.decision, "ground": mark.ground}
    values["refusal_code"] = mark.refusal_code if mark.decision == LineDecision.REFUSE else ""
    values = {name: value for name, value in values.items() if value or name != "ground"}
    lines = data_request.lines.all() if keys is None else data_request.lines.filter(pk__in=list(keys))
    count = lines.exclude(**values).update(**values)
    if count:
        review = review_of(data_request)
        review.lock_version, review.updated_at, review.updated_by = review.lock_version + 1, at, by
        review.save()
        facts: dict[str, JSON] = {"marked": count, "decision": str(mark.decision)}
        record(Event.LINE_MARKED, by=by, obj=data_request, data=facts, at=at)
    return count


def review_of(data_request: DataRequest) -> Review:
    """Return the stored review, or a new one that is not saved yet."""
    rows = Review.objects.filter(data_request=data_request).select_related("updated_by", "recommended_by")
    found = rows.first()
    return found or Review(data_request=data_request)


def _store_answers(data_request: DataRequest, review: Review, draft: Draft) -> dict[str, str]:
    """Put the typed answers into the review; return the answers that changed, by check."""
    changed: dict[str, str] = {}
    stored = {}
    for check in checks_of(data_request.kind):
        before, given = review.checks.get(check.name, {}), draft.answers.get(check.name, {})
        answer = CheckAnswer(given.get("answer", ""))
        stored[check.name] = {"answer": str(answer), "note": given.get("note", ""), "page": given.get("page", "")}
        if before.get("answer", "") != answer:
            changed[check.name] = str(answer) or "open"
        elif {"answer": "", "note": "", "page": ""} | before != stored[check.name]:
            changed[check.name] = "note"
    review.checks = stored
    return changed


def _filled(terms: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in terms.items() if value not in (None, "")}


def _store_recommendation(review: Review, draft: Draft, *, by: User, at: datetime) -> bool:
    """Put the advice into the review with who gave it and when; say whether it is another one."""
    if draft.recommendation is None or draft.recommendation == review.recommendation:
        return False
    review.recommendation = draft.recommendation
    review.recommended_at, review.recommended_by = (at, by) if draft.recommendation else (None, None)
    return True


def _store_marks(data_request: DataRequest, draft: Draft) -> dict[str, str]:
    """Write the decisions of the lines that changed; return them by line."""
    changed: dict[int, str] = {}
    for line in _marked(data_request, draft):
        mark = _clean(draft.marks[line.pk], line)
        if mark == _mark(line):
            continue
        line.decision, line.refusal_code, line.ground = mark.decision, mark.refusal_code, mark.ground
        line.assets = list(mark.assets or ())
        line.other_holders, line.counterparties = bool(mark.other_holders), bool(mark.counterparties)
        line.save(update_fields=["decision", "refusal_code", "ground", "assets", "other_holders", "counterparties"])
        if mark.entity != line.target.entity_id:
            line.target.entity_id = mark.entity
            line.target.save(update_fields=["entity"])
        changed[line.pk] = mark.decision
    numbers = numbers_of(data_request, changed)
    return {str(numbers[pk]): decision for pk, decision in changed.items()}


def _marked(data_request: DataRequest, draft: Draft) -> list[RequestLine]:
    """Return the lines that were on the page, in their order; a long request is drawn in parts."""
    found = data_request.lines.filter(pk__in=draft.marks).select_related("target").order_by("target_id", "id")
    for line in (lines := list(found)):
        line.data_request = data_request
    return lines


def _clean(mark: Mark, line: RequestLine) -> Mark:
    """Keep a code only where something is refused; a refusal without its code is not decided yet."""
    stored = line.target.entity_id
    entity = stored
    if mark.entity is not None and line.data_request.provider.entities.filter(pk=mark.entity).exists():
        entity = mark.entity
    limits = _limits(mark, line)
    if mark.decision != LineDecision.REFUSE:
        return Mark(str(mark.decision), "", mark.ground, entity, *limits)
    if not mark.refusal_code:
        return Mark(str(LineDecision.OPEN), "", mark.ground, entity, *limits)
    return Mark(str(mark.decision), str(mark.refusal_code), mark.ground, entity, *limits)


def _limits(mark: Mark, line: RequestLine) -> tuple[tuple[str, ...], bool, bool]:
    """Return what narrows a line, by the mark or as it stands; what has no place in its records narrows nothing."""
    assets = tuple(line.assets) if mark.assets is None else mark.assets
    others = line.other_holders if mark.other_holders is None else mark.other_holders
    sides = line.counterparties if mark.counterparties is None else mark.counterparties
    return (
        tuple(sorted(assets)) if has_assets(line.category) else (),
        others and has_holders(line.category),
        sides and has_counterparties(line.category),
    )


def _mark(line: RequestLine) -> Mark:
    limits = (tuple(line.assets), line.other_holders, line.counterparties)
    return Mark(line.decision, line.refusal_code, line.ground, line.target.entity_id, *limits)


def _differences(data_request: DataRequest, review: Review, draft: Draft) -> list[str]:
    """Say where the stored review is not what was typed."""
    found = []
    for number, check in enumerate(checks_of(data_request.kind), 1):
        stored, typed = review.checks.get(check.name, {}), draft.answers.get(check.name, {})
        for part, words in (("answer", ""), ("note", ", note"), ("page", ", page")):
            if stored.get(part, "") != typed.get(part, ""):
                found.append(_said(f"Check {number}{words}", stored.get(part, ""), typed.get(part, "")))
    marked = [(line, _clean(draft.marks[line.pk], line)) for line in _marked(data_request, draft)]
    differing = [(line, mark) for line, mark in marked if mark != _mark(line)]
    numbers = numbers_of(data_request, [line.pk for line, _mark_of in differing])
    for line, mark in differing:
        stored_words, typed_words = _mark_words(_mark(line), line), _mark_words(mark, line)
        found.append(_said(f"Line {numbers[line.pk]}", stored_words, typed_words))
    if draft.recommendation not in {None, review.recommendation}:
        found.append(_said("Recommendation", review.recommendation, draft.recommendation or ""))
    # A note that nobody has added yet is no part of the review.
    for name in sorted({*review.terms, *draft.terms} - {"note"}):
        if review.terms.get(name, "") != draft.terms.get(name, ""):
            label = f"Decision, {name.replace('_', ' ')}"
            found.append(_said(label, str(review.terms.get(name, "")), str(draft.terms.get(name, ""))))
    return found


def _said(what: str, stored: str, typed: str) -> str:
    return f"{what}: stored “{stored or 'nothing'}”, you have “{typed or 'nothing'}”"


def _mark_words(mark: Mark, line: RequestLine) -> str:
    decision = words_of(line.data_request.kind).decisions[LineDecision(mark.decision)]
    named = mark.entity is not None and line.category == DataCategory.ACCOUNT
    entity = LegalEntity.objects.filter(pk=mark.entity or 0).first() if named else None
    limits = limit_words(
        line.category,
        assets=mark.assets or (),
        other_holders=bool(mark.other_holders),
        counterparties=bool(mark.counterparties),
    )
    parts = [decision, mark.refusal_code, mark.ground, entity.name if entity else "", limits]
    return ", ".join(part for part in parts if part)


@transaction.atomic
def write_note(data_request: DataRequest, *, text: str, by: User, at: datetime | None = None) -> CaseNote:
    """Write something that only staff read. The same words of the same person within a minute are one note.

    Raises Incomplete where nothing is written.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if not may_write_notes(by) or not staff_may_see(by, data_request):
        raise NotAllowed("You do not have the right to do this.")
    if not text.strip():
        raise Incomplete("Write the note first.")
    twice = data_request.notes.filter(written_by=by, text=text.strip(), written_at__gt=at - timedelta(minutes=1))
    if (known := twice.first()) is not None:
        return known
    note = CaseNote.objects.create(data_request=data_request, text=text.strip(), written_at=at, written_by=by)
    record(Event.NOTE_WRITTEN, by=by, obj=data_request, at=at)
    return note
