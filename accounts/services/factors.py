"""The second factor: who has one, enrolling, showing it, and the codes for the day it is lost."""

import base64
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.models import Device
from django_otp_webauthn.models import WebAuthnCredential

from accounts import notify
from accounts.cool_down import counts_from
from accounts.enums import CoolDownReason, FactorKind
from accounts.events import Event
from accounts.models import AuthenticatorApp, RecoveryCode, User
from accounts.models.factors import step_of
from accounts.services import cool_down
from accounts.services.limits import Limit, forgive, give_back, try_once
from accounts.services.people import FROZEN, account_frozen, require_not_frozen
from accounts.services.reverification import note_verified
from foundation.audit.trail import record
from foundation.core.errors import NotAllowed, PortalError

CODES = 10
CODE_BYTES = 10  # 80 bits; NIST SP 800-63B-4 asks for 64
SECRET_BYTES = 20
MOST = 10
# A code has 10^6 values and three are right at a time: ten wrong ones in 15 minutes is all anybody gets. A passkey
# cannot be guessed, so nobody who knows only the password locks out an owner who has one (accounts.services.passkeys).
WRONG_CODES = Limit("factor.wrong", 10, timedelta(minutes=15))
# The fifth wrong one is told to the owner of the account, once in 15 minutes and three times a day.
UNTOLD = Limit("factor.untold", 4, timedelta(minutes=15))
TOLD = Limit("factor.told", 1, timedelta(minutes=15))
TOLD_A_DAY = Limit("factor.told_a_day", 3, timedelta(days=1))
# Each wrong code doubles the wait before the next, up to 2^9 seconds: without an end a stranger's codes of a night
# would keep the owner waiting for days.
MOST_SLOWED = 10

WRONG_CODE = "This code is wrong, too old or was used before. Wait for the next one."
WRONG_RECOVERY_CODE = "This recovery code is wrong or was used before."
SLOW_DOWN = "A wrong code was typed just now. Wait a minute, then type the newest code."
TOO_MANY = "Too many wrong codes. Wait 15 minutes."

# By kind, the rows behind it. Both are django-otp's devices, so its middleware knows them.
MODELS: dict[FactorKind, type[Any]] = {FactorKind.APP: AuthenticatorApp, FactorKind.PASSKEY: WebAuthnCredential}


class CodeRefused(PortalError):
    """The code did not open the door."""


class Adding(StrEnum):
    """Why a factor may be enrolled now."""

    FIRST = "first"  # there is none yet
    MORE = "more"  # one was shown a moment ago
    INSTEAD = "instead"  # a recovery code was used: what was there is lost, and goes


@dataclass(frozen=True)
class NewSecret:
    """The secret of a factor that is being enrolled, in the forms people and apps read."""

    hex: str

    @property
    def text(self) -> str:
        """The secret as it is typed into an app."""
        return base64.b32encode(bytes.fromhex(self.hex)).decode().rstrip("=")

    def address(self, user: User) -> str:
        """The otpauth address that the QR code carries."""
        label = quote(f"{settings.SITE_NAME.replace(':', '')}:{user.email}", safe="@")
        query = urlencode({"secret": self.text, "issuer": settings.SITE_NAME, "digits": 6, "period": 30})
        return f"otpauth://totp/{label}?{query}"


@dataclass(frozen=True)
class Factor:
    """One factor of a person, whatever its kind."""

    kind: FactorKind
    pk: int
    name: str
    added_at: datetime | None
    last_used_at: datetime | None
    counts_from: datetime | None  # when it begins to open dangerous acts; None: it always did

    def counts(self, at: datetime) -> bool:
        """Say whether it opens dangerous acts now (accounts.cool_down)."""
        return self.counts_from is None or self.counts_from <= at


def has_factor(user: Any) -> bool:
    """Say whether this person has enrolled and confirmed a second factor."""
    return has_app(user) or has_passkey(user)


def has_app(user: Any) -> bool:
    """Say whether this person has an authenticator app."""
    return bool(AuthenticatorApp.objects.filter(user=user, confirmed=True).exists())


def has_passkey(user: Any) -> bool:
    """Say whether this person has a passkey."""
    return bool(WebAuthnCredential.objects.filter(user=user, confirmed=True).exists())


def factors_of(user: User) -> list[Factor]:
    """Return the confirmed factors of a person, the oldest first."""
    rows = [
        Factor(kind, row.pk, row.name, row.created_at, row.last_used_at, counts_from(row, user))
        for kind, model in MODELS.items()
        for row in model.objects.filter(user=user, confirmed=True).order_by("pk")
    ]
    return sorted(rows, key=lambda factor: factor.added_at or user.date_joined)


def factor_of(user: User, kind: str, pk: int) -> Factor | None:
    """Return this factor if it is this person's."""
    return next((factor for factor in factors_of(user) if factor.kind == kind and factor.pk == pk), None)


def new_secret() -> NewSecret:
    """Make a secret that is not yet anybody's factor."""
    return NewSecret(secrets.token_hex(SECRET_BYTES))


