"""Single sign-on of staff: whom the company's provider may bring in, and the link between its account and ours.

It stands in the place of the password and of nothing else: the second factor is shown here afterwards. It makes no
account and gives no role: only staff whom two people invited come in with it. Officers never do.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from accounts import notify
from accounts.events import Event
from accounts.models import User
from accounts.services.limits import Limit, forgive, give_back, try_once
from accounts.services.sign_in import PER_ADDRESS, PER_PLACE, locked_until, minutes_until, note_failure
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed

# Each try asks the provider up to four times: nobody uses us to flood it.
TRIES = Limit("sso.place", 60, timedelta(minutes=15))
_NOTHING = "This account of the company opens no account here."
LOCKED = "Too many tries. Wait %(minutes)d minutes, then try again."


class NotOurs(NotAllowed):
    """Whoever signed in there has no account of staff here; why not stands in the trail only."""


@dataclass(frozen=True)
class Identity:
    """Who somebody is, by the provider's signed word: its address and its own name for the person never change."""

    issuer: str
    subject: str
    email: str = ""
    email_verified: bool = False


def is_on() -> bool:
    """Say whether staff may sign in with the company's provider here."""
    return bool(settings.SSO_OIDC_ISSUER)


def name() -> str:
    """Return what people call the provider, for the button; nothing where there is none."""
    return str(settings.SSO_OIDC_NAME) if is_on() else ""


def may_try(place: str, *, at: datetime | None = None) -> bool:
    """Count a try from this network address, and say whether it may be made."""
    return try_once(TRIES, place, at=at)


def find(identity: Identity, *, at: datetime | None = None) -> User:
    """Return the member of staff whom the provider brought. Raises NotOurs for everybody else.

    The first time it is whoever has the same address, if the provider verified it. From then on only the same account
    of the same provider is listened to, whatever address it has.
    """
    link = SocialAccount.objects.select_related("user").filter(**_by(identity)).first()
    user = link.user if link else User.objects.filter(email=identity.email).first() if identity.email else None
    if user is None or (why := _refusal(user, identity)):
        note_refused("unknown" if user is None else why, user=user, at=at)
        raise NotOurs(_NOTHING)
    return user


def admit(user: User, identity: Identity, *, place: str, device: str = "", at: datetime | None = None) -> None:
    """Leave the event of the first step done; the first time, link and tell by mail.

    Raises NotAllowed where the account is locked (SEC-06), NotOurs where something changed meanwhile. device: as in
    accounts.services.sign_in.
    """
    at = at or timezone.now()
    if until := locked_until(user.email, place, device=device, at=at):
        note_failure(user.email, locked=True, at=at)
        raise NotAllowed(LOCKED % {"minutes": minutes_until(until, at)})
    with transaction.atomic():
        locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        why = _refusal(locked, identity) or _link(locked, identity, at=at)
        if not why:
            _forgive(user.email, place, device)
            give_back(TRIES, place)
            record(Event.SIGNED_IN_SSO, by=user, obj=user, data={"rules": settings.RULES_VERSION}, at=at)
    if why:
        note_refused(why, user=user, at=at)
        raise NotOurs(_NOTHING)


def require_instead(user: User, *, place: str, device: str = "", at: datetime | None = None) -> None:
    """Raise NotAllowed where this person may not sign in with a password: SSO_REQUIRED_FOR_STAFF.

    Said after the right password only, so that a stranger learns of no address whether it is a member of staff's.
    """
    if not (is_on() and settings.SSO_REQUIRED_FOR_STAFF and user.is_staff_member):
        return
    _forgive(user.email, place, device)  # a right password is no failure
    note_refused("required", user=user, at=at)
    raise NotAllowed(f"Staff sign in with {name()}, not with a password.")


def note_refused(why: str, *, user: User | None = None, at: datetime | None = None) -> None:
    """Leave the event of a single sign-on that was turned away. why: a word, never what the provider said."""
    data: dict[str, JSON] = {"by": "sso", "known": user is not None}
    record(Event.SIGN_IN_FAILED, by=AnonymousUser(), obj=user, outcome="refused", reason=why, data=data, at=at)


def linked_at(user: User) -> datetime | None:
    """Return since when this person's account at the present provider is linked; None where none is."""
    row = SocialAccount.objects.filter(user=user, provider=settings.SSO_OIDC_ISSUER).first() if is_on() else None
    return row.date_joined if row else None


@transaction.atomic
def unlink(user: User, *, by: User | None, at: datetime | None = None) -> bool:
    """Cut the link to the provider's account; False where there is none.

    The next one that comes with this person's verified address is linked anew: after the company gave somebody
    another account, for example.
    """
    at = at or timezone.now()
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    if not SocialAccount.objects.filter(user=locked).delete()[0]:
        return False
    record(Event.SSO_UNLINKED, by=by, obj=locked, at=at)
    notify.sso_unlinked(locked, name=str(settings.SSO_OIDC_NAME), at=at)
    return True


def _by(identity: Identity) -> dict[str, str]:
    return {"provider": identity.issuer, "uid": identity.subject}


def _refusal(user: User, identity: Identity) -> str:
    """Say in a word why this identity does not open this person's account, or nothing."""
    if not user.is_active:
        return "disabled"
    if not user.is_staff_member:
        return "no staff"
    if user.email.rpartition("@")[2] not in settings.SSO_STAFF_DOMAINS:
        return "domain"
    known = SocialAccount.objects.filter(user=user, provider=identity.issuer).first()
    if known is not None:
        return "" if known.uid == identity.subject else "another account is linked"
    if identity.email != user.email or not identity.email_verified:
        return "address not verified"
    return ""


def _link(locked: User, identity: Identity, *, at: datetime) -> str:
    """Link where there is no link yet. Returns in a word why not: it is somebody else's since a moment ago."""
    row, made = SocialAccount.objects.get_or_create(**_by(identity), defaults={"user": locked})
    if made:
        record(Event.SSO_LINKED, by=locked, obj=locked, at=at)
        notify.sso_linked(locked, name=name(), at=at)
    return "" if row.user_id == locked.pk else "linked to another person"


def _forgive(email: str, place: str, device: str) -> None:
    """Count no try, as after a right password."""
    forgive(PER_ADDRESS, f"{email}|{device}")
    give_back(PER_PLACE, place)
