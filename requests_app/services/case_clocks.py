"""Every clock of one request in one table, and where two of them cannot both hold: what staff read of its time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from foundation.core.clocks import Kind
from foundation.legal.models import BarsNotice
from foundation.legal.planner import Bar, Clocks, Collision, collisions
from foundation.legal.wording import rule_parts
from foundation.notifications.running_clocks import clock_named
from preservation.enums import HoldStatus
from requests_app.deadlines import ACKNOWLEDGE_WITHIN
from requests_app.enums import (
    OPEN_STATUSES,
    WITHOUT_RECORDS,
    Channel,
    ClarificationStatus,
    CounselStatus,
    NoticeStatus,
    PackageStatus,
    RequestStatus,
)
from requests_app.models import (
    Clarification,
    CounselReferral,
    DataRequest,
    DisclosurePackage,
    NonDisclosureOrder,
    OrderVersion,
    UserNotice,
)
from requests_app.notice_rules import bar_end
from requests_app.order_rules import day_of, in_force
from requests_app.permissions import is_emergency
from requests_app.services import emergency_cases
from requests_app.services.acknowledging import came_back
from requests_app.services.emergency_cases import Measured
from requests_app.services.explaining import moved_words
from requests_app.status_words import answer_expected

RUNS, STANDS, MET, OVER = "runs", "stands", "met", "over"
# Not begun, or it cannot be said when it ends: what is said stands in the place of the time.
OPEN = "open"
_UNTOLD = (NoticeStatus.PLANNED, NoticeStatus.POSTPONED)


@dataclass(frozen=True)
class CaseClock:
    """One clock of a request: when it is due by which rule, how it stands, and who is told of it when."""

    name: str
    label: str
    due: datetime | None
    rule: str
    state: str = RUNS
    said: str = ""
    """How it ended, why it is stopped, or what stands in the place of the time."""
    note: str = ""
    """What more there is to say."""
    at: datetime | None = None
    """When it was met."""
    kind: Kind = "deadline"

    @property
    def counted(self) -> tuple[str, str]:
        """How it was counted in words, and what of that is small print."""
        return rule_parts(self.rule)

    @property
    def when(self) -> str:
        """When it is told of, in words."""
        known = clock_named(self.name)
        return known.when if known else ""

    @property
    def told(self) -> str:
        """Who is told, in words."""
        known = clock_named(self.name)
        return known.told if known else ""


@dataclass(frozen=True)
class CaseTime:
    """The clocks of a request and what collides."""

    clocks: list[CaseClock]
    collisions: list[Collision]


class _Case:
    """What is stored of a request's time, read once."""

    def __init__(self, data_request: DataRequest, questions: Iterable[Clarification], hold: Any) -> None:
        self.row, self.questions, self.hold = data_request, list(questions), hold
        self.notices: list[UserNotice] = list(data_request.notices.order_by("account"))
        self.referrals: list[CounselReferral] = list(data_request.referrals.order_by("number"))
        self.bars: list[NonDisclosureOrder] = list(data_request.non_disclosure_orders.order_by("pk"))
        self.packages: list[DisclosurePackage] = list(data_request.packages.order_by("number"))
        known = emergency_cases.case_of(data_request) if data_request.is_exigent else None
        self.measured = emergency_cases.measured(known)


def read(
    data_request: DataRequest, *, questions: Iterable[Clarification] = (), hold: Any = None, at: datetime | None = None
) -> CaseTime:
    """Return the clocks of a request and where they collide; `questions` and `hold` as the page has read them.

    What is decided and carried out collides with nothing any more.
    """
    at = at or timezone.now()
    case = _Case(data_request, questions, hold)
    found = collisions(_facts(case, at)) if data_request.status in OPEN_STATUSES else []
    return CaseTime(list(_clocks(case, at)), found)


def _clocks(case: _Case, at: datetime) -> Iterator[CaseClock]:
    row = case.row
    if row.channel == Channel.PORTAL:
        yield _acknowledgement(row)
    yield _first_look(row, case.measured[0])
    yield _answer(row, case.measured[1], at)
    yield from (_question(question) for question in case.questions)
    yield from (_counsel(referral) for referral in case.referrals)
    for notice in case.notices:
        yield from _notice(notice, row, at)
    for bar in case.bars:
        yield _bar(bar, at)
    yield from (_download(package, row) for package in case.packages if package.expires_at)
    if case.hold is not None and case.hold.expires_at:
        yield _hold(case.hold)


