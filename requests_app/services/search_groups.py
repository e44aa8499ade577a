"""The ways in which a request is found: each on an index of its own, capped, and stopped where it takes long."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, TypeAlias

from django.contrib.postgres.search import SearchQuery
from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection, models, transaction
from django.db.models import F, Q
from django.db.models.fields.tuple_lookups import Tuple, TupleLessThan

from accounts import folding
from accounts.agencies import named
from accounts.models import Agency, AgencyDomain, User
from foundation.providers.models import Provider
from requests_app.enums import OPEN_STATUSES
from requests_app.models import Clarification, ClarificationReply, DataRequest, LegalProcess, OrderUse, Target
from requests_app.models.searchable import CONFIG, FACTS_VECTOR, FROM_END, FROM_START, WORDS_VECTOR, folded, squeezed
from requests_app.queue import with_facts
from requests_app.search_terms import SHORTEST_PART, Terms

PAGE = 25
# Of each way so many are shown at first, and counting stops at so many.
FIRST, COUNT_TO = 5, 100
# Milliseconds for all ways that look up short values, and for those that look through texts.
PATIENCE = 4000
_SET = "SELECT set_config('statement_timeout', %s, true), set_config('jit', %s, true)"
# Words that are expected in more requests than this are looked for from the newest on.
_MANY, _ALL = 20_000, 10_000_000
_NEWEST = ("-submitted_at", "-id")
# An index that an administrator may add where pg_trgm is installed (docs/search.md).
_MIDDLE_INDEX = "target_middle"

# A query set of requests.
Rows: TypeAlias = Any
# The newest requests found, at most COUNT_TO; None: looking took too long.
Found: TypeAlias = list[int] | None


class Why(models.TextChoices):
    """Why a request was found; in this order on the page."""

    REFERENCE = "reference", "Reference"
    IDENTIFIER = "identifier", "Identifier"
    PART = "part", "Part of an identifier"
    CASE = "case", "Case number"
    DOCKET = "docket", "Number of the order"
    OFFICER = "officer", "Officer"
    AGENCY = "agency", "Agency"
    FACTS = "facts", "Words of the request"
    MESSAGES = "messages", "Questions and answers"


_TEXTS = (Why.FACTS, Why.MESSAGES)
STATES = {"": "Open and closed", "open": "Open", "closed": "Closed"}


@dataclass(frozen=True)
class Place:
    """A row's place among what was found, newest first, as it stands in the address."""

    submitted_at: datetime
    pk: int

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """Read a place from the address; None if it is not one."""
        moment, _, key = text.partition("~")
        try:
            place = cls(datetime.fromisoformat(moment), int(key))
        except ValueError:
            return None
        return place if place.submitted_at.tzinfo and 0 <= place.pk < 2**63 else None

    @classmethod
    def of(cls, row: Any) -> str:
        """Write the place of a row for the address."""
        return f"{row.submitted_at.isoformat()}~{row.pk}"


def seen_by(user: User, state: str = "") -> Any:
    """Return the requests a search of this person goes through: those they may see, open, closed or both."""
    rows = DataRequest.objects.visible_to_staff(user)
    if state == "open":
        return rows.open()
    return rows.exclude(status__in=OPEN_STATUSES) if state == "closed" else rows


def find(terms: Terms, seen: Rows) -> dict[Why, Found]:
    """Return the newest requests found in each way; in two queries, each stopped after PATIENCE."""
    sets = {why: rows for why in Why if (rows := matching(why, terms, seen)) is not None}
    found = _newest({why: rows for why, rows in sets.items() if why not in _TEXTS})
    found |= _newest({why: rows for why, rows in sets.items() if why in _TEXTS})
    return {why: found[why] for why in Why if why in found}


def page(why: Why, terms: Terms, seen: Rows, *, after: str = "") -> tuple[list[Any], str] | None:
    """Return a page of what was found in one way, and the place behind it; None where looking took too long."""
    rows = matching(why, terms, seen)
    if rows is None:
        return [], ""
    if place := Place.read(after):
        key = Tuple(F("submitted_at"), F("id"))
        rows = rows.filter(TupleLessThan(key, (place.submitted_at, place.pk)))
    taken = _patiently(lambda: list(with_facts(rows).order_by(*_NEWEST)[: PAGE + 1]))
    if taken is None:
        return None
    return taken[:PAGE], Place.of(taken[PAGE - 1]) if len(taken) > PAGE else ""


def matching(why: Why, terms: Terms, seen: Rows) -> Rows | None:
    """Return the requests found in one way; None where the text cannot mean that."""
    return _WAYS[why](terms, seen)


def targets_of(why: Why, terms: Terms) -> Any:
    """Return the identifiers that are meant, exactly or by a part."""
    rows = Target.objects.alias(start=FROM_START, end=FROM_END)
    if why == Why.IDENTIFIER:
        return rows.filter(start__in=sorted(terms.identifiers))
    found = reduce(or_, (_piece(part.start, part.end) for part in terms.parts))
    bare = next((part.start for part in terms.parts if part.start and not part.end), "")
    if len(bare) >= SHORTEST_PART and _has_middle_index():
        found |= Q(start__contains=bare)
    return rows.filter(found).exclude(start__in=sorted(terms.identifiers))


def messages_of(terms: Terms) -> tuple[Rows, Rows]:
    """Return the questions and the answers in which the words stand."""
    query = words_query(terms)
    return (
        Clarification.objects.alias(found=WORDS_VECTOR).filter(found=query),
        ClarificationReply.objects.alias(found=WORDS_VECTOR).filter(found=query),
    )


def words_query(terms: Terms) -> SearchQuery:
    """Return the words as PostgreSQL reads them: "exact words", or, -without; of no language."""
    return SearchQuery(folding.fold(terms.text), config=CONFIG, search_type="websearch")


