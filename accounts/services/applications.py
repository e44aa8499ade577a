"""An application for access, from the first address to sending it."""

import hashlib
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from accounts import notify
from accounts.addresses import Judgement, judge
from accounts.deadlines import access_review, urgent_review
from accounts.enums import AddressVerdict, ApplicationStatus
from accounts.events import Event
from accounts.guards import application_workflow
from accounts.models import AccessApplication, Agency, StaffRole, User
from accounts.parts import fingerprint, is_editable, missing, proof_is_in_check, stored, title_of
from accounts.services import clock_notices, signals
from accounts.services.limits import Limit, try_once
from accounts.services.standing import unanswered
from accounts.services.takers import takers
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError, Stale, TransitionRefused
from foundation.core.references import new_reference
from foundation.documents import services as documents
from foundation.documents.models import Document

TOKEN_LIFE = timedelta(hours=24)
MAILS_PER_ADDRESS = Limit("access.address", 3, timedelta(hours=1))
# A whole force may sit behind one address of the network.
MAILS_PER_PLACE = Limit("access.place", 60, timedelta(hours=1))
PERSON = ("full_name", "rank", "unit", "badge", "phone")
_COPIED = (*PERSON, "agency_id", "proposed_agency", "address_note", "supervisor_name", "supervisor_contact")
# What tells two neighbours from one network: an IPv4 /24, an IPv6 /48.
_NETWORKS = {4: 24, 6: 48}


class AddressRefused(PortalError):
    """Nobody gets in with this address; the message says what to use instead."""


class SavedElsewhere(Stale):
    """Another window saved this part after this one was opened; `changed` names what differs from what was typed."""

    def __init__(self, changed: Mapping[str, Any]) -> None:
        super().__init__("This part was saved in another window after you opened it here.")
        self.changed = dict(changed)


def start(address: str, *, place: str, country: str = "", at: datetime | None = None) -> Judgement:
    """Begin an application and mail the link that confirms the address.

    `place` is the network address that asks, `country` what the front server says of it, if anything. Raises
    AddressRefused for free and disposable mail. For all other addresses the outcome looks the same, whether they are
    new, have an account, or were sent too many mails already.
    """
    at = at or timezone.now()
    found = judge_applicant(address)
    if not try_once(MAILS_PER_PLACE, place, at=at):
        raise PortalError(
            "Too many requests came from your network within an hour. Try again in an hour, or have your agency write "
            "to us: the contact page says how."
        )
    if found.refused:
        record(Event.ADDRESS_REFUSED, by=AnonymousUser(), outcome="refused", reason=found.why, at=at)
        raise AddressRefused(found.advice)
    if try_once(MAILS_PER_ADDRESS, found.address, at=at):
        _send_link(found, at, place_hash=hash_of_network(place), signup_country=country)
    return found


def judge_applicant(address: str) -> Judgement:
    """Return the verdict on the address of an applicant: the provider's own people decide here and never apply."""
    found = judge(address)
    if found.refused or not _is_our_own(found):
        return found
    why = "a domain of the provider's own staff"
    advice = f"Addresses at {found.domain} are those of our own staff, who cannot apply for access."
    return Judgement(found.address, AddressVerdict.REFUSED, why, advice, country=found.country)


def _is_our_own(found: Judgement) -> bool:
    """Say whether this is a domain of the provider: by its settings, or because people who work here have it."""
    ours = {*settings.SSO_STAFF_DOMAINS, *settings.STAFF_EMAIL_DOMAINS}
    if any(found.domain == name or found.domain.endswith(f".{name}") for name in ours):
        return True
    if found.verdict is AddressVerdict.KNOWN_AGENCY:
        return False
    return StaffRole.objects.filter(user__email__iendswith=f"@{found.domain}", user__is_active=True).exists()


def hash_of_network(place: str) -> str:
    """Return a keyed hash of the network that an address lies in, or nothing where it is no address."""
    try:
        address = ip_address(place)
    except ValueError:
        return ""
    network = ip_network(f"{address}/{_NETWORKS[address.version]}", strict=False)
    return salted_hmac("accounts.place", str(network), algorithm="sha256").hexdigest()


