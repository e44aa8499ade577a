"""An application for access, from the first address to sending it."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import notify
from accounts.addresses import Judgement, judge
from accounts.deadlines import access_review
from accounts.enums import AddressVerdict, ApplicationStatus
from accounts.events import Event
from accounts.guards import application_workflow
from accounts.models import AccessApplication, Agency, User
from accounts.parts import is_editable, missing
from accounts.services import signals
from accounts.services.limits import Limit, try_once
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused
from foundation.core.references import new_reference
from foundation.documents.models import Document

TOKEN_LIFE = timedelta(hours=24)
MAILS_PER_ADDRESS = Limit("access.address", 3, timedelta(hours=1))
MAILS_PER_PLACE = Limit("access.place", 20, timedelta(hours=1))
GUIDELINES_VERSION = "2026-11"
_COPIED = ("full_name", "rank", "unit", "badge", "phone", "agency_id", "supervisor_name", "supervisor_contact")


class AddressRefused(PortalError):
    """Nobody gets in with this address; the message says what to use instead."""


def start(address: str, *, place: str, at: datetime | None = None) -> Judgement:
    """Begin an application and mail the link that confirms the address.

    Raises AddressRefused for free and disposable mail. For all other addresses the outcome looks the same, whether
    they are new, have an account, or were sent too many mails already.
    """
    at = at or timezone.now()
    found = judge(address)
    if not try_once(MAILS_PER_PLACE, place, at=at):
        raise PortalError("Too many requests came from your network. Try again in an hour.")
    if found.refused:
        record(Event.ADDRESS_REFUSED, by=AnonymousUser(), outcome="refused", reason=found.why, at=at)
        raise AddressRefused(found.advice)
    if try_once(MAILS_PER_ADDRESS, found.address, at=at):
        _send_link(found, at)
    return found


@transaction.atomic
def _send_link(found: Judgement, at: datetime) -> None:
    if user := User.objects.filter(email=found.address).first():
        notify.address_known(user, at=at)
        return
    token = secrets.token_urlsafe(32)
    pending = AccessApplication.objects.select_for_update().filter(
        email=found.address, status=ApplicationStatus.EMAIL_PENDING
    )
    application = pending.order_by("pk").first()
    if application is None:
        known = found.agency if found.verdict is AddressVerdict.KNOWN_AGENCY else None
        application = AccessApplication(
            reference=new_reference("AC", at), email=found.address, created_at=at, agency=known
        )
    application.verdict = found.verdict
    application.token_hash, application.token_expires_at = _hash(token), at + TOKEN_LIFE
    application.save()
    record(Event.APPLICATION_STARTED, by=AnonymousUser(), obj=application, data={"verdict": str(found.verdict)}, at=at)
    notify.confirm_address(application, token=token, at=at)


def find_by_token(reference: str, token: str, *, at: datetime | None = None) -> AccessApplication | None:
    """Return the application whose mailed link this is, or None when the link is wrong, used or older than a day."""
    application = AccessApplication.objects.filter(
        reference=reference, status=ApplicationStatus.EMAIL_PENDING, token_expires_at__gt=at or timezone.now()
    ).first()
    if application is None or not constant_time_compare(application.token_hash, _hash(token)):
        return None
    return application


@transaction.atomic
def confirm(application: AccessApplication, *, token: str, password: str, at: datetime | None = None) -> User:
    """Make the applicant's account: the address is confirmed, the password set, the link used up."""
    at = at or timezone.now()
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if find_by_token(row.reference, token, at=at) is None:
        raise TransitionRefused("This link was used already, or it is older than 24 hours.")
    try:
        with transaction.atomic():
            user = User.objects.create_user(row.email, password, email_confirmed_at=at, date_joined=at)
    except IntegrityError:
        raise TransitionRefused("This address has an account already. Sign in.") from None
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    application_workflow.advance(row, "confirm", by=user, at=at, user=user, token_hash="", token_expires_at=None)
    record(Event.PASSWORD_SET, by=user, obj=user, data={"by": "confirmation"}, at=at)
    return user


