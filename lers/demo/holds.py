"""The demo's holds, with more or less time left; each made whole in one transaction, its clock run up to now."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from foundation.legal.models import ProcessType
from foundation.providers import jobs
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from foundation.providers.policy import offered_types
from lers.demo.filing import Given, asked_period, key_of, read
from lers.demo.people import who
from preservation import schedule
from preservation.enums import Acceptance, HeldCategory, HoldGround
from preservation.models import PreservationHold
from preservation.services import accepting, drafts, execution, extensions, followers, life, placing, sweeping
from preservation.services.drafts import Step


@dataclass(frozen=True)
class Hold:
    """Records an officer wants kept."""

    name: str
    title: str
    case_number: str
    days_left: int
    identifiers: tuple[Given, ...]
    by: str = "officer"
    extension_asked_before: timedelta | None = None
    categories: tuple[HeldCategory, ...] = (HeldCategory.REGISTRATION, HeldCategory.LOGINS, HeldCategory.TRANSACTIONS)
    # Records of so many years, where it is not the usual time.
    years: int = 0
    # Code of the law it is asked under; empty: the company's policy.
    law: str = ""
    # Days after the start on which a treaty request began; what is known of it stands in the words.
    treaty_after: int = 0
    # A colleague of the same agency who is reminded too.
    follower: str = ""
    # Granted extensions, each asked for long before a reminder was due.
    extended: int = 0


HOLDS = (
    Hold("ended", "Operation Storm", "NV 26/14022", -3, (("email", accounts.EMAIL_A_OLD, ""),)),
    Hold("five days left", "Operation Brenning", "NV 26/15310", 5, (("email", accounts.EMAIL_C, ""),), follower="lead"),
    Hold("extension asked", "Operation Dis", "NV 26/15877", 12, (("uid", accounts.ACCOUNT_B, ""),),
         extension_asked_before=timedelta(days=2)),
    Hold("four weeks left", "Operation Moorhen", "NM/2026/2871", 27, (("email", accounts.EMAIL_CLOSED, ""),),
         by="second_officer", extension_asked_before=timedelta(days=1)),
    # What the suspended officer did: the desk looks at it again.
    Hold("of a suspended officer", "Operation Redshank", "NM/2026/3010", 68, (("email", accounts.EMAIL_A, ""),),
         by="suspended_officer"),
    Hold("another of a suspended officer", "Operation Curlew", "NM/2026/3022", 71,
         (("email", accounts.EMAIL_OTHER_ENTITY, ""),), by="suspended_officer"),
    # The phone number was on file for two accounts, one after the other: a person chooses.
    Hold("to choose", "Operation Dunlin", "NM/2026/3107", 79, (("phone", accounts.PHONE_OF_TWO, ""),),
         by="second_officer"),
    # Its own end has passed; in a few days somebody has to say that the treaty request still runs.
    Hold("treaty", "Operation Merlin", "NM/2026/2604", -20, (("email", accounts.EMAIL_A, ""),), by="second_officer",
         treaty_after=25),
    # Falls unless its officer says by then that the authority went to court. Secret by law while it is open: on an
    # account whose holder is told of nothing else.
    Hold("to file", "Operação Preamar", "1197/2026", 13, (("email", accounts.EMAIL_BUSINESS, ""),), by="br_officer",
         law="BR-GUARDA-CAUTELAR"),
    Hold("long", "Operation Nattlys", "NV 26/19955", 84, (("wallet", accounts.WALLET_B, "bitcoin"),
         ("email", accounts.EMAIL_B, ""))),
    # Extended twice, and nothing followed: somebody looks whether it is still needed.
    Hold("old", "Operation Havsule", "NV 26/09014", -110, (("email", accounts.EMAIL_OTHER_ENTITY, ""),), extended=2),
    # Somebody looks at it first: records of many years.
    Hold("to accept", "Operation Teist", "NV 26/20311", 89, (("email", accounts.EMAIL_OTHER_ENTITY, ""),
         ("uid", accounts.ACCOUNT_B, "")), years=9),
)  # fmt: skip


@transaction.atomic
def ensure(hold: Hold, provider: Provider, *, now: datetime) -> bool:
    """Make a hold that is not there yet, whole or not at all; say whether it was made."""
    if PreservationHold.objects.filter(uid=_key(hold)).exists():
        return False
    law = law_of(hold, provider, now)
    days = law.preservation_days if law and law.preservation_days else provider.hold_days
    starts = now - timedelta(days=days - hold.days_left)
    made = _placed(hold, provider, at=starts)
    _carry_out(made, at=starts)
    if hold.follower:
        followers.add(made, who(hold.follower), by=who(hold.by), at=starts + timedelta(hours=1))
    _begin_treaty(hold, made, at=starts)
    _extend(hold, made, at=starts)
    asked_at = now - hold.extension_asked_before if hold.extension_asked_before else None
    _run_clock(made, after=starts, until=asked_at or now)
    if asked_at:
        reason = "The court decides on our order next week."
        extensions.ask(made, reason=reason, by=who(hold.by), at=asked_at)
        _run_clock(made, after=asked_at, until=now)
    return True


def law_of(hold: Hold, provider: Provider, at: datetime) -> ProcessType | None:
    """Return the law a hold is asked under, as its officer is offered it; None under the company's policy."""
    if not hold.law:
        return None
    member = who(hold.by).membership
    return offered_types(provider, member.agency.country, at).get(code=hold.law) if member else None