@transaction.atomic
def _send_link(found: Judgement, at: datetime, **origin: str) -> None:
    if user := User.objects.filter(email=found.address).first():
        notify.address_known(user, at=at)
        return
    application, token = with_link(found, at=at, **origin)
    notify.confirm_address(application, token=token, at=at)


def with_link(
    found: Judgement, *, at: datetime, place_hash: str = "", signup_country: str = "", **facts: Any
) -> tuple[AccessApplication, str]:
    """Return the application that waits for this address to be confirmed, and a new link's token; sends nothing.

    `facts` are what is known of the applicant already; they replace nothing that is there. For addresses without an
    account, in the caller's transaction.
    """
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
    for name, value in facts.items():
        if not getattr(application, name):
            setattr(application, name, value)
    application.verdict = found.verdict
    application.place_hash, application.signup_country = place_hash, signup_country
    application.token_hash, application.token_expires_at = _hash(token), at + TOKEN_LIFE
    application.save()
    record(Event.APPLICATION_STARTED, by=AnonymousUser(), obj=application, data={"verdict": str(found.verdict)}, at=at)
    return application, token


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
    member = user.membership
    if user.is_staff_member or (member is not None and member.lapsed_at is None):
        raise NotAllowed("You belong to an agency here already. If you cannot work, ask it to call us.")
    found, last = judge_applicant(user.email), mine.first()
    if found.refused:
        raise AddressRefused(found.advice)
    copied = {name: getattr(last, name) for name in _COPIED} if last else {}
    application = AccessApplication.objects.create(
        reference=new_reference("AC", at), email=user.email, user=user, verdict=found.verdict,
        status=ApplicationStatus.DRAFT, created_at=at, **copied,
    )  # fmt: skip
    record(Event.APPLICATION_STARTED, by=user, obj=application, data={"verdict": str(found.verdict)}, at=at)
    return application


def save_address(
    application: AccessApplication, *, by: User, note: str, seen: str = "", at: datetime | None = None
) -> AccessApplication:
    """Save why the address is official, where the registry does not know it."""
    return _save(application, "address", {"address_note": note}, by=by, seen=seen, at=at)


def save_person(
    application: AccessApplication,
    *,
    by: User,
    values: Mapping[str, str],
    seen: str = "",
    at: datetime | None = None,
) -> AccessApplication:
    """Save name, rank, unit, badge number and direct phone: those of them that are given."""
    given = {name: values[name] for name in PERSON if name in values}
    return _save(application, "person", given, by=by, seen=seen, at=at)


def save_agency(
    application: AccessApplication,
    *,
    by: User,
    agency: Agency | None = None,
    proposal: Mapping[str, str] | None = None,
    seen: str = "",
    at: datetime | None = None,
) -> AccessApplication:
    """Save the agency that was picked from the registry, or the description of one that is not in it."""
    values = {"agency": agency, "proposed_agency": dict(proposal or {})}
    return _save(application, "agency", values, by=by, seen=seen, at=at)


def save_supervisor(
    application: AccessApplication,
    *,
    by: User,
    name: str | None = None,
    contact: str | None = None,
    seen: str = "",
    at: datetime | None = None,
) -> AccessApplication:
    """Save who can confirm the officer; this person is reached through the switchboard only."""
    values = {"supervisor_name": name, "supervisor_contact": contact}
    return _save(application, "supervisor", _given(values), by=by, seen=seen, at=at)


def save_proof(
    application: AccessApplication,
    *,
    by: User,
    document: Document | None = None,
    kind: str | None = None,
    explanation: str | None = None,
    seen: str = "",
    at: datetime | None = None,
) -> AccessApplication:
    """Save what the proof is, a remark on it, and the file itself (None keeps the one there is).

    A file is attached even where the rest is refused as older than what is stored: it cannot be shown again in a page.
    """
    if document is not None:
        application = _attach(application, document, by=by, at=at)
    return _save(
        application, "proof", _given({"proof_kind": kind, "explanation": explanation}), by=by, seen=seen, at=at
    )