def _acknowledgement(row: DataRequest) -> CaseClock:
    due = row.submitted_at + ACKNOWLEDGE_WITHIN if row.submitted_at else None
    rule = f"{round(ACKNOWLEDGE_WITHIN.total_seconds() / 60)} minutes after receipt"
    if row.acknowledged_at is None and came_back(row):
        return CaseClock("acknowledgement", "Acknowledgement", due, rule, OVER, "Mail came back: call the officer")
    if row.acknowledged_at is None:
        return CaseClock("acknowledgement", "Acknowledgement", due, rule, kind="emergency")
    return CaseClock("acknowledgement", "Acknowledgement", due, rule, MET, "Mail accepted", at=row.acknowledged_at)


def _first_look(row: DataRequest, measured: Measured | None) -> CaseClock:
    name, label = ("emergency_take", "Emergency to take") if row.is_exigent else ("first_look", "First look")
    kind: Kind = "emergency" if row.is_exigent else "deadline"
    due, rule = row.first_look_due_at, row.first_look_rule
    if row.status == RequestStatus.SUBMITTED:
        return CaseClock(name, label, due, rule, kind=kind)
    if row.taken_at is None:
        return CaseClock(name, label, due, rule, OVER, "Not taken")
    note = f"First taken {measured.words}" if measured else ""
    return CaseClock(name, label, due, rule, MET, "Taken", note, at=row.taken_at)


def _answer(row: DataRequest, measured: Measured | None, at: datetime) -> CaseClock:
    name, label = ("emergency_decide", "Emergency to decide") if row.is_exigent else ("answer", "Answer")
    kind: Kind = "emergency" if row.is_exigent else "deadline"
    expected, rule = answer_expected(row, at=at), row.deadline_rule + moved_words(row)
    note = f"Decided {measured.words}" if measured else ""
    if expected is None:
        # A grant is answered when the last package leaves.
        met = row.produced_at or row.decided_at
        said = "Last records released" if row.produced_at else "Decided" if met else row.get_status_display()
        return CaseClock(name, label, row.deadline_at, rule, MET if met else OVER, said, note, at=met)
    if row.clock_stopped_at:
        said = "Stopped since the question; if the answer comes now, due as shown"
        return CaseClock(name, label, expected, rule, STANDS, said, at=row.clock_stopped_at, kind=kind)
    said = "Decided, records to prepare" if row.status == RequestStatus.GRANTED else ""
    return CaseClock(name, label, expected, rule, said=said, note=note, kind=kind)


def _question(question: Clarification) -> CaseClock:
    label = f"Question {question.number} to the officer"
    if question.status == ClarificationStatus.OPEN:
        return CaseClock("question", label, question.due_at, question.due_rule, kind="answer")
    state = MET if question.status == ClarificationStatus.ANSWERED else OVER
    return CaseClock(
        "question",
        label,
        question.due_at,
        question.due_rule,
        state,
        question.get_status_display(),
        at=question.closed_at,
    )


def _counsel(referral: CounselReferral) -> CaseClock:
    label, due, rule = f"Question {referral.number} to counsel", referral.due_at, referral.due_rule
    if referral.status == CounselStatus.OPEN:
        return CaseClock("counsel", label, due, rule, kind="answer")
    state = MET if referral.status == CounselStatus.ANSWERED else OVER
    return CaseClock("counsel", label, due, rule, state, referral.get_status_display(), at=referral.closed_at)


def _notice(notice: UserNotice, row: DataRequest, at: datetime) -> Iterator[CaseClock]:
    days = row.provider.notice_window_days
    rule = f"{days} days after the account holder was told"
    label = f"Time to object, {notice.account}"
    if notice.window_ends_at is not None:
        over = notice.status != NoticeStatus.SENT or notice.window_ends_at <= at
        said = notice.get_status_display() if notice.status != NoticeStatus.SENT else "Time is over" if over else ""
        yield CaseClock("notice_window", label, notice.window_ends_at, rule, OVER if over else RUNS, said, kind="days")
    elif notice.status in _UNTOLD:
        note = f"{notice.get_status_display()}: not told yet"
        yield CaseClock("notice_window", label, None, rule, OPEN, "Not started", note, kind="days")