def _placed(hold: Hold, provider: Provider, *, at: datetime) -> PreservationHold:
    by, before = who(hold.by), at - timedelta(minutes=20)
    draft = drafts.start(provider, by=by, key=_key(hold), at=before)
    drafts.add_identifiers(draft, read(hold.identifiers), version=_version(draft), by=by, at=before)
    first, last = asked_period(at)
    first = last - timedelta(days=365 * hold.years) if hold.years else first
    records = {"categories": list(hold.categories), "period_from": first, "period_to": last}
    drafts.save(draft, Step.RECORDS, records, version=_version(draft), by=by, at=before)
    reason = {
        "title": hold.title, "case_number": hold.case_number, "process_type": law_of(hold, provider, at),
        "ground": HoldGround.LAW if hold.law else HoldGround.POLICY,
        "process_follows": True, "process_follows_by": (at + timedelta(days=60)).date(),
    }  # fmt: skip
    drafts.save(draft, Step.REASON, reason, version=_version(draft), by=by, at=before)
    return placing.request(draft, version=_version(draft), by=by, at=at)


def _carry_out(hold: PreservationHold, *, at: datetime) -> None:
    """Have the company's systems keep a snapshot; the certificate is left to the worker."""
    for minute in range(1, 4):
        moment = at + timedelta(minutes=minute)
        execution.work(hold.pk, at=moment)
        for job in jobs.jobs_of(execution.OWNER, hold.pk):
            jobs.run(job, at=moment)
        if PreservationHold.objects.get(pk=hold.pk).snapshot_at:
            return


def _begin_treaty(hold: Hold, made: PreservationHold, *, at: datetime) -> None:
    """Let a treaty request begin so many days after the start, where one does."""
    if hold.treaty_after:
        words = "MLA 2026/118: the central authority wrote to ours."
        life.start_treaty(made, reason=words, by=who("preservation_admin"), at=at + timedelta(days=hold.treaty_after))


def _extend(hold: Hold, made: PreservationHold, *, at: datetime) -> None:
    """Have it accepted, and the extensions asked for and granted, each 40 days before the end that it moves."""
    if hold.extended and made.acceptance == Acceptance.PENDING:
        accepting.accept(made, by=who("preservation_admin"), at=at + timedelta(hours=2))
    for _number in range(hold.extended):
        ends = PreservationHold.objects.get(pk=made.pk).expires_at or at
        asked = ends - timedelta(days=40)
        extension = extensions.ask(made, reason="The investigation goes on.", by=who(hold.by), at=asked)
        extensions.grant(extension, by=who("preservation_admin"), at=asked + timedelta(days=1))


def _run_clock(hold: PreservationHold, *, after: datetime, until: datetime) -> None:
    """Let the reminders and the end come at the moments at which they came."""
    expires = PreservationHold.objects.get(pk=hold.pk).expires_at
    if expires is None:
        return
    moments = [moment for _lead, moment in schedule.reminders(expires)] + [expires]
    for moment in moments:
        if after < moment <= until:
            sweeping.sweep(at=moment)


def _key(hold: Hold) -> UUID:
    return key_of(f"hold {hold.name}")


def _version(draft: PreservationHold) -> int:
    return PreservationHold.objects.get(pk=draft.pk).lock_version
