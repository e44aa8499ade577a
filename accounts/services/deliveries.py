"""What became of mail, in words for staff: to whom, what, why it did not arrive, and what may be said of it to whom."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from accounts.models import AgencyMembership, StaffRole, User
from accounts.permissions import Permission, has_permission
from foundation.core.jobs import JobState
from foundation.notifications import subjects
from foundation.notifications.enums import Cause
from foundation.notifications.message_kinds import message_kinds
from foundation.notifications.models import OutboundMessage, Outcome

_LAST, _TRIES = 10, 30
_ADDRESS = re.compile(r"[^\s<>@,;:]+@([^\s<>@,;:]+)")
# A report says that nobody gets mail there; anything else may be the server's trouble, and not the address.
_OF_THE_ADDRESS = (Cause.NO_MAILBOX, Cause.FULL, Cause.NOT_MAIL, Cause.TURNED_AWAY, Cause.OTHER)


@dataclass(frozen=True)
class Letter:
    """One message as staff see it."""

    message: OutboundMessage
    who: str
    """A name, or what the reader may know instead of it."""
    who_url: str
    address: str
    what: str
    """The subject without the reference."""
    reference: str
    reference_url: str
    why: str
    server_words: str


@dataclass(frozen=True)
class Sent:
    """One message on the page of its reader: what it said, when, and what became of it with the colour of its tag."""

    what: str
    at: datetime
    outcome: str
    colour: str


def with_people(rows: "QuerySet[OutboundMessage]") -> "QuerySet[OutboundMessage]":
    """Note on each row whether it is to a colleague, and whether to an officer who was let in."""
    roles = StaffRole.objects.filter(user=OuterRef("to_user"))
    members = AgencyMembership.objects.filter(user=OuterRef("to_user"), approved_at__isnull=False)
    return rows.select_related("to_user").annotate(to_staff=Exists(roles), to_officer=Exists(members))


def letters(rows: Iterable[OutboundMessage], reader: User) -> list[Letter]:
    """Put rows (with_people) into words for this reader.

    Names and addresses only where the reader may see people, and those of the reader.
    """
    found = list(rows)
    urls = subjects.links((row.reference for row in found), reader)
    return [_letter(row, urls, named=_may_know(row, reader), own=row.to_user_id == reader.pk) for row in found]


def masked(text: str) -> str:
    """Return text with every address in it cut to its first letter and its domain."""
    return _ADDRESS.sub(lambda found: f"{found[0][0]}…@{found[1]}", text)


def tries_of(message: OutboundMessage, reader: User) -> list[tuple[datetime, str, str]]:
    """Return the last tries of a message (with_people), the newest first: when, what came of it, the server's words."""
    named = _may_know(message, reader) or message.to_user_id == reader.pk
    rows = message.deliveries.order_by("-at", "-pk")[:_TRIES]
    return [(row.at, Outcome(row.outcome).label, row.detail if named else masked(row.detail)) for row in rows]


def mail_of(user: User, reader: User) -> dict[str, Any]:
    """Return for a person's page the last messages this reader may know of, and since when mail has come back."""
    mine = subjects.known_to(reader, OutboundMessage.objects.filter(to_user=user))
    rows = mine.order_by("-created_at", "-pk")[:_LAST]
    return {"last_messages": [Sent(_what(row), row.created_at, *outcome(row)) for row in rows]} | about(
        user.email, reader
    )


def about(address: str, reader: User) -> dict[str, Any]:
    """Return for a page since when mail to an address has come back, and whether the reader may see which."""
    return {
        "came_back": came_back(address),
        "may_see_undelivered": has_permission(reader, Permission.SEE_UNDELIVERED),
    }


def outcome(message: OutboundMessage) -> tuple[str, str]:
    """Say what became of a message, and return the colour of its tag."""
    if message.bounced_at is not None:
        return "Came back", "red"
    if message.state == JobState.DONE:
        return ("In a digest", "grey") if message.gathered_in_id else ("Accepted by the mail server", "green")
    if message.state == JobState.GIVEN_UP:
        return ("Did not arrive", "red") if message.failed_at else ("Not needed any more", "grey")
    if message.for_digest:
        return "Waits for the digest", "grey"
    return ("Being tried again", "yellow") if message.attempts > 1 else ("On its way", "")


def came_back(address: str) -> datetime | None:
    """Return since when mail to this address has not arrived, or None; while nobody is done with it."""
    rows = OutboundMessage.objects.undelivered().filter(to_address=address, cause__in=_OF_THE_ADDRESS)
    return rows.order_by("-failed_at", "-pk").values_list("failed_at", flat=True).first()


def _may_know(row: OutboundMessage, reader: User) -> bool:
    """Whether the reader may know who a message (with_people) is to."""
    staff = row.to_staff  # type: ignore[attr-defined]
    return has_permission(reader, Permission.SEE_PEOPLE if staff else Permission.SEE_APPLICATIONS)


def _letter(row: OutboundMessage, urls: Mapping[str, str], *, named: bool, own: bool) -> Letter:
    url = urls.get(row.reference, "")
    words = row.bounce_detail or row.last_error
    return Letter(
        message=row,
        who=_who(row, named=named, own=own),
        who_url=_page_of(row) if named else "",
        address=row.to_address if named or own else masked(row.to_address),
        what=_what(row),
        reference=row.reference if url else "",
        reference_url=url,
        why=Cause(row.cause).label if row.cause else "",
        server_words=words if named or own else masked(words),
    )


def _who(row: OutboundMessage, *, named: bool, own: bool) -> str:
    if row.to_user is None:
        return "Nobody with an account"
    if own:
        return f"{row.to_user.get_full_name()} (you)"
    if named:
        return row.to_user.get_full_name()
    return "A colleague" if row.to_staff else "An officer or applicant"  # type: ignore[attr-defined]


def _page_of(row: OutboundMessage) -> str:
    if row.to_staff:  # type: ignore[attr-defined]
        return reverse("accounts:person", args=[row.to_user_id])
    return reverse("accounts:officer", args=[row.to_user_id]) if row.to_officer else ""  # type: ignore[attr-defined]


def _what(row: OutboundMessage) -> str:
    if row.language != "en":  # in words that the desk may not read
        kind = message_kinds().get(row.event)
        return (kind.when if kind else "") or row.event.replace("_", " ").capitalize()
    return row.subject.removeprefix(f"[{row.reference}]").strip()
