"""What stands in a request that was searched for: shown below its row, so that nobody wonders why it is there."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from requests_app.models import ClarificationReply, OrderUse
from requests_app.search_marks import Piece, beginning, excerpt, pieces
from requests_app.search_terms import Terms
from requests_app.services.search_groups import Why, dockets, messages_of, targets_of

# So many lines are shown of one request.
MOST = 3
_TEXTS = (("title", "Title"), ("offence", "Offence"), ("facts", "Facts"), ("connection", "Connection"))


@dataclass(frozen=True)
class Hit:
    """A line below a row: what it is, and its words with those marked that were searched for."""

    label: str
    pieces: Sequence[Piece]


Hits: TypeAlias = dict[int, list[Hit]]


def hits_of(why: Why, rows: Sequence[Any], terms: Terms) -> Hits:
    """Return the lines of these rows by key; at most two queries, none where the row itself holds the words."""
    if not rows:
        return {}
    found: defaultdict[int, list[Hit]] = defaultdict(list)
    for key, hit in _READERS[why](rows, terms):
        if len(found[key]) < MOST:
            found[key].append(hit)
    return dict(found)


_Lines: TypeAlias = Iterable[tuple[int, Hit]]


def _reference(rows: Sequence[Any], terms: Terms) -> _Lines:
    return ((row.pk, Hit("Reference", pieces(row.reference, [terms.reference_start]))) for row in rows)


def _identifiers(why: Why) -> Callable[[Sequence[Any], Terms], _Lines]:
    def read(rows: Sequence[Any], terms: Terms) -> _Lines:
        targets = targets_of(why, terms).filter(data_request__in=[row.pk for row in rows]).order_by("pk")
        words = (
            terms.identifiers if why == Why.IDENTIFIER else [p for part in terms.parts for p in (part.start, part.end)]
        )
        for target in targets.only("data_request_id", "kind", "normalised"):
            hit = Hit(target.get_kind_display(), pieces(target.normalised, words))
            yield target.data_request_id, hit

    return read


def _case(rows: Sequence[Any], terms: Terms) -> _Lines:
    return ((row.pk, Hit("Case number", beginning(row.case_number, terms.squeezed))) for row in rows)


def _dockets(rows: Sequence[Any], terms: Terms) -> _Lines:
    uses = OrderUse.objects.filter(data_request__in=[row.pk for row in rows], process__in=dockets(terms))
    for use in uses.select_related("process").order_by("pk"):
        label = use.process.issuing_authority or "Order"
        yield use.data_request_id, Hit(label, beginning(use.process.docket, terms.squeezed))


def _officer(rows: Sequence[Any], terms: Terms) -> _Lines:
    for row in rows:
        said = f"{row.officer.get_full_name()}, {row.officer.email}"
        yield row.pk, Hit("Officer", pieces(said, terms.text.split()))


def _agency(rows: Sequence[Any], terms: Terms) -> _Lines:
    for row in rows:
        names = dict.fromkeys(name for name in (row.agency.name, row.agency.local_name) if name)
        yield row.pk, Hit("Agency", pieces(", ".join(names), terms.text.split()))


def _facts(rows: Sequence[Any], terms: Terms) -> _Lines:
    for row in rows:
        for column, label in _TEXTS:
            if shown := excerpt(getattr(row, column), terms.words):
                yield row.pk, Hit(label, shown)


def _messages(rows: Sequence[Any], terms: Terms) -> _Lines:
    keys = [row.pk for row in rows]
    questions, answers = messages_of(terms)
    for question in questions.filter(data_request__in=keys).order_by("number"):
        yield question.data_request_id, Hit(f"Question {question.number}", excerpt(question.text, terms.words))
    replies: Iterable[ClarificationReply] = answers.filter(clarification__data_request__in=keys)
    for reply in replies.select_related("clarification").order_by("pk"):  # type: ignore[attr-defined]
        question = reply.clarification
        label = f"Answer to question {question.number}"
        yield question.data_request_id, Hit(label, excerpt(reply.text, terms.words))


_READERS: dict[Why, Callable[[Sequence[Any], Terms], _Lines]] = {
    Why.REFERENCE: _reference,
    Why.IDENTIFIER: _identifiers(Why.IDENTIFIER),
    Why.PART: _identifiers(Why.PART),
    Why.CASE: _case,
    Why.DOCKET: _dockets,
    Why.OFFICER: _officer,
    Why.AGENCY: _agency,
    Why.FACTS: _facts,
    Why.MESSAGES: _messages,
}