def _bar(bar: NonDisclosureOrder, at: datetime) -> CaseClock:
    ends = bar_end(bar.bars_until)
    rule = "The last day the order names, over everywhere on earth" if ends else "The order names no end"
    said = ("" if ends else "No end") if bar.confirmed_at else "Not confirmed"
    state = OVER if ends and ends <= at else RUNS if ends and bar.confirmed_at else OPEN
    return CaseClock("bar", "Bar on telling the account holder", ends, rule, state, said, kind="days")


def _download(package: DisclosurePackage, row: DataRequest) -> CaseClock:
    running = package.status == PackageStatus.RELEASED
    said = "" if running else package.get_status_display()
    rule = f"{row.provider.download_days} days after release"
    return CaseClock(
        "download", f"Download of package {package.number}", package.expires_at, rule, RUNS if running else OVER, said,
        kind="download",
    )  # fmt: skip


def _hold(hold: Any) -> CaseClock:
    running = hold.status == HoldStatus.ACTIVE
    state = RUNS if running else OPEN if hold.is_open else OVER
    said = "" if running else hold.get_status_display()
    return CaseClock("hold", f"Hold {hold.reference}", hold.expires_at, hold.expiry_rule, state, said, kind="hold")


def _facts(case: _Case, at: datetime) -> Clocks:
    """Return what the planner asks for."""
    row = case.row
    open_question = next((q for q in case.questions if q.status == ClarificationStatus.OPEN), None)
    holding = _versions_in_force(row, at)
    held = case.hold if case.hold is not None and case.hold.status == HoldStatus.ACTIVE else None
    windows = [n.window_ends_at for n in case.notices if n.status == NoticeStatus.SENT and n.window_ends_at]
    untold = [n.due_at for n in case.notices if n.status in _UNTOLD and n.due_at]
    return Clocks(
        at=at,
        answer_due=answer_expected(row, at=at),
        first_look_due=row.first_look_due_at if row.status == RequestStatus.SUBMITTED else None,
        question_due=open_question.due_at if open_question else None,
        order_valid_until=min((v.valid_until for v in holding if v.valid_until), default=None),
        return_date=min((v.return_date for v in holding if v.return_date), default=None),
        told_first=_told_first(case, at),
        notice_days=row.provider.notice_window_days,
        window_ends_at=max(windows, default=None),
        told_at=max(untold, default=None),
        bars=tuple(Bar(bar_end(bar.bars_until), confirmed=bar.confirmed_at is not None) for bar in case.bars),
        hold_ends=held.expires_at if held else None,
        download_days=0 if row.kind in WITHOUT_RECORDS else row.provider.download_days,
    )


def _versions_in_force(row: DataRequest, at: datetime) -> list[OrderVersion]:
    """Return the version of each order of a request that holds now, with one query."""
    by_order: dict[int, list[OrderVersion]] = {}
    for version in OrderVersion.objects.filter(process__data_requests=row).order_by("process_id", "number"):
        by_order.setdefault(version.process_id, []).append(version)
    found = (in_force(versions, day_of(at)) for versions in by_order.values())
    return [version for version in found if version is not None]


def _told_first(case: _Case, at: datetime) -> bool:
    """Say whether an account holder is told before disclosure, as it stands now.

    Once notices are planned they say so themselves; before that, what would follow for a request that is granted.
    """
    row = case.row
    if row.kind in WITHOUT_RECORDS or is_emergency(row):
        return False
    if case.notices:
        return any(n.status in {NoticeStatus.PLANNED, NoticeStatus.SENT} for n in case.notices)
    confirmed = [bar_end(bar.bars_until) for bar in case.bars if bar.confirmed_at]
    if row.aml_bar or any(ends is None or ends > at for ends in confirmed):
        return False
    return not row.process_type or row.process_type.bars_notice != BarsNotice.UNKNOWN or bool(confirmed)
