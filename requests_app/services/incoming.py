"""Mails and calls that reached the company outside the portal: kept as they are, read by people, never trusted.

Nothing here becomes a request by itself. A person records one of it (requests_app.services.recording), adds it to a
request that is there, or puts it away with a reason. Each stands in the trail.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.addresses import judge
from accounts.enums import AddressVerdict
from accounts.look_alikes import imitation
from accounts.models import Agency, AgencyDomain, User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError, TransitionRefused
from foundation.core.references import normalise_reference
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentRefused
from foundation.documents.models import Document
from foundation.providers.models import Provider
from preservation.models import PreservationHold
from requests_app.enums import Channel, DocumentRole, IncomingStatus, RequestStatus
from requests_app.events import Event
from requests_app.models import DataRequest, IncomingMessage, RequestDocument
from requests_app.notify import desk as notify
from requests_app.permissions import entering_refusal, staff_may_see
from requests_app.services import recording
from requests_app.services.locks import lock
from requests_app.services.mail_reading import HEAD, MOST_BYTES, Mail, read_mail, shown_header

PURPOSE = "incoming"
NO_MAIL = "This file is no mail: it has no header that names who sent it. Save the mail itself, with its header."
_WORDS_WITH_NUMBERS = 40
_NO_REFERENCE = "Enter the reference of a request that you can open."
_DECIDED = "Somebody dealt with this meanwhile. Look at it again."


@dataclass(frozen=True)
class Sender:
    """What the registry knows of a sender's address: a verdict, why, the agency, and what name it imitates and how."""

    verdict: AddressVerdict
    why: str
    agency: Agency | None
    like: tuple[str, str] | None


def visible(user: User) -> QuerySet[IncomingMessage]:
    """Return what this person may read: of the own companies, and nothing of a request that is hidden from them.

    Nor what asks to keep records for an agency with which they declared a conflict.
    """
    if not has_permission(user, Permission.REVIEW_REQUEST):
        return IncomingMessage.objects.none()
    providers = user.staff_roles.filter(ended_at=None).values("provider")
    seen = DataRequest.objects.visible_to_staff(user).values("pk")
    conflicts = user.conflicts.filter(ended_at=None, agency__isnull=False)
    barred = PreservationHold.objects.filter(uid=OuterRef("uid"), agency__in=conflicts.values("agency"))
    rows = IncomingMessage.objects.filter(~Exists(barred), provider__in=providers)
    return rows.filter(Q(data_request=None) | Q(data_request__in=seen))


def to_read(user: User, at: datetime) -> list[QuerySet[IncomingMessage]]:
    """Return what waits to be read, for the count beside the entry of the navigation; a call waits for nobody."""
    return [visible(user).filter(status=IncomingStatus.NEW).exclude(channel=Channel.PHONE)]


@transaction.atomic
def take_mail(
    raw: bytes,
    *,
    provider: Provider,
    arrived_at: datetime | None = None,
    original: Document | None = None,
    mail: Mail | None = None,
    by: User | None,
    at: datetime | None = None,
) -> tuple[IncomingMessage, bool]:
    """Keep a mail with its files, encrypted and given to the document pipeline; return it, and whether it is new.

    The same mail again gives the row that is there. `original` is the file of it, where it is stored already, `mail`
    what was read of it, where it was; `by` None is the mailbox. Raises NotAllowed where this person enters nothing,
    Incomplete where it is too large.
    """
    at = at or timezone.now()
    if by is not None and (refusal := entering_refusal(by, provider.pk, None)):
        raise NotAllowed(refusal)
    if len(raw) > MOST_BYTES:
        raise Incomplete(f"This mail is larger than {MOST_BYTES // 1024 // 1024} MB. Ask for its files in the portal.")
    mail = mail or read_mail(raw)
    if known := IncomingMessage.objects.filter(provider=provider, message_id=mail.identity).first():
        return known, False
    row = IncomingMessage(
        provider=provider, channel=Channel.EMAIL, arrived_at=min(arrived_at or at, at), message_id=mail.identity,
        sender=mail.sender, sender_name=mail.sender_name, subject=mail.subject, text=mail.text,
        authentication=mail.authentication, entered_by=by,
    )  # fmt: skip
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        return IncomingMessage.objects.get(provider=provider, message_id=mail.identity), False
    _keep_files(row, raw, mail, original, by, at)
    record(Event.INCOMING_TAKEN, by=by, obj=row, data={"files": len(mail.attachments)}, at=at)
    return row, True


