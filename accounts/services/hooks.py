"""Keeping the hooks: who may, what is checked, and what the trail says of it. Secrets are given out once, when made."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from accounts import notify
from accounts.models import StaffRole, User
from accounts.permissions import ROLE_PERMISSIONS, Permission, has_permission
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, Stale
from foundation.core.jobs import JobState
from foundation.notifications.events import NotificationEvent
from foundation.notifications.hooks import calling, signing
from foundation.notifications.hooks.addresses import check
from foundation.notifications.hooks.emitting import emit_test, hurry
from foundation.notifications.hooks.words import CHOICES, HookEvent
from foundation.notifications.models import Hook, HookCall

# Nobody may go on believing that a pager is called for these.
_PRESSING = frozenset({HookEvent.EMERGENCY, HookEvent.EMERGENCY_WAITING, HookEvent.OVERDUE})


def add(*, name: str, url: str, events: Iterable[str], by: User, at: datetime | None = None) -> tuple[Hook, str]:
    """Add a hook and return it with its secret, which nobody can read again.

    Raises NotAllowed, Incomplete where another has the name or no event is wanted, AddressRefused (hooks.addresses).
    """
    at = at or timezone.now()
    _require(by)
    host = check(url).host
    secret = signing.new_secret()
    with transaction.atomic():
        _one_at_a_time()
        _refuse_known(name)
        hook = Hook.objects.create(
            name=name, url=url, events=_known(events), secret_sealed=signing.seal(secret), created_at=at, created_by=by
        )
        record(NotificationEvent.HOOK_ADDED, by=by, obj=hook, data=_facts(hook, host), at=at)
    return hook, secret


def change(
    hook: Hook, *, name: str, url: str, events: Iterable[str], version: int, by: User, at: datetime | None = None
) -> Hook | None:
    """Change name, address and events; None, and no entry in the trail, where nothing is different.

    `version` is the lock_version this person saw. Raises what add() does, and Stale where somebody else saved since.
    """
    at = at or timezone.now()
    _require(by)
    host = check(url).host
    with transaction.atomic():
        _one_at_a_time()
        row = _locked(hook)
        if row.lock_version != version:
            raise Stale("Somebody else changed this hook while you had it open. Read what holds now, then save again.")
        wanted = _known(events)
        if (row.name, row.url, row.events) == (name, url, wanted):
            return None
        _refuse_known(name, but=row)
        row.name, row.url, row.events = name, url, wanted
        row.lock_version += 1
        row.save(update_fields=["name", "url", "events", "lock_version"])
        record(NotificationEvent.HOOK_CHANGED, by=by, obj=row, data=_facts(row, host), at=at)
    return row


@transaction.atomic
def switch(hook: Hook, *, on: bool, by: User, at: datetime | None = None) -> bool:
    """Switch a hook on or off; False where it was so already.

    Off: nothing is written for it, and what waits stays. On: what waits is called, except what is older than two days.
    """
    at = at or timezone.now()
    _require(by)
    row = _locked(hook)
    if row.active == on:
        return False
    row.active, row.gone_at = on, None
    row.lock_version += 1
    row.save(update_fields=["active", "gone_at", "lock_version"])
    record(NotificationEvent.HOOK_CHANGED, by=by, obj=row, data={"now": "on" if on else "off"}, at=at)
    if on:
        calling.drop_stale(row, at=at)
    return True


@transaction.atomic
def renew_secret(hook: Hook, *, keep: bool, by: User, at: datetime | None = None) -> str:
    """Make a new secret and return it, once. keep: the one before signs too for 24 hours; else it ends now."""
    at = at or timezone.now()
    _require(by)
    row = _locked(hook)
    secret = signing.new_secret()
    row.previous_secret_sealed = row.secret_sealed if keep else ""
    row.previous_secret_until = at + signing.BOTH_SIGN if keep else None
    row.secret_sealed = signing.seal(secret)
    row.lock_version += 1
    row.save(update_fields=["previous_secret_sealed", "previous_secret_until", "secret_sealed", "lock_version"])
    until: dict[str, JSON] = {"until": row.previous_secret_until.isoformat() if row.previous_secret_until else "now"}
    record(NotificationEvent.HOOK_SECRET_CHANGED, by=by, obj=row, data=until, at=at)
    return secret


def note_shown(hook: Hook, *, by: User, at: datetime | None = None) -> None:
    """Tell the trail that this person read the secret."""
    record(NotificationEvent.HOOK_SECRET_SHOWN, by=by, obj=hook, at=at)


@transaction.atomic
def send_test(hook: Hook, *, by: User, at: datetime | None = None) -> None:
    """Send a test call to a hook, also to one that is switched off."""
    at = at or timezone.now()
    _require(by)
    row = _locked(hook)
    emit_test(row, key=str(uuid4()), at=at)
    record(NotificationEvent.HOOK_TESTED, by=by, obj=row, at=at)


@transaction.atomic
def call_again(call: HookCall, *, by: User, at: datetime | None = None) -> None:
    """Make a call that was given up once more, under the same id. Raises Stale where it is not given up any more."""
    at = at or timezone.now()
    _require(by)
    hook = _locked(call.hook)
    if not hook.active:
        raise Incomplete("This hook is switched off. Switch it on first, then make the call again.")
    given_up = HookCall.objects.filter(pk=call.pk, state=JobState.GIVEN_UP)
    fresh = {"state": JobState.PENDING, "due_at": at, "attempts": 0, "finished_at": None, "last_error": ""}
    fresh["dealt_with_at"] = None
    if not given_up.update(**fresh):
        raise Stale("This call is not given up any more: somebody else has it made again.")
    data: dict[str, JSON] = {"kind": call.event, "call": str(call.uid)}
    record(NotificationEvent.HOOK_RESENT, by=by, obj=hook, data=data, at=at)
    hurry([call.pk], urgent=call.urgent)


@transaction.atomic
def remove(hook: Hook, *, by: User, at: datetime | None = None) -> None:
    """Remove a hook with the list of its calls; the trail keeps what was done with it."""
    at = at or timezone.now()
    _require(by)
    row = _locked(hook)
    waiting = row.calls.filter(state__in=[JobState.PENDING, JobState.RUNNING]).count()
    record(NotificationEvent.HOOK_REMOVED, by=by, obj=row, data={"waiting": waiting}, at=at)
    row.delete()


def tell_gone(hook: Hook, *, at: datetime) -> None:
    """Tell every administrator that the receiver of a hook answered 410 and the hook was switched off.

    At once, by the urgent loop, where the hook is called for emergencies or late answers.
    """
    held = [role for role, rights in ROLE_PERMISSIONS.items() if Permission.MANAGE_SETTINGS in rights]
    in_force = StaffRole.objects.filter(ended_at=None, role__in=held)
    people = User.objects.filter(is_active=True, pk__in=in_force.values("user")).order_by("pk")
    urgent = not _PRESSING.isdisjoint(hook.events)
    notify.hook_off(hook.name, key=f"{hook.pk}:{at.isoformat()}", people=people, urgent=urgent, at=at)


def _require(by: User) -> None:
    if not has_permission(by, Permission.MANAGE_SETTINGS):
        raise NotAllowed("Only administrators may look after hooks.")


def _locked(hook: Hook) -> Hook:
    row = Hook.objects.select_for_update(no_key=True).filter(pk=hook.pk).first()
    if row is None:
        raise Stale("Somebody else removed this hook.")
    return row


def _one_at_a_time() -> None:
    """Let whoever adds or renames wait for others who do, so that no two hooks get one name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('notifications.hook'))")


def _refuse_known(name: str, *, but: Hook | None = None) -> None:
    others = Hook.objects.filter(name__iexact=name)
    if (others.exclude(pk=but.pk) if but else others).exists():
        raise Incomplete("Another hook has this name. Give this one a name of its own.")


def _known(events: Iterable[str]) -> list[str]:
    """The events that are wanted, in the order in which pages list them."""
    asked = set(events)
    found = [value for value, _label in CHOICES if value in asked]
    if not found:
        raise Incomplete("Choose what this hook is called for.")
    return found


def _facts(hook: Hook, host: str) -> dict[str, JSON]:
    """What the trail says of an address: its host only, for paths of pagers are often secrets."""
    return {"domain": host, "events": list(hook.events), "version": hook.lock_version}
