"""Every view says who it is for; a view that says nothing is for nobody."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from accounts import cool_down
from accounts.enums import FactorKind
from accounts.methods import answering
from accounts.permissions import Permission

if TYPE_CHECKING:
    from accounts.models import User

V = TypeVar("V", bound=Callable[..., Any])

FACTOR_AT = "factor_at"
FACTOR_KIND = "factor_kind"
SEEN_AT = "seen_at"
# When a recovery code was used in a session; for so long it may set up a factor in place of all.
RECOVERED_AT = "factor_recovered_at"
SETTING_UP = timedelta(minutes=30)


class Audience(StrEnum):
    """Who may come to a page at all."""

    PUBLIC = "public"  # anybody
    PASSWORD = "password"  # noqa: S105 - the name of an audience: signed in, second factor still to come
    VERIFIED = "verified"  # anybody with a verified second factor
    OFFICER = "officer"  # a vetted officer, agency active
    STAFF = "staff"  # staff with a role that holds the permission
    COMPANY = "company"  # the company's own systems: no person; every call is signed, and the view says so


@dataclass(frozen=True)
class Access:
    """What a view declares."""

    audience: Audience
    permission: Permission | None = None
    step_up: bool = False
    keep_form: bool = False
    strong: bool = False
    download: bool = False


def access(
    audience: Audience,
    *,
    permission: Permission | None = None,
    step_up: bool = False,
    keep_form: bool = False,
    strong: bool = False,
    probe: bool = False,
    download: bool = False,
) -> Callable[[V], V]:
    """Declare who a view is for. Staff views name a permission; step_up asks for a fresh second factor.

    HEAD is answered wherever GET is, and leaves no trace (accounts.methods). probe: for load balancers, without a
    database.

    strong: approving and releasing; where PASSKEY_FOR_DECISIONS is on, the fresh factor must be a passkey (SEC-02).
    download: answers with a file, so that a browser stays where it is; after the factor a page says what happens.
    keep_form: what was posted is kept while the factor is shown (accounts.kept_forms), for the page that draws it.
    """
    if audience is Audience.STAFF and permission is None:
        raise ValueError("A view for staff names its permission.")

    def mark(view: V) -> V:
        answers = answering(view, probe=probe)
        answers.access = Access(audience, permission, step_up, keep_form, strong, download)  # type: ignore[attr-defined]
        return answers

    return mark


def signed(view: V) -> V:
    """Mark a view that refuses every call whose signature it has not checked; of Audience.COMPANY no other runs."""
    view.signed = True  # type: ignore[attr-defined]
    return view


def is_signed(view: Callable[..., Any]) -> bool:
    """Say whether a view checks signatures itself."""
    return getattr(view, "signed", False) is True


def declared(view: Callable[..., Any]) -> Access | None:
    """Return what a view declares, looking through class-based views."""
    found = getattr(view, "access", None) or getattr(getattr(view, "view_class", None), "access", None)
    return found if isinstance(found, Access) else None


def signed_in(request: HttpRequest) -> "User":
    """Return who is signed in; for views that nobody reaches who is not."""
    return cast("User", request.user)


def is_verified(request: HttpRequest) -> bool:
    """Say whether this session has passed the second factor."""
    asked = getattr(request.user, "is_verified", None)  # missing in the very request that signs somebody in
    return bool(request.user.is_authenticated and asked is not None and asked())


def mark_factor_fresh(request: HttpRequest, kind: FactorKind, *, at: datetime | None = None) -> None:
    """Note which second factor was shown just now, under a new session key (a rise in trust)."""
    request.session.cycle_key()
    request.session[FACTOR_AT] = (at or timezone.now()).isoformat()
    request.session[FACTOR_KIND] = kind.value


def factor_is_fresh(
    request: HttpRequest, *, passkey: bool = False, settled: bool = False, at: datetime | None = None
) -> bool:
    """Say whether the second factor was shown within STEP_UP_SECONDS.

    passkey: and was a passkey. settled: and was not added a short time ago (accounts.cool_down).
    """
    at, shown = at or timezone.now(), request.session.get(FACTOR_AT)
    if not shown or not is_verified(request):
        return False
    if passkey and request.session.get(FACTOR_KIND) != FactorKind.PASSKEY:
        return False
    if settled and not factor_counts(request, at=at):
        return False
    return datetime.fromisoformat(shown) + timedelta(seconds=settings.STEP_UP_SECONDS) >= at


def factor_counts(request: HttpRequest, *, at: datetime | None = None) -> bool:
    """Say whether the factor of this session opens dangerous acts already (accounts.cool_down); verified sessions."""
    user: Any = request.user
    return cool_down.counts(user.otp_device, user, at=at or timezone.now())


def needs_settled(rule: Access) -> bool:
    """Say whether a view takes no factor that is new: every dangerous act but those on the own account.

    Whoever has nothing but a new one must be able to change a password or to end what a thief left behind.
    """
    return rule.audience in {Audience.OFFICER, Audience.STAFF}


def needs_passkey(rule: Access) -> bool:
    """Say whether a view asks for a passkey here and now."""
    return rule.strong and bool(settings.PASSKEY_FOR_DECISIONS)
