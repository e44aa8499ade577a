"""The letter that goes with a package, in words an officer may read, in a language they are written to."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from foundation.core.paper import render_pdf
from foundation.legal.models import NoticeDuty
from foundation.notifications.languages import ENGLISH, nearest
from foundation.notifications.site import site_details
from requests_app.enums import DataCategory, LineDecision, Outcome, ProposalStatus, RequestKind
from requests_app.kind_words import ground_words
from requests_app.letter_words import day as day_in
from requests_app.letter_words import has_words, say, words_in_templates
from requests_app.limit_words import limit_words
from requests_app.models import DataRequest, DisclosurePackage, RequestLine
from requests_app.notice_rules import order_bar
from requests_app.notice_words import AFTER_WORDS, AUTHORITY_TELLS, BEFORE_WORDS
from requests_app.refusals import cure, why
from requests_app.services.archive import Entry
from requests_app.services.contents import lines_of, order_versions
from requests_app.services.guard import limits_of
from requests_app.services.notice_facts import duty_of
from requests_app.services.preparing import ONCE_RELEASED

_DECISION = {
    LineDecision.PRODUCE: "Given",
    LineDecision.REFUSE: "Not given",
    LineDecision.NO_RECORDS: "No records found",
    LineDecision.OPEN: "Not decided yet",
}
_OUTCOME = {
    Outcome.IN_FULL: "We give you the records you asked for.",
    Outcome.IN_PART: "We give you part of the records you asked for.",
    Outcome.NO_RECORDS: "We searched and found no records.",
    Outcome.NONE: "We decided on your request.",
}
_WHERE = "They are in the portal for {days} days from the day we tell you that they are ready."
_GOES_WITH = "This letter goes with package {number} of our answer to request {reference}."
_BARRED = "Your order forbids us to tell the account holder."
_BARRED_UNTIL = "Your order forbids us to tell the account holder until {day}."
_FOLLOWS = "Further records follow in another package, with a letter of its own."
# True on the day of the letter: a package that is stopped later may be followed by another one.
_LAST = "It is the last one: on the day of this letter nothing else that was granted is to follow."


@dataclass(frozen=True)
class LetterLine:
    """One decision as the officer reads it."""

    named: str
    account: str
    records: str
    period: str
    decision: str
    note: str
    limits: str = ""


@dataclass(frozen=True)
class Letter:
    """Everything the paper says, in one language; what is marked English has no words in it."""

    package: int
    goes_with: str
    follows: str
    agency: str
    unit: str
    officer: str
    day: str
    case_number: str
    outcome: str
    where: str
    ground: str
    signed: str
    text_for_officer: str = ""
    orders: Sequence[str] = ()
    lines: Sequence[LetterLine] = ()
    cures: Sequence[tuple[str, str, str]] = ()
    notice: Sequence[str] = ()
    # Of records that left before: what each new file is, and what is different. English.
    again: Sequence[str] = ()


def letter_pdf(
    package: DisclosurePackage, entries: Sequence[Entry], *, check_code: str, at: datetime, language: str | None = None
) -> bytes:
    """Return the letter of a package as PDF, in the officer's language."""
    spoken = language or language_of(package.data_request)
    made, site = at.astimezone(UTC), site_details()
    stamp = f"{day_in(spoken, made, 'j M Y')}, {made:%H:%M:%S} UTC"
    context: dict[str, object] = {
        "letter": letter(package, entries, at=at, language=spoken),
        "words": words_in_templates(spoken),
        "reference": package.data_request.reference,
        "site": site,
        "made": say(spoken, "Made {made}", made=stamp),
        "check": say(spoken, "Check: {address}/verify, code", address=site.address),
        "check_code": check_code,
        "language": spoken,
    }
    return render_pdf("paper/letter.html", context)


def language_of(data_request: DataRequest) -> str:
    """Return the language in which an officer is written to: where not every refusal has words in it, English."""
    spoken = nearest(data_request.officer.language)
    said = [w for line in lines_of(data_request) for w in _refused(line)]
    return spoken if all(has_words(spoken, words) for words in said) else ENGLISH


def _refused(line: RequestLine) -> list[str]:
    if line.decision != LineDecision.REFUSE or not line.refusal_code:
        return []
    kind = line.data_request.kind
    return [why(line.refusal_code, kind), cure(line.refusal_code, kind)]