def take_file(upload: Any, *, provider: Provider, by: User, at: datetime | None = None) -> tuple[IncomingMessage, bool]:
    """Keep a mail that somebody saved as a file; return it, and whether it is new.

    It arrived when its header says: at our mail server, else when it was sent. Whoever records a request of it sees
    that moment and corrects it. Raises Incomplete for a file that is no mail, DocumentRefused too.
    """
    at = at or timezone.now()
    with transaction.atomic():
        original = documents.receive(
            upload, filename=upload.name, purpose=PURPOSE, by=by, limit=settings.UPLOAD_LIMIT_OFFICER, at=at
        )
        with documents.open_plain(original) as content:
            raw = content.read(MOST_BYTES + 1)
        mail = read_mail(raw)
        if not mail.is_mail:
            raise Incomplete(NO_MAIL)
        came = mail.arrived_at if mail.arrived_at and at - recording.OLDEST <= mail.arrived_at <= at else None
        row, is_new = take_mail(raw, provider=provider, arrived_at=came, original=original, mail=mail, by=by, at=at)
        if not is_new:
            documents.purge(original, by=by, reason="This mail was here already", at=at)
    return row, is_new


def sender_of(message: IncomingMessage) -> Sender:
    """Say what is known of the address a mail names as its sender, which anybody can write."""
    judgement = judge(message.sender)
    domain = judgement.domain
    like = None
    if domain and judgement.verdict != AddressVerdict.KNOWN_AGENCY:
        like = imitation(domain, AgencyDomain.objects.values_list("domain", flat=True))
    return Sender(judgement.verdict, judgement.why, judgement.agency, like)


def header_of(message: IncomingMessage) -> list[tuple[str, str]]:
    """Return date, readers and number as the header of a mail says them; nothing where its file cannot be read."""
    if message.original is None or message.channel != Channel.EMAIL:
        return []
    try:
        with documents.open_plain(message.original) as content:
            return shown_header(content.read(HEAD))
    except (PortalError, OSError):
        return []


def _keep_files(
    row: IncomingMessage, raw: bytes, mail: Mail, original: Document | None, by: User | None, at: datetime
) -> None:
    problems = list(mail.problems)
    if original is None:
        original = _received(raw, "message.eml", by, at, problems)
    kept = [_received(item.content, item.filename, by, at, problems) for item in mail.attachments]
    row.original, row.problems = original, problems
    row.save(update_fields=["original", "problems"])
    row.attachments.set([document for document in kept if document is not None])


def _received(content: bytes, name: str, by: User | None, at: datetime, problems: list[str]) -> Document | None:
    try:
        return documents.receive(content, filename=name, purpose=PURPOSE, by=by, limit=MOST_BYTES, at=at)
    except DocumentRefused as refused:
        problems.append(str(refused))
        return None


def mentioned(message: IncomingMessage, user: User) -> list[DataRequest]:
    """Return the requests whose references stand in subject or text, of those that this person may see."""
    words = f"{message.subject} {message.text}".split()
    found = dict.fromkeys(filter(None, (normalise_reference(word.strip(".,;:()[]<>")) for word in words)))
    rows = DataRequest.objects.visible_to_staff(user).filter(
        provider=message.provider_id, reference__in=list(found)[:_WORDS_WITH_NUMBERS]
    )
    return list(rows.order_by("reference"))


def files_of(message: IncomingMessage) -> list[Document]:
    """Return the mail itself and its files, which a request of it takes along."""
    first = [message.original] if message.original else []
    return [*first, *message.attachments.order_by("pk")]