def _piece(start: str, end: str) -> Q:
    piece = Q(start__startswith=start) if start else Q()
    return piece & Q(end__startswith=end[::-1]) if end else piece


def meant(terms: Terms, seen: Rows) -> DataRequest | None:
    """Return the request whose whole reference was typed, with or without the letters at its front; None without."""
    asked = [terms.reference] if terms.reference else []
    if terms.reference_ends:
        prefixes = Provider.objects.values_list("reference_prefix", flat=True)
        asked += [f"{prefix}-{end}" for prefix in prefixes for end in terms.reference_ends]
    found: list[DataRequest] = list(seen.filter(reference__in=asked)[:2]) if asked else []
    return found[0] if len(found) == 1 else None


def _reference(terms: Terms, seen: Rows) -> Rows | None:
    return seen.filter(reference__startswith=terms.reference_start) if terms.reference_start else None


def _identifier(terms: Terms, seen: Rows) -> Rows | None:
    return seen.filter(pk__in=targets_of(Why.IDENTIFIER, terms).values("data_request")) if terms.identifiers else None


def _part(terms: Terms, seen: Rows) -> Rows | None:
    return seen.filter(pk__in=targets_of(Why.PART, terms).values("data_request")) if terms.parts else None


def _case(terms: Terms, seen: Rows) -> Rows | None:
    if not terms.squeezed:
        return None
    found: Rows = seen.alias(squeezed=squeezed("case_number")).filter(squeezed__startswith=terms.squeezed)
    return found


def dockets(terms: Terms) -> Any:
    """Return the orders whose number begins so."""
    return LegalProcess.objects.alias(squeezed=squeezed("docket")).filter(squeezed__startswith=terms.squeezed)


def _docket(terms: Terms, seen: Rows) -> Rows | None:
    if not terms.squeezed:
        return None
    return seen.filter(pk__in=OrderUse.objects.filter(process__in=dockets(terms)).values("data_request"))


def _officer(terms: Terms, seen: Rows) -> Rows | None:
    if not terms.named:
        return None
    every = Q()
    for word in folding.fold(terms.text).split():
        every &= Q(folded__contains=word)
    people = User.objects.alias(folded=folded("full_name"))
    address = Q(email__startswith=terms.folded) if " " not in terms.text else Q()
    return seen.filter(officer__in=people.filter(every | address).values("pk"))


def _agency(terms: Terms, seen: Rows) -> Rows | None:
    if not terms.named:
        return None
    found = named(terms.text)
    if terms.domain:
        found |= Q(pk__in=AgencyDomain.objects.filter(domain__contains=terms.domain).values("agency"))
    return seen.filter(agency__in=Agency.objects.filter(found).values("pk"))


def _facts(terms: Terms, seen: Rows) -> Rows | None:
    """Words in few requests are looked up first and only then sorted, so that hidden ones cost and tell nothing.

    For words in very many PostgreSQL goes from the newest on until there are enough.
    """
    if not terms.words:
        return None
    query = words_query(terms)
    found: Rows = DataRequest.objects.alias(found=FACTS_VECTOR).filter(found=query).order_by().values("pk")
    expected = json.loads(found.explain(format="json"))[0]["Plan"]["Plan Rows"]
    if expected > _MANY:
        return seen.alias(found=FACTS_VECTOR).filter(found=query)
    # The limit is never reached; it keeps the inner query from being mixed with the outer one.
    return seen.filter(pk__in=found[:_ALL])


def _messages(terms: Terms, seen: Rows) -> Rows | None:
    if not terms.words:
        return None
    questions, answers = messages_of(terms)
    both = questions.values("data_request").union(answers.values("clarification__data_request"))
    return seen.filter(pk__in=both)


_WAYS: dict[Why, Callable[[Terms, Rows], Rows | None]] = {
    Why.REFERENCE: _reference,
    Why.IDENTIFIER: _identifier,
    Why.PART: _part,
    Why.CASE: _case,
    Why.DOCKET: _docket,
    Why.OFFICER: _officer,
    Why.AGENCY: _agency,
    Why.FACTS: _facts,
    Why.MESSAGES: _messages,
}


def _newest(sets: dict[Why, Rows]) -> dict[Why, Found]:
    """Read the newest of each set in one query; all of them are None where that took too long."""
    parts: list[str] = []
    params: list[Any] = []
    for rows in sets.values():
        try:
            sql, values = rows.order_by(*_NEWEST).values("pk")[:COUNT_TO].query.sql_with_params()
        except EmptyResultSet:
            parts.append("ARRAY[]::bigint[]")
            continue
        parts.append(f"ARRAY({sql})")
        params.extend(values)
    if not sets:
        return {}

    def ask() -> tuple[list[int], ...]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(parts)}", params)
            answer: tuple[list[int], ...] = cursor.fetchone()
            return answer

    answer = _patiently(ask)
    return dict.fromkeys(sets) if answer is None else dict(zip(sets, answer, strict=True))


def _patiently(ask: Callable[[], Any]) -> Any:
    """Ask the database and return what it says, or None where it says nothing within PATIENCE."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), current_setting('jit')")
            before = cursor.fetchone()
            # Compiling a query of so many parts takes longer than answering it.
            cursor.execute(_SET, [str(PATIENCE), "off"])
            answer = ask()
            cursor.execute(_SET, before)
            return answer
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != "57014":  # cancelled: the time was over
            raise
        return None


def _has_middle_index() -> bool:
    """Say whether the index for the middle of identifiers is there; without it nobody waits for a whole table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [_MIDDLE_INDEX])
        return bool(cursor.fetchone()[0])