def letter(package: DisclosurePackage, entries: Sequence[Entry], *, at: datetime, language: str = ENGLISH) -> Letter:
    """Put together what the letter of a package says."""
    data_request = package.data_request
    proposal = data_request.proposals.filter(status=ProposalStatus.APPROVED).order_by("-number").first()
    member = data_request.officer.memberships.filter(ended_at=None).first()
    lines = _lines_said(package)
    notes = _notes(lines)
    kind, t = data_request.kind, partial(say, language)
    return Letter(
        package=package.number,
        goes_with=t(_GOES_WITH, number=package.number, reference=data_request.reference),
        follows=t(_LAST if package.is_last else _FOLLOWS),
        agency=data_request.agency.name,
        unit=member.unit if member else "",
        officer=data_request.officer.get_full_name(),
        day=day_in(language, at.astimezone(UTC), "j F Y"),
        case_number=data_request.case_number,
        orders=[str(process) for process in dict.fromkeys(v.process for v in order_versions(data_request))],
        outcome=t(_OUTCOME[Outcome(data_request.outcome)]),
        where=t(_WHERE, days=data_request.provider.download_days),
        lines=[_line(line, notes, language) for line in lines],
        cures=[(n, t(why(code, kind)), t(cure(code, kind))) for code, n in notes.items()],
        text_for_officer=proposal.text_for_officer.strip() if proposal else "",
        notice=notice_words(data_request, accounts=package.accounts(), at=at, language=language),
        ground=_ground(data_request, binding=bool(proposal and proposal.binding), language=language),
        signed=t("{site}, government requests team", site=site_details().name),
        again=[f"{entry.name}: {entry.new_export['words']}" for entry in entries if entry.new_export],
    )


def records_words(category: str) -> str:
    """Return a category as people read it."""
    return str(DataCategory(category).label)


def period_words(line: RequestLine, language: str = ENGLISH) -> str:
    """Return the period of a line with its last day, not the first moment after it."""
    first, last, form = line.period_from.astimezone(UTC), line.period_to.astimezone(UTC), "j M Y, H:i:s"
    if first.time() == last.time() == datetime.min.time():
        last, form = last - timedelta(days=1), "j M Y"
    return say(language, "{first} to {last}", first=day_in(language, first, form), last=day_in(language, last, form))


def limits_said(line: RequestLine) -> str:
    """Return what a line covers inside its records, where that is not what is usual."""
    limits = limits_of(line)
    return limit_words(
        line.category,
        assets=limits.assets,
        holder=limits.holder,
        other_holders=limits.other_holders,
        counterparties=limits.counterparties,
    )


def covered_words(line: RequestLine) -> str:
    """Return the period of a line, and what narrows it inside that."""
    return ". ".join(filter(None, (period_words(line), limits_said(line))))


def notice_words(
    data_request: DataRequest, *, accounts: Collection[str], at: datetime, language: str = ENGLISH
) -> list[str]:
    """Return what the officer may read about telling the holders of these accounts."""
    orders = data_request.non_disclosure_orders.filter(confirmed_at__isnull=False)
    days = orders.values_list("bars_until", flat=True)
    in_force = [day for day in days if order_bar(day).in_force(at)]
    if not data_request.notices.filter(account__in=accounts).exists():
        return []
    duty, law = duty_of(data_request)
    authority = law if duty == NoticeDuty.AUTHORITY else ""
    emergency = data_request.kind == RequestKind.EMERGENCY
    return [_notice(language, in_force, emergency=emergency, authority=authority)]


def _notice(language: str, bars: Sequence[date | None], *, emergency: bool, authority: str) -> str:
    """Say the same as notice_words.officer_words in a language."""
    if authority:
        return say(language, AUTHORITY_TELLS, law=authority)
    ends = [day for day in bars if day is not None]
    if bars and len(ends) == len(bars):
        return say(language, _BARRED_UNTIL, day=day_in(language, max(ends), "j M Y"))
    return say(language, _BARRED if bars else AFTER_WORDS if emergency else BEFORE_WORDS)


def _lines_said(package: DisclosurePackage) -> list[RequestLine]:
    """Return the lines that the letter states: its own, and in the first one since the decision those without records.

    A granted line of another package is not stated here: that package has its own letter.
    """
    data_request, own = package.data_request, set(package.lines.values_list("pk", flat=True))
    earlier = data_request.packages.filter(status__in=ONCE_RELEASED, number__lt=package.number)
    if data_request.decided_at:
        earlier = earlier.filter(prepared_at__gte=data_request.decided_at)
    said_before = earlier.exists()
    return [
        line
        for line in lines_of(data_request)
        if line.pk in own or (not said_before and line.decision != LineDecision.PRODUCE)
    ]


def _line(line: RequestLine, notes: dict[str, str], language: str) -> LetterLine:
    """Say one line: whether an account exists is told only where something was given."""
    given = line.decision == LineDecision.PRODUCE
    return LetterLine(
        named=line.target.given,
        account=line.target.account if given else "",
        records=say(language, records_words(line.category)),
        period=period_words(line, language),
        decision=say(language, _DECISION[LineDecision(line.decision)]),
        note=notes.get(line.refusal_code, "") if line.decision == LineDecision.REFUSE else "",
        limits=limits_said(line) if given else "",
    )


def _notes(lines: Iterable[RequestLine]) -> dict[str, str]:
    """Number the grounds of refusal in the order in which they appear."""
    codes = [line.refusal_code for line in lines if line.decision == LineDecision.REFUSE and line.refusal_code]
    return {code: str(number) for number, code in enumerate(dict.fromkeys(codes), 1)}


def _ground(data_request: DataRequest, *, binding: bool, language: str) -> str:
    entity = data_request.legal_entity.name if data_request.legal_entity else data_request.provider.name
    # The sentence with a blank for the company is the key of its translations; an emergency's have none.
    sentence = ground_words(data_request.kind, binding=binding, entity="{entity}")
    return say(language, sentence, entity=entity)