def usable_files(message: IncomingMessage) -> list[Document]:
    """Return those of its files that were not refused and hold no virus: a request takes no others along."""
    return [file for file in files_of(message) if file.state not in {DocumentState.REFUSED, DocumentState.INFECTED}]


@transaction.atomic
def make_request(
    message: IncomingMessage, values: recording.Recorded, *, by: User, at: datetime | None = None
) -> DataRequest:
    """Record a request of a message; what is in `values` counts, the message gives its files and is dealt with.

    Its channel is the message's, whatever it says of itself: what a mail says of a treaty is a mail's word.
    """
    at = at or timezone.now()
    row = _open(message, by)
    made = recording.record(values, channel=row.channel, by=by, at=at)
    _decide(row, IncomingStatus.RECORDED, made, "", by, at)
    record(Event.INCOMING_RECORDED, by=by, obj=row, data={"request": made.reference}, at=at)
    return made


@transaction.atomic
def attach(message: IncomingMessage, reference: str, *, by: User, at: datetime | None = None) -> DataRequest:
    """Add a message with its files to a request that is there; who works on it is told.

    Raises NotAllowed for a request this person may not see, Incomplete for a reference that is none.
    """
    at = at or timezone.now()
    known = normalise_reference(reference)
    found = DataRequest.objects.visible_to_staff(by).filter(provider=message.provider_id, reference=known).first()
    if not known or found is None:
        raise Incomplete(_NO_REFERENCE)
    data_request = lock(found)
    if not staff_may_see(by, data_request):
        raise Incomplete(_NO_REFERENCE)
    if data_request.status in {RequestStatus.DRAFT, RequestStatus.WITHDRAWN}:
        raise NotAllowed("This request is with its officer, or was withdrawn: nothing is added to it.")
    if data_request.channel == Channel.HISTORY:
        raise NotAllowed("This request was brought over from earlier lists: nothing is added to it.")
    row = _open(message, by)
    for document in usable_files(row):
        item = RequestDocument.objects.create(
            data_request=data_request, document=document, role=DocumentRole.SUPPORTING, added_at=at, added_by=by
        )
        facts: dict[str, Any] = {"document": str(document.uid), "role": str(item.role), "sha256": document.sha256}
        record(Event.DOCUMENT_ADDED, by=by, obj=data_request, data=facts, at=at)
        notify.documents_added(data_request, last=item.pk, at=at)
    _decide(row, IncomingStatus.ANSWER, data_request, "", by, at)
    record(Event.INCOMING_ATTACHED, by=by, obj=row, data={"request": data_request.reference}, at=at)
    return data_request


@transaction.atomic
def dismiss(message: IncomingMessage, *, reason: str, by: User, at: datetime | None = None) -> IncomingMessage:
    """Put away what is no request, with the reason; nobody is written to."""
    at = at or timezone.now()
    if not reason.strip():
        raise Incomplete("Write why this is no request.")
    row = _open(message, by)
    _decide(row, IncomingStatus.DISMISSED, None, reason.strip()[:300], by, at)
    record(Event.INCOMING_DISMISSED, by=by, obj=row, reason=reason.strip(), at=at)
    return row


def _open(message: IncomingMessage, by: User) -> IncomingMessage:
    """Return the message's row, locked, while nobody dealt with it; this person must be able to read it."""
    if not visible(by).filter(pk=message.pk).exists():
        raise NotAllowed("You cannot read this message.")
    row = IncomingMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
    if row.status != IncomingStatus.NEW:
        raise TransitionRefused(_DECIDED)
    return row


def _decide(
    row: IncomingMessage, status: str, data_request: DataRequest | None, reason: str, by: User, at: datetime
) -> None:
    row.status, row.data_request, row.decided_reason = status, data_request, reason
    row.decided_at, row.decided_by, row.lock_version = at, by, row.lock_version + 1
    row.save(
        update_fields=["status", "data_request", "decided_reason", "decided_at", "decided_by", "lock_version"]
    )  # fmt: skip
