"""The letter that goes with a package, in words an officer may read, and the draft of its certificate."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.utils.dateformat import format as format_date

from foundation.core.paper import render_pdf
from foundation.legal.models import NoticeDuty
from foundation.notifications.site import site_details
from requests_app.enums import DataCategory, LineDecision, Outcome, ProposalStatus, RequestKind
from requests_app.kind_words import ground_words
from requests_app.limit_words import limit_words
from requests_app.models import DataRequest, DisclosurePackage, RequestLine
from requests_app.notice_rules import order_bar
from requests_app.notice_words import officer_words
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
class LetterFile:
    """One file as the certificate lists it."""

    title: str
    name: str
    sha256: str
    size: int
    rows: int | None = None


@dataclass(frozen=True)
class Letter:
    """Everything the paper says."""

    package: int
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
    entity: str
    text_for_officer: str = ""
    orders: Sequence[str] = ()
    lines: Sequence[LetterLine] = ()
    cures: Sequence[tuple[str, str, str]] = ()
    notice: Sequence[str] = ()
    files: Sequence[LetterFile] = field(default=())
    # Of records that left before: what each new file is, and what is different.
    again: Sequence[str] = ()


def letter_pdf(package: DisclosurePackage, entries: Sequence[Entry], manifest: LetterFile, *, at: datetime) -> bytes:
    """Return the letter of a package as PDF."""
    context: dict[str, object] = {
        "letter": letter(package, entries, manifest, at=at),
        "reference": package.data_request.reference,
        "site": site_details(),
        "made_at": f"{format_date(at.astimezone(UTC), 'j M Y, H:i:s')} UTC",
        "language": "en",
    }
    return render_pdf("paper/letter.html", context)


def letter(package: DisclosurePackage, entries: Sequence[Entry], manifest: LetterFile, *, at: datetime) -> Letter:
    """Put together what the letter of a package says."""
    data_request = package.data_request
    proposal = data_request.proposals.filter(status=ProposalStatus.APPROVED).order_by("-number").first()
    member = data_request.officer.memberships.filter(ended_at=None).first()
    lines = _lines_said(package)
    notes = _notes(lines)
    site, entity = site_details(), data_request.legal_entity
    days = data_request.provider.download_days
    return Letter(
        package=package.number,
        follows=_LAST if package.is_last else _FOLLOWS,
        agency=data_request.agency.name,
        unit=member.unit if member else "",
        officer=data_request.officer.get_full_name(),
        day=format_date(at.astimezone(UTC), "j F Y"),
        case_number=data_request.case_number,
        orders=[str(process) for process in dict.fromkeys(v.process for v in order_versions(data_request))],
        outcome=_OUTCOME[Outcome(data_request.outcome)],
        where=f"They are in the portal for {days} days from the day we tell you that they are ready.",
        lines=[_line(line, notes) for line in lines],
        cures=[(n, why(code, data_request.kind), cure(code, data_request.kind)) for code, n in notes.items()],
        text_for_officer=proposal.text_for_officer.strip() if proposal else "",
        notice=notice_words(data_request, accounts=package.accounts(), at=at),
        ground=_ground(data_request, binding=bool(proposal and proposal.binding)),
        signed=f"{site.name}, government requests team",
        entity=entity.name if entity else data_request.provider.name,
        files=[*_files(entries), manifest],
        again=[f"{entry.name}: {entry.new_export['words']}" for entry in entries if entry.new_export],
    )


def records_words(category: str) -> str:
    """Return a category as people read it."""
    return str(DataCategory(category).label)


def period_words(line: RequestLine) -> str:
    """Return the period of a line with its last day, not the first moment after it."""
    first, after = line.period_from.astimezone(UTC), line.period_to.astimezone(UTC)
    if first.time() == after.time() == datetime.min.time():
        return f"{format_date(first, 'j M Y')} to {format_date(after - timedelta(days=1), 'j M Y')}"
    return f"{format_date(first, 'j M Y, H:i:s')} to {format_date(after, 'j M Y, H:i:s')}"


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


def notice_words(data_request: DataRequest, *, accounts: Collection[str], at: datetime) -> list[str]:
    """Return what the officer may read about telling the holders of these accounts."""
    orders = data_request.non_disclosure_orders.filter(confirmed_at__isnull=False)
    days = orders.values_list("bars_until", flat=True)
    in_force = [day for day in days if order_bar(day).in_force(at)]
    if not data_request.notices.filter(account__in=accounts).exists():
        return []
    duty, law = duty_of(data_request)
    authority = law if duty == NoticeDuty.AUTHORITY else ""
    emergency = data_request.kind == RequestKind.EMERGENCY
    return [officer_words(own_bars=in_force, emergency=emergency, authority=authority)]


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


def _line(line: RequestLine, notes: dict[str, str]) -> LetterLine:
    """Say one line: whether an account exists is told only where something was given."""
    given = line.decision == LineDecision.PRODUCE
    return LetterLine(
        named=line.target.given,
        account=line.target.account if given else "",
        records=records_words(line.category),
        period=period_words(line),
        decision=_DECISION[LineDecision(line.decision)],
        note=notes.get(line.refusal_code, "") if line.decision == LineDecision.REFUSE else "",
        limits=limits_said(line) if given else "",
    )


def _notes(lines: Iterable[RequestLine]) -> dict[str, str]:
    """Number the grounds of refusal in the order in which they appear."""
    codes = [line.refusal_code for line in lines if line.decision == LineDecision.REFUSE and line.refusal_code]
    return {code: str(number) for number, code in enumerate(dict.fromkeys(codes), 1)}


def _ground(data_request: DataRequest, *, binding: bool) -> str:
    entity = data_request.legal_entity.name if data_request.legal_entity else data_request.provider.name
    return ground_words(data_request.kind, binding=binding, entity=entity)


def _files(entries: Sequence[Entry]) -> list[LetterFile]:
    return [LetterFile(_title(e), e.name, e.sha256, e.size, e.rows) for e in entries]


def _title(entry: Entry) -> str:
    return f"{entry.records}, account {entry.account}{', the same rows as JSON' if entry.same_rows_as else ''}"