def enrol(
    user: User,
    secret: NewSecret,
    code: str,
    *,
    name: str = "",
    adding: Adding = Adding.FIRST,
    at: datetime | None = None,
) -> Device:
    """Make the secret a factor of the user once a code proves that the app has it.

    A wrong code raises CodeRefused; NotAllowed says that the person has a factor and has not shown it.
    """
    at = at or timezone.now()
    step = step_of(bytes.fromhex(secret.hex), _digits(code), at=at)
    if step is None:
        require_tries_left(user)
        refuse(user, "enrol", at)
        raise CodeRefused(WRONG_CODE)
    with transaction.atomic():
        admit(user, adding, at=at)
        # The step of the code that proved it: the same code does not sign in a moment later.
        app = AuthenticatorApp.objects.make(
            user=user, secret=bytes.fromhex(secret.hex), name=name or str(FactorKind.APP.label), last_step=step, at=at
        )
        note_enrolled(user, FactorKind.APP, app, adding=adding, at=at)
    return app


def admit(user: User, adding: Adding, *, at: datetime) -> None:
    """Lock the person and say whether a factor may be enrolled now; after a recovery code the old ones go.

    One that opens the session in which it is set up is shown by that, so it counts as use of the account. Raises
    NotAllowed. Called inside the transaction that enrols.
    """
    if adding is not Adding.MORE:
        note_verified(user, at=at)
    User.objects.select_for_update().get(pk=user.pk)
    require_not_frozen(user)
    if adding is Adding.INSTEAD:
        for model in MODELS.values():
            model.objects.filter(user=user).delete()
    known = factors_of(user)
    if known and adding is Adding.FIRST:
        raise NotAllowed("You have a second factor already. Show it first.")
    if len(known) >= MOST:
        raise NotAllowed(f"You have {MOST} second factors. Remove one first.")


def note_enrolled(user: User, kind: FactorKind, device: Device, *, adding: Adding, at: datetime) -> None:
    """Leave the event, and tell the owner of the account (SEC-30)."""
    record(Event.FACTOR_ENROLLED, by=user, obj=user, data={"kind": kind.value, "adding": adding.value}, at=at)
    instead = adding is Adding.INSTEAD
    cool_down.after_enrolling(user, device, first=adding is Adding.FIRST, instead=instead, at=at)
    notify.factor_enrolled(user, kind=str(kind.value), device=device.persistent_id, instead=instead, at=at)


@transaction.atomic
def remove(user: User, factor: Factor, *, at: datetime | None = None) -> None:
    """Take a factor away, never the last one; sessions that showed it must show another one.

    Raises NotAllowed. Two people at the same moment: the second one finds it gone.
    """
    at = at or timezone.now()
    User.objects.select_for_update().get(pk=user.pk)
    require_not_frozen(user)
    known = factors_of(user)
    if (factor.kind, factor.pk) not in {(other.kind, other.pk) for other in known}:
        raise NotAllowed("This is removed already.")
    if len(known) == 1:
        raise NotAllowed("This is your only second factor. Add another one first.")
    MODELS[factor.kind].objects.filter(user=user, pk=factor.pk).delete()
    record(Event.FACTOR_REMOVED, by=user, obj=user, data={"kind": factor.kind.value}, at=at)
    cool_down.after_removing(user, one_counts=bool(without(factor, known).counting(at)), at=at)
    notify.factor_removed(user, kind=str(factor.kind.value), at=at)


@dataclass(frozen=True)
class Left:
    """What somebody signs in with once one factor is gone."""

    factors: list[Factor]

    def counting(self, at: datetime) -> list[Factor]:
        """Return those that open dangerous acts; none: all were replaced, so that decisions wait as well."""
        return [factor for factor in self.factors if factor.counts(at)]

    def deciding(self, at: datetime) -> list[Factor]:
        """Return those with which staff go on approving and releasing: passkeys only, where that is the rule."""
        only_passkeys = settings.PASSKEY_FOR_DECISIONS
        return [f for f in self.counting(at) if not only_passkeys or f.kind is FactorKind.PASSKEY]


def without(factor: Factor, known: list[Factor]) -> Left:
    """Return what is left without this one."""
    return Left([other for other in known if (other.kind, other.pk) != (factor.kind, factor.pk)])


