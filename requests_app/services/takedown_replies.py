"""The reply to the authority that sent a takedown notice: as text for its own portal, and as a letter."""

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.dateformat import format as format_date

from accounts.models import User
from foundation.audit.trail import record
from foundation.core.errors import TransitionRefused
from foundation.core.paper import render_pdf
from foundation.notifications.site import site_details
from requests_app.enums import TakedownStatus
from requests_app.events import Event
from requests_app.models import TakedownNotice

TEXT, PDF = "txt", "pdf"
_ANSWERED = {
    TakedownStatus.COMPLIED: "The company has complied with the notice.",
    TakedownStatus.DECLINED: "The company declines the notice.",
}
_NOTHING_ELSE = (
    "This reply is about the notice alone. It discloses no records of an account: those are asked for with legal "
    "process of their own."
)


def parts(notice: TakedownNotice) -> list[tuple[str, str]]:
    """Return what the reply says, as names and words. Raises TransitionRefused where nobody has signed an answer."""
    if notice.status not in _ANSWERED or notice.decided_at is None:
        raise TransitionRefused("There is no reply before a second person has signed the answer.")
    return [
        ("To", notice.authority),
        ("Your number", notice.external_reference or "None"),
        ("Our number", notice.reference),
        ("Law named", notice.law),
        ("Received", _moment(notice.arrived_at)),
        ("Due", _moment(notice.deadline_at)),
        ("Answered", _moment(notice.decided_at)),
        ("Answer", _ANSWERED[TakedownStatus(notice.status)]),
        ("What was done", notice.done),
        ("What the notice names", notice.content),
    ]


def taken(notice: TakedownNotice, form: str, *, by: User, at: datetime | None = None) -> bytes:
    """Return the reply as a file (TEXT or PDF), and note who took it. Raises PaperFailed, TransitionRefused."""
    at = at or timezone.now()
    content = _pdf(notice, at) if form == PDF else _text(notice)
    with transaction.atomic():
        record(Event.TAKEDOWN_REPLY_TAKEN, by=by, obj=notice, data={"format": form, "bytes": len(content)}, at=at)
    return content


def _text(notice: TakedownNotice) -> bytes:
    lines = [f"{name}: {words}" if "\n" not in words else f"{name}:\n{words}" for name, words in parts(notice)]
    return ("\r\n".join("\n".join([*lines, "", _NOTHING_ELSE]).split("\n")) + "\r\n").encode()


def _pdf(notice: TakedownNotice, at: datetime) -> bytes:
    context: dict[str, object] = {
        "parts": parts(notice), "reference": notice.reference, "ends": _NOTHING_ELSE, "site": site_details(),
        "made_at": _moment(at), "language": "en",
    }  # fmt: skip
    return render_pdf("paper/takedown.html", context)


def _moment(at: datetime) -> str:
    return f"{format_date(at.astimezone(UTC), 'j M Y, H:i:s')} UTC"
