"""What holds for every change of staff: two people, none of them the one it is about, an administrator always left."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from accounts import cool_down
from accounts.models import RoleChange, StaffInvitation, StaffRole, User
from accounts.permissions import HELD_ALONE, ROLE_WORDS, Permission, Role, has_permission
from foundation.core.errors import Incomplete, NotAllowed

NO_RIGHT = "You do not have the right to do this."
ABOUT_YOU = "This is about you: two other people decide it."
LAST = "This is the last administrator: somebody else must hold that role first."
ONLY_TOGETHER = "A second person must decide: you proposed it."
LINK_LIFE = timedelta(hours=24)
# Changes of staff are rare and small: one at a time, so that two of them cannot both pass a rule about all.
_LOCK = 0x57AFF


class OpenAlready(NotAllowed):
    """The same was proposed before and is not decided yet, or the address is a colleague's: `item` is what there is."""

    def __init__(self, words: str, item: RoleChange | StaffInvitation | User) -> None:
        """Keep what there is, so that the page can lead to it."""
        super().__init__(words)
        self.item = item


def one_at_a_time() -> None:
    """Wait for every other change of staff, and keep the next one waiting until this transaction ends.

    First statement of each service here; rows are read after it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def require_right(user: User, permission: Permission) -> None:
    """Raise NotAllowed where this person does not hold the right."""
    if not has_permission(user, permission):
        raise NotAllowed(NO_RIGHT)


def require_reason(reason: str) -> str:
    """Return the reason without blanks around it; raise Incomplete where there is none."""
    if not reason.strip():
        raise Incomplete("Write down why.")
    return reason.strip()


def second_refusal(user: User | None, *, proposer: int | None, subject: int | None, at: datetime) -> str | None:
    """Say why this person cannot be the second one, or None."""
    if user is None or not has_permission(user, Permission.CONFIRM_PEOPLE):
        return NO_RIGHT
    if user.pk == subject:
        return ABOUT_YOU
    if user.pk == proposer:
        return ONLY_TOGETHER
    return cool_down.refusal(user, "confirm changes of staff", at=at) or None


def block_refusal(user: User, *, by: User) -> str:
    """Say why this person cannot block that account alone, or nothing.

    Anybody can be blocked at once, the only approver too: waiting would be worse. Except administrators, so that
    nobody blocks their way to being the only one: two others must be left who can lift it together, `by` being one.
    """
    if last_administrator(user):
        return LAST
    if administrators().filter(pk=user.pk).exists() and confirmers(user.pk).count() < 2:
        return (
            "Nobody could lift this with you: besides this person you are the only one who confirms changes of staff. "
            "Appoint another administrator or an approver first."
        )
    return "" if has_permission(by, Permission.MANAGE_PEOPLE) else NO_RIGHT


def lift_refusal(user: User | None, action: str, change: RoleChange, *, at: datetime) -> str | None:
    """Say why this person does not ask to lift the block ("ask_lift"), or does not agree to it ("lift"), or None."""
    if change.blocked_at is None:
        return "This account is not blocked."
    if action == "ask_lift":
        if change.lift_asked_by is not None and may_confirm(change.lift_asked_by):
            return f"{change.lift_asked_by.get_full_name()} asked for it already."
        return second_refusal(user, proposer=None, subject=change.user_id, at=at)
    if change.lift_asked_by is None:
        return "Somebody must ask for it first, with a reason."
    if not may_confirm(change.lift_asked_by):
        return "Who asked for it has not the right any more. Ask for it anew."
    if user is not None and user.pk == change.lift_asked_by_id:
        return "A second person must agree: you asked for it."
    return second_refusal(user, proposer=None, subject=change.user_id, at=at)


def may_confirm(user: User) -> bool:
    """Say whether this person confirms changes of staff now."""
    return has_permission(user, Permission.CONFIRM_PEOPLE)


def combination_refusal(roles: Iterable[str]) -> str:
    """Say which roles one person cannot hold together, or nothing."""
    held = {Role(role) for role in roles}
    for role in sorted(HELD_ALONE & held):
        if len(held) > 1:
            return f"{ROLE_WORDS[role]} is held alone: who sets the rights or watches does not act on cases."
    return ""


def roles_of(user: User) -> QuerySet[StaffRole]:
    """Return the roles this person holds now."""
    return StaffRole.objects.filter(user=user, ended_at=None).select_related("provider").order_by("provider", "role")


def administrators() -> QuerySet[User]:
    """Return the administrators who can sign in."""
    held = {"staff_roles__role": Role.ADMINISTRATOR, "staff_roles__ended_at": None}
    return User.objects.filter(is_active=True, **held).distinct()


def last_administrator(user: User) -> bool:
    """Say whether nobody else is an administrator."""
    mine = administrators().filter(pk=user.pk).exists()
    return mine and not administrators().exclude(pk=user.pk).exists()


def auditors() -> QuerySet[User]:
    """Return who is told of every change of staff."""
    return User.objects.holding([Permission.READ_TRAIL]).order_by("pk")


def confirmers(*without: int | None) -> QuerySet[User]:
    """Return who may be the second person, without those named."""
    keys = [pk for pk in without if pk]
    return User.objects.holding([Permission.CONFIRM_PEOPLE]).exclude(pk__in=keys).order_by("pk")


def new_token() -> tuple[str, str]:
    """Return a token for a mailed link, and the hash that is stored."""
    token = secrets.token_urlsafe(32)
    return token, hash_of(token)


def hash_of(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
