"""Alarms about the trail by ways that need neither the database nor a queue: the log, a file, mail straight by SMTP."""

import json
import logging
import smtplib
import threading
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.module_loading import import_string

from foundation.audit import canonical, failing
from foundation.audit.events import TRAIL, TrailEvent
from foundation.audit.trail import record
from foundation.audit.watch import Problem

logger = logging.getLogger(__name__)

# The same is not told again for so long, however often it comes and goes.
AGAIN = timedelta(minutes=15)
_SMTP_SECONDS = 10
# A name server that is silent, or a mail server that answers letter by letter, knows no time-out: nobody waits longer.
_MAIL_SECONDS = 12
_MAILER = "alarm mailer"
_PEOPLE = "recipients.json"


@dataclass(frozen=True)
class Alarm:
    """One kind of alarm as its file has it; `over_at` is empty while it lasts. Moments are ISO texts."""

    kind: str
    said: str
    began_at: str
    over_at: str = ""
    mailed_at: str = ""
    mailed: bool = False
    # Which of its two entries the trail has.
    entered: str = ""

    @property
    def began(self) -> datetime:
        """When it began."""
        return datetime.fromisoformat(self.began_at)


# What a full disk does not take: else it would be new at every look, and mailed each time.
_unwritten: dict[str, Alarm] = {}


def going_on() -> list[Alarm]:
    """Return the alarms that last now, as this machine's files say; asks nobody."""
    return [alarm for alarm in _stored().values() if not alarm.over_at]


def tell(problems: Iterable[Problem], *, at: datetime, of: frozenset[str] | None = None) -> None:
    """Raise what is new, mail what is not told yet, and end what is over; `of`: only these kinds are looked at."""
    found = {problem.kind: problem for problem in problems}
    stored = _stored()
    # The log and the files first, of all of them: mail may take seconds.
    lasting = [_lasts(stored.get(kind), problem, at) for kind, problem in found.items()]
    ending = [
        alarm
        for kind, alarm in stored.items()
        if kind not in found and not alarm.over_at and (of is None or kind in of)
    ]
    goes = True
    for alarm in lasting:
        quiet = alarm.mailed_at and at - datetime.fromisoformat(alarm.mailed_at) < AGAIN
        if goes and not quiet and (goes := _mail(alarm, alarm.said, over=False)):
            _store(replace(alarm, mailed_at=at.isoformat(), mailed=True))
    for alarm in ending:
        # Its end is told at the next look where the mail server does not take it now.
        if not alarm.mailed or (goes and (goes := _mail(alarm, "It works again.", over=True))):
            logger.warning("%s over: %s", failing.WORD, alarm.kind)
            _store(replace(alarm, over_at=at.isoformat(), mailed=False))


def enter() -> None:
    """Write the entries of alarms into the trail: as they come, or all of them once it can be written again."""
    for alarm in _stored().values():
        if not alarm.entered:
            _entered(TrailEvent.ALARM_RAISED, alarm)
        elif alarm.over_at and alarm.entered == TrailEvent.ALARM_RAISED:
            _entered(TrailEvent.ALARM_OVER, alarm)


def remember_people() -> None:
    """Keep a copy of the addresses of those who are told, for the hour in which the database cannot be asked."""
    addresses = sorted(import_string(settings.ALARM_PEOPLE)())
    path = failing.folder() / _PEOPLE
    if addresses and addresses != _read(path):
        with suppress(OSError):
            failing.write(path, json.dumps(addresses))


def recipients() -> list[str]:
    """Return who is told: the addresses of ALARM_RECIPIENTS, and the copy of the administrators' and auditors'."""
    kept = _read(Path(settings.ALARM_DIR) / _PEOPLE)
    return sorted({*settings.ALARM_RECIPIENTS, *(kept if isinstance(kept, list) else ())})


def _lasts(alarm: Alarm | None, problem: Problem, at: datetime) -> Alarm:
    """Note that it lasts, and return it; what begins is said in the log."""
    if alarm is None or alarm.over_at:
        logger.critical("%s %s: %s", failing.WORD, problem.kind, problem.said)
        alarm = Alarm(problem.kind, problem.said, at.isoformat(), mailed_at=alarm.mailed_at if alarm else "")
    alarm = replace(alarm, said=problem.said)
    _store(alarm)
    return alarm


def _mail(alarm: Alarm, said: str, *, over: bool) -> bool:
    """Hand one mail to each of them straight to the mail server; True where it took any or there is nobody."""
    people = recipients()
    if not people:
        return True
    subject = f"{settings.SITE_NAME}: " + ("the audit log works again" if over else "the audit log needs you now")
    body = (
        f"{said}\n\nIt began at {alarm.began:%Y-%m-%d %H:%M:%S} UTC. The word for it in the log of the portal is "
        f'{failing.WORD} ({alarm.kind}).\n\nWhat to do stands in docs/audit.md, "When an alarm comes". This message '
        "holds nothing of any case and was sent past the outbox, because that may not work now."
    )
    taken: list[str] = []
    # One mailer at a time: of a server that is silent for hours there are no more threads than one.
    if all(thread.name != _MAILER for thread in threading.enumerate()):
        mailer = threading.Thread(target=_hand_over, args=(people, subject, body, taken), name=_MAILER, daemon=True)
        mailer.start()
        mailer.join(_MAIL_SECONDS)
    if not taken:
        logger.error("%s mail about %s could not be handed over, tried again", failing.WORD, alarm.kind)
    return bool(taken)


def _hand_over(people: list[str], subject: str, body: str, taken: list[str]) -> None:
    """Give each of them a mail of their own; an address that is refused keeps no other from theirs."""
    server = get_connection(timeout=_SMTP_SECONDS)
    try:
        server.open()
        for person in people:
            try:
                if server.send_messages([EmailMessage(subject, body, to=[person], connection=server)]):
                    taken.append(person)
            except (smtplib.SMTPRecipientsRefused, smtplib.SMTPDataError, ValueError):
                logger.error("%s the mail server refuses one of those who are told of alarms", failing.WORD)  # noqa: TRY400
    except OSError as error:
        logger.error("%s no mail server: %s", failing.WORD, type(error).__name__)  # noqa: TRY400
    finally:
        with suppress(OSError):
            server.close()


def _entered(event: TrailEvent, alarm: Alarm) -> None:
    data: dict[str, canonical.JSON] = {
        "said": alarm.said,
        "began_at": alarm.began_at,
        "over_at": alarm.over_at,
        "told": len(recipients()),
    }
    record(event, by=None, object_type=TRAIL, object_id=alarm.kind, object_label=alarm.kind, data=data)
    kept = _stored().get(alarm.kind)
    if kept is not None and kept.began_at == alarm.began_at:
        _store(replace(kept, entered=str(event)))


def _stored() -> dict[str, Alarm]:
    found = {}
    with suppress(OSError):
        for path in sorted(failing.folder().glob("*.alarm")):
            words = _read(path)
            if isinstance(words, dict):
                with suppress(TypeError):
                    found[path.stem] = Alarm(**words)
    return found | _unwritten


def _store(alarm: Alarm) -> None:
    try:
        failing.write(failing.folder() / f"{alarm.kind}.alarm", json.dumps(asdict(alarm)))
        _unwritten.pop(alarm.kind, None)
    except OSError as error:
        if alarm.kind not in _unwritten:
            logger.error("%s the file of %s cannot be written: %s", failing.WORD, alarm.kind, type(error).__name__)  # noqa: TRY400
        _unwritten[alarm.kind] = alarm


def _read(path: Path) -> object:
    with suppress(OSError, ValueError):
        return json.loads(path.read_text())
    return None