@transaction.atomic
def submit(
    application: AccessApplication, *, by: User, guidelines: str = "", at: datetime | None = None
) -> AccessApplication:
    """Send the application: the promise starts to run, the automatic checks are planned, the receipt goes out.

    `guidelines` is the version that the applicant saw; Stale is raised where another is in force by now. Sending twice
    sends once. Incomplete names the parts that are missing, or says that the proof is in its check.
    """
    at = at or timezone.now()
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if row.status == ApplicationStatus.SUBMITTED and row.user_id == by.pk:
        return row
    if is_editable(row):
        _refuse_unready(row, guidelines, at)
    due = urgent_review(at) if row.urgent_at else access_review(at)
    application_workflow.advance(
        row, "submit", by=by, at=at, submitted_at=at, due_at=due.at, due_rule=due.rule, remind_at=due.remind_at,
        attested_at=at, guidelines_version=settings.GUIDELINES_VERSION, ask="",
    )  # fmt: skip
    signals.plan(row, at=at)
    notify.received(row, at=at)
    if row.urgent_at:
        able = User.objects.filter(pk__in=takers([row])[row.pk]).order_by("pk")
        clock_notices.urgent(row, able, at=at)
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


def refuse_old_guidelines(seen: str) -> None:
    """Raise Stale where the guidelines changed after the page with the declaration was drawn."""
    if seen and seen != settings.GUIDELINES_VERSION:
        raise Stale("The guidelines changed after you opened this page. Read the new version, then declare again.")


def _refuse_unready(row: AccessApplication, guidelines: str, at: datetime) -> None:
    if left := missing(row):
        raise Incomplete(f"Finish the other parts first: {', '.join(title_of(step).lower() for step in left)}.")
    if why_not := unanswered(row):
        raise Incomplete(why_not)
    if proof_is_in_check(row, at=at):
        raise Incomplete("Your file is still being checked. This takes seconds: send again.")
    refuse_old_guidelines(guidelines)
    found = judge_applicant(row.email)
    if found.refused:  # its domain was shut out after the application was begun
        raise NotAllowed(found.advice)


@transaction.atomic
def _save(
    application: AccessApplication,
    part: str,
    values: Mapping[str, Any],
    *,
    by: User,
    seen: str,
    at: datetime | None,
) -> AccessApplication:
    """Save what is new; `seen` is the fingerprint of what the page showed, nothing where there was no page."""
    at = at or timezone.now()
    row = _own_editable(application, by)
    changed = {name: held for name, held in stored(row, part).items() if name in values and held != values[name]}
    if not changed:
        return row
    if seen and seen != fingerprint(row, part):
        raise SavedElsewhere(changed)
    for name in changed:
        setattr(row, name, values[name])
    row.saved_at = at
    row.save(update_fields=[*changed, "saved_at"])
    record(Event.APPLICATION_SAVED, by=by, obj=row, data={"part": part}, at=at)
    return row


@transaction.atomic
def _attach(application: AccessApplication, document: Document, *, by: User, at: datetime | None) -> AccessApplication:
    at = at or timezone.now()
    row = _own_editable(application, by)
    replaced, row.identity_document, row.saved_at = row.identity_document, document, at
    row.document_purged_at = None
    row.save(update_fields=["identity_document", "document_purged_at", "saved_at"])
    data = {"part": "proof", "sha256": document.sha256}
    record(Event.APPLICATION_SAVED, by=by, obj=row, data=data, at=at)
    # What was never sent was seen by nobody and decides nothing.
    if replaced is not None and row.submitted_at is None:
        documents.purge(replaced, by=by, reason="Another was sent in its place", at=at)
    return row


def _own_editable(application: AccessApplication, by: User) -> AccessApplication:
    row = AccessApplication.objects.select_for_update().get(pk=application.pk)
    if row.user_id != by.pk:
        raise NotAllowed("Only the applicant can do this.")
    if not is_editable(row):
        raise TransitionRefused("The application was sent. It cannot be changed now.")
    return row


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