@transaction.atomic
def rename(user: User, factor: Factor, name: str, *, at: datetime | None = None) -> None:
    """Give a factor another name. Raises NotAllowed while access is suspended."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    require_not_frozen(user)
    if MODELS[factor.kind].objects.filter(user=user, pk=factor.pk).update(name=name):
        record(Event.FACTOR_RENAMED, by=user, obj=user, data={"kind": factor.kind.value}, at=at)


def verify_totp(user: User, code: str, *, at: datetime | None = None) -> Device:
    """Return the app that accepts the code; each code works once, and wrong ones are counted."""
    at = at or timezone.now()
    require_tries_left(user)
    digits = _digits(code)
    with transaction.atomic():
        apps = list(AuthenticatorApp.objects.filter(user=user, confirmed=True).order_by("pk").select_for_update())
        slowed = any(not app.verify_is_allowed()[0] for app in apps)
        accepted = None if slowed else _accepted(apps, digits, at)
        if accepted is not None:
            accept(user, FactorKind.APP, at)
        elif not slowed:
            for app in apps:
                app.throttling_failure_count = min(app.throttling_failure_count, MOST_SLOWED - 1)
                app.throttle_increment()
    if accepted is None:
        refuse(user, FactorKind.APP, at)
        _tell_of_wrong_codes(user, at=at)
        raise CodeRefused(SLOW_DOWN if slowed else WRONG_CODE)
    give_back(WRONG_CODES, str(user.pk))
    forgive(UNTOLD, str(user.pk))
    return accepted


def use_recovery_code(user: User, code: str, *, at: datetime | None = None) -> None:
    """Use up a recovery code; it allows enrolling a new factor, nothing else, and so nothing while suspended.

    From now on no records are downloaded for a while, in the sessions that are open elsewhere either.
    """
    at = at or timezone.now()
    if account_frozen(user):
        raise CodeRefused(FROZEN)
    require_tries_left(user)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # users come first, see accounts.acting
        unused = RecoveryCode.objects.filter(user=user, used_at=None, code_hash=_hash(user, code))
        used = unused.update(used_at=at) == 1
        if used:
            left = codes_left(user)
            record(Event.RECOVERY_CODE_USED, by=user, obj=user, data={"left": left}, at=at)
            cool_down.start(user, why=CoolDownReason.CODE_USED, at=at)
            notify.recovery_code_used(user, left=left, at=at)
    if not used:
        refuse(user, "recovery", at)
        _tell_of_wrong_codes(user, at=at)
        raise CodeRefused(WRONG_RECOVERY_CODE)
    give_back(WRONG_CODES, str(user.pk))


@transaction.atomic
def make_recovery_codes(user: User, *, renewed: bool = False, at: datetime | None = None) -> list[str]:
    """Replace the user's recovery codes; only the hashes stay, so this is the one time they can be shown.

    renewed: by themselves and not with a new factor, whose own mail and cool-down would do: warn the owner of the
    account, and let downloads wait. Raises NotAllowed while suspended.
    """
    at = at or timezone.now()
    User.objects.select_for_update().get(pk=user.pk)
    require_not_frozen(user)
    codes = [base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode() for _ in range(CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, code_hash=_hash(user, code), created_at=at) for code in codes
    )
    record(Event.RECOVERY_CODES_MADE, by=user, obj=user, data={"count": CODES}, at=at)
    if renewed:
        cool_down.start(user, why=CoolDownReason.CODES_RENEWED, at=at)
        notify.recovery_codes_made(user, at=at)
    return codes


def codes_left(user: User) -> int:
    """Return how many recovery codes were not used."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def require_tries_left(user: User) -> None:
    """Count a try before it is made; whoever succeeds gives it back."""
    if not try_once(WRONG_CODES, str(user.pk)):
        raise CodeRefused(TOO_MANY)


@transaction.atomic
def _tell_of_wrong_codes(user: User, *, at: datetime) -> None:
    """Mail the owner of the account at the fifth wrong code: whoever typed them knows the password."""
    key = str(user.pk)
    if try_once(UNTOLD, key, at=at) or not try_once(TOLD, key, at=at) or not try_once(TOLD_A_DAY, key, at=at):
        return
    record(Event.WRONG_CODES_TOLD, by=None, obj=user, at=at)
    notify.wrong_codes(user, at=at)


def accept(user: User, kind: str, at: datetime) -> None:
    """Leave the event of a factor that was shown, and keep when; called in the transaction that accepts it."""
    note_verified(user, at=at)
    record(Event.FACTOR_ACCEPTED, by=user, obj=user, data={"kind": str(kind)}, at=at)


def refuse(user: User, kind: str, at: datetime, **why: str) -> None:
    """Leave the event of a factor that was refused."""
    record(Event.FACTOR_REFUSED, by=user, obj=user, outcome="refused", data={"kind": str(kind), **why}, at=at)


def _accepted(apps: list[AuthenticatorApp], digits: str, at: datetime) -> AuthenticatorApp | None:
    """Use the code up with the app that shows it, and return that app."""
    for app in apps:
        step = app.step_of(digits, at=at)
        if step is not None:
            app.last_step, app.last_used_at = step, at
            app.throttle_reset(commit=False)
            app.save()
            return app
    return None


def _digits(code: str) -> str:
    text = re.sub(r"[\s-]", "", code)
    return text if re.fullmatch(r"[0-9]{6}", text) else ""


def _hash(user: User, code: str) -> str:
    typed = re.sub(r"[\s-]", "", code).upper().translate(str.maketrans("01", "OI"))
    return salted_hmac(f"accounts.recovery.{user.pk}", typed, algorithm="sha256").hexdigest()