@transaction.atomic
def start_again(user: User, *, at: datetime | None = None) -> AccessApplication:
    """Begin a new application of somebody whose last one ended; an unfinished one is returned as it is."""
    at = at or timezone.now()
    User.objects.select_for_update().get(pk=user.pk)
    mine = AccessApplication.objects.filter(user=user).order_by("-created_at", "-pk")
    if open_one := mine.unfinished().first():
        return open_one
    if user.membership is not None or user.is_staff_member:
        raise NotAllowed("You belong to an agency here already. If you cannot work, ask it to call us.")
    found, last = judge(user.email), mine.first()
    copied = {name: getattr(last, name) for name in _COPIED} if last else {}
    application = AccessApplication.objects.create(
        reference=new_reference("AC", at), email=user.email, user=user, verdict=found.verdict,
        status=ApplicationStatus.DRAFT, created_at=at, **copied,
    )  # fmt: skip
    record(Event.APPLICATION_STARTED, by=user, obj=application, data={"verdict": str(found.verdict)}, at=at)
    return application


def save_person(
    application: AccessApplication, *, by: User, values: Mapping[str, str], at: datetime | None = None
) -> AccessApplication:
    """Save name, rank, unit, badge number and direct phone."""
    names = ("full_name", "rank", "unit", "badge", "phone")
    return _save(application, "person", {name: values[name] for name in names}, by=by, at=at)


def save_agency(
    application: AccessApplication,
    *,
    by: User,
    agency: Agency | None = None,
    proposal: Mapping[str, str] | None = None,
    at: datetime | None = None,
) -> AccessApplication:
    """Save the agency that was picked from the registry, or the description of one that is not in it."""
    return _save(application, "agency", {"agency": agency, "proposed_agency": dict(proposal or {})}, by=by, at=at)


def save_supervisor(
    application: AccessApplication, *, by: User, name: str, contact: str, at: datetime | None = None
) -> AccessApplication:
    """Save who can confirm the officer; this person is reached through the switchboard only."""
    values = {"supervisor_name": name, "supervisor_contact": contact}
    return _save(application, "supervisor", values, by=by, at=at)


def save_proof(
    application: AccessApplication,
    *,
    by: User,
    document: Document | None,
    explanation: str,
    at: datetime | None = None,
) -> AccessApplication:
    """Save the copy of the identity document (None keeps the one there is) and a remark on it."""
    values: dict[str, Any] = {"explanation": explanation}
    if document is not None:
        values["identity_document"] = document
    return _save(application, "proof", values, by=by, at=at)


@transaction.atomic
def submit(application: AccessApplication, *, by: User, at: datetime | None = None) -> AccessApplication:
    """Send the application: the promise starts to run, the automatic checks are planned, the receipt goes out."""
    at = at or timezone.now()
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if left := missing(row):
        raise Incomplete(f"Finish the other parts first: {', '.join(left)}.")
    due = access_review(at)
    application_workflow.advance(
        row, "submit", by=by, at=at, submitted_at=at, due_at=due.at, due_rule=due.rule, attested_at=at,
        guidelines_version=GUIDELINES_VERSION, ask="",
    )  # fmt: skip
    signals.plan(row, at=at)
    notify.received(row, at=at)
    return row


@transaction.atomic
def withdraw(application: AccessApplication, *, by: User, at: datetime | None = None) -> AccessApplication:
    """End an application that the applicant does not want any more."""
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    return application_workflow.advance(row, "withdraw", by=by, at=at)


def drop_expired_tokens(*, at: datetime) -> int:
    """Forget links that nobody may use any more, and addresses that were never confirmed."""
    stale = AccessApplication.objects.filter(status=ApplicationStatus.EMAIL_PENDING, token_expires_at__lte=at)
    return stale.delete()[0]


@transaction.atomic
def _save(
    application: AccessApplication, part: str, values: Mapping[str, Any], *, by: User, at: datetime | None
) -> AccessApplication:
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if row.user_id != by.pk:
        raise NotAllowed("Only the applicant can do this.")
    if not is_editable(row):
        raise TransitionRefused("The application was sent. It cannot be changed now.")
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    record(Event.APPLICATION_SAVED, by=by, obj=row, data={"part": part}, at=at)
    return row


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
