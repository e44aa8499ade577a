"""The keys that custodians sign with: taken from their own PKCS#12 file, under a PIN that nobody but they know."""

import re
import unicodedata
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from accounts.services.limits import Limit, forgive, try_once
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed
from foundation.documents import pen
from foundation.documents.keys import WrappedKey, unwrap, wrap
from foundation.documents.pen import KeyNotTaken, Signed, Stamping
from requests_app.events import Event
from requests_app.models import SigningIdentity
from requests_app.notify import certificates as notify

PIN_LENGTH = 8
# Whoever holds a stolen session may try so often, and the owner reads each try in the trail.
WRONG_PINS = Limit("certificate.pin", 5, timedelta(hours=1))
TOO_MANY = "Too many wrong PINs. Wait an hour, or add your key again with a new PIN."
WRONG_PIN = "This PIN does not open your key."
_SEPARATOR = b"\0"


def of(user: User) -> SigningIdentity | None:
    """Return the key that a custodian signs with now, also one that ran out."""
    return SigningIdentity.objects.filter(user=user, ended_at=None).first()


def usable(user: User, *, at: datetime) -> SigningIdentity | None:
    """Return the key that a custodian can sign with at this moment."""
    found = of(user)
    return found if found and found.valid_from <= at < found.valid_until else None


def is_whole(identity: SigningIdentity) -> bool:
    """Say whether the certificates reach up to one that issued itself: a court can follow them to an authority."""
    return identity.chain.count("BEGIN CERTIFICATE") > 1


def add(content: bytes, *, password: str, pin: str, by: User, at: datetime | None = None) -> SigningIdentity:
    """Take a custodian's own key; the one before ends. Raises NotAllowed, Incomplete and KeyNotTaken."""
    at = at or timezone.now()
    if not has_permission(by, Permission.SIGN_CERTIFICATE):
        raise NotAllowed("Only custodians sign certificates.")
    if len(pin) < PIN_LENGTH:
        raise Incomplete(f"A PIN has {PIN_LENGTH} characters or more.")
    if len(content) > pen.BUNDLE_BYTES:
        raise KeyNotTaken("file", "The file is too large for a key.")
    opened = pen.open_key(content, password=password, pin=pin, at=at)
    if not _names(opened.subject, by):
        raise KeyNotTaken("name", f"The certificate is of “{opened.subject}”, and you are {by.get_full_name()}.")
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        if before := of(by):
            _end(before, reason="Another key was added.", by=by, at=at)
        identity = SigningIdentity(
            user=by,
            subject=opened.subject,
            issuer=opened.issuer,
            serial=opened.serial,
            chain=opened.chain,
            valid_from=opened.valid_from,
            valid_until=opened.valid_until,
            added_at=at,
        )
        wrapped = wrap(opened.sealed, identity.uid)
        identity.sealed_key = wrapped.master_key_id.encode() + _SEPARATOR + wrapped.sealed
        identity.save(force_insert=True)
        facts: dict[str, JSON] = {"serial": opened.serial, "fingerprint": opened.fingerprint, "subject": opened.subject}
        facts["valid_until"] = opened.valid_until.isoformat()
        record(Event.SIGNING_KEY_ADDED, by=by, obj=identity, data=facts, at=at)
        notify.key_added(identity, at=at)
    forgive(WRONG_PINS, str(by.pk))
    return identity


def _names(subject: str, person: User) -> bool:
    """Say whether a certificate is of this person: their first and their last name are words of its subject."""
    words, own = _words(subject), _words(person.get_full_name())
    return bool(own) and {own[0], own[-1]} <= set(words)


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"\w+", "".join(each for each in plain if not unicodedata.combining(each)))


@transaction.atomic
def end(identity: SigningIdentity, *, reason: str, by: User, at: datetime | None = None) -> SigningIdentity:
    """End a key with a reason: nothing is signed with it any more, what was signed stays as it is."""
    at = at or timezone.now()
    row: SigningIdentity = SigningIdentity.objects.select_for_update().get(pk=identity.pk)
    if row.user_id != by.pk:
        raise NotAllowed("Only the custodian whose key it is ends it.")
    if not reason.strip():
        raise Incomplete("Write why the key ends.")
    if row.ended_at is None:
        _end(row, reason=reason.strip(), by=by, at=at)
    return row


def _end(identity: SigningIdentity, *, reason: str, by: User, at: datetime) -> None:
    # The key itself goes: a PIN that becomes known later opens nothing.
    identity.ended_at, identity.ended_by, identity.ended_reason, identity.sealed_key = at, by, reason, b""
    identity.save(update_fields=["ended_at", "ended_by", "ended_reason", "sealed_key"])
    record(Event.SIGNING_KEY_ENDED, by=by, obj=identity, reason=reason, data={"serial": identity.serial}, at=at)


def sign_pdf(content: bytes, identity: SigningIdentity, *, pin: str, place: str, at: datetime) -> Signed:
    """Return a PDF signed with a custodian's key, checked at once; raises KeyNotTaken. Outside of any transaction.

    Tries of a PIN are counted before the key is touched, and each wrong one leaves an event.
    """
    person = identity.user
    if not try_once(WRONG_PINS, str(person.pk), at=at):
        raise KeyNotTaken("locked", TOO_MANY)
    key_id, _, sealed = bytes(identity.sealed_key).partition(_SEPARATOR)
    key = unwrap(WrappedKey(sealed, key_id.decode()), identity.uid)
    held = pen.Pen(key, pin, identity.chain, person.get_full_name(), place)
    try:
        signed = pen.sign(content, held, stamping=stamping(), at=at)
    except KeyNotTaken as refusal:
        if refusal.is_wrong_pin:
            record(Event.SIGNING_PIN_WRONG, by=person, obj=identity, data={"serial": identity.serial}, at=at)
            raise KeyNotTaken("pin", WRONG_PIN) from refusal
        forgive(WRONG_PINS, str(person.pk))
        raise
    forgive(WRONG_PINS, str(person.pk))
    return signed


def stamping() -> Stamping:
    """Return who stamps the time: the service of TIMESTAMP_URL, else the demo's authority, else nobody."""
    if settings.TIMESTAMP_URL:
        return Stamping(url=settings.TIMESTAMP_URL, roots=Path(settings.TIMESTAMP_ROOTS).read_text(encoding="ascii"))
    folder: Any = settings.SIGNING_AUTHORITY_DIR and Path(settings.SIGNING_AUTHORITY_DIR)
    if folder and (folder / settings.STAMPING_KEY).exists():
        key = (folder / settings.STAMPING_KEY).read_text(encoding="ascii")
        return Stamping(key=key, roots=(folder / settings.STAMPING_ROOT).read_text(encoding="ascii"))
    return Stamping()


def is_stamped() -> bool:
    """Say whether what is signed now gets a time stamp."""
    found = stamping()
    return bool(found.url or found.key)
