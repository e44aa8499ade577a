"""Certificates of packages: drafted by software, signed by a named custodian, by key or by hand.

A certificate lies beside the archive: it states the hashes of what was sealed before, so that it can also follow
later, and the archive stays the same.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, TransitionRefused
from foundation.core.paper import PDF
from foundation.core.references import new_check_code
from foundation.documents import services as documents
from foundation.documents.models import Document
from foundation.notifications.running_clocks import Stage
from requests_app.enums import CertificateForm, LineDecision
from requests_app.events import Event
from requests_app.models import Certificate, DataRequest, DisclosurePackage, LaterAsk, PaperLook
from requests_app.notify import certificates as notify
from requests_app.notify.recipients import readers
from requests_app.permissions import is_emergency
from requests_app.release_enums import CertificateKind, CertificateStatus, LaterKind, LaterStatus, SignedBy
from requests_app.release_permissions import CERTIFIED, certificate_workflow, drafting_refusal
from requests_app.services import certificate_checks, certificate_paper, issued, later, proofs, signing_keys
from requests_app.services.locks import lock_package

PURPOSE = "certificate"
SIGNING = (Permission.SIGN_CERTIFICATE,)
NOT_READ = "Read every page of the draft first."
_UNSEALED = "Something was taken out of the package, and it is sealed anew."
CHANGED = "The draft was changed since you opened this page. Read it again."
NO_KEY = "You have no key that is valid now. Add one under “Your key”, or sign on paper."
_RELATED = (
    "package__data_request__provider", "package__data_request__agency", "custodian", "drafted_by", "draft", "signed",
    "identity",
)  # fmt: skip


# What depends on certificates --------------------------------------------------------------------------------------
def wanted(package: DisclosurePackage) -> bool:
    """Say whether a certificate was asked for with the request."""
    return bool(package.data_request.certificate_form)


def current(package: DisclosurePackage) -> list[Certificate]:
    """Return the signed certificates in force, as they are given out."""
    rows = package.certificates.filter(status=CertificateStatus.SIGNED)
    return list(rows.select_related("signed", "custodian").order_by("signed_at", "pk"))


def release_refusal(package: DisclosurePackage, *, follows: str = "") -> str:
    """Say why the certificate that was asked for keeps a package back; empty where it does not.

    An emergency never waits for it. follows: why it may leave before the custodian has signed.
    """
    if not wanted(package) or is_emergency(package.data_request) or follows.strip() or package.certificate_follows:
        return ""
    form = package.data_request.certificate_form
    if package.certificates.filter(status=CertificateStatus.SIGNED, form=form).exists():
        return ""
    return "The certificate that was asked for is not signed. Have it signed first, or write why it follows."


def outstanding(package: DisclosurePackage) -> bool:
    """Say whether a certificate was asked for that is not signed yet."""
    form = package.data_request.certificate_form
    return bool(form) and not package.certificates.filter(status=CertificateStatus.SIGNED, form=form).exists()


def asked_later(package: DisclosurePackage, *, form: str = "") -> LaterAsk | None:
    """Return the oldest open question for a certificate of this package, or of one in this form.

    The signature answers it, so one that names another package is not meant.
    """
    rows = package.data_request.later_asks.filter(kind=LaterKind.CERTIFICATE, status=LaterStatus.OPEN)
    rows = rows.filter(Q(package=package) | Q(package=None))
    return (rows.filter(certificate_form=form) if form else rows).first()


# Lists --------------------------------------------------------------------------------------------------------------
def visible(user: User) -> QuerySet[Certificate]:
    """Return the certificates of requests that this person may see."""
    seen = DataRequest.objects.visible_to_staff(user)
    return Certificate.objects.filter(package__data_request__in=seen).select_related(*_RELATED)


def to_sign(user: User) -> QuerySet[Certificate]:
    """Return the drafts that wait for this custodian, the oldest first; not of a package that was stopped."""
    rows = visible(user).filter(status=CertificateStatus.DRAFT, custodian=user, package__status__in=CERTIFIED)
    return rows.order_by("drafted_at", "pk")


def to_sign_now(user: User, at: datetime) -> list[QuerySet[Certificate]]:
    """Return what the navigation counts."""
    return [to_sign(user)] if has_permission(user, Permission.SIGN_CERTIFICATE) else []


def unsigned() -> QuerySet[Certificate]:
    """Return every draft that waits for its custodian, of packages that stand."""
    rows = Certificate.objects.filter(status=CertificateStatus.DRAFT, package__status__in=CERTIFIED)
    return rows.select_related("package__data_request", "custodian", "drafted_by")


def tell_unsigned(certificate: Certificate, stage: Stage, at: datetime) -> None:
    """Remind the custodian and whoever drafted it, once."""
    notify.still_waits(certificate, at=at)


def done(user: User, *, before: tuple[datetime, int] | None = None) -> QuerySet[Certificate]:
    """Return what was signed, the newest first, or what comes after a place in that list."""
    rows = visible(user).filter(signed_at__isnull=False)
    if before is not None:
        moment, pk = before
        rows = rows.filter(Q(signed_at__lt=moment) | Q(signed_at=moment, pk__lt=pk))
    return rows.order_by("-signed_at", "-pk")


def custodians(data_request: DataRequest) -> list[User]:
    """Return who may sign for this request: a custodian of the company who may read it."""
    return list(readers(data_request, SIGNING).exclude(pk=data_request.recorded_by_id or 0).order_by("full_name"))


def unsealed(package: DisclosurePackage, *, at: datetime) -> None:
    """End every certificate of a locked package whose seal is taken off: its hashes are of files that are gone."""
    rows = package.certificates.select_for_update(of=("self",)).select_related("custodian", "signed")
    for row in rows.filter(status__in=[CertificateStatus.DRAFT, CertificateStatus.SIGNED]):
        row.package = package
        action = "void" if row.status == CertificateStatus.SIGNED else "lapse"
        _end(row, action, reason=_UNSEALED, by=None, at=at)


# Drafting -----------------------------------------------------------------------------------------------------------
def kind_of(package: DisclosurePackage) -> CertificateKind:
    """Return what a custodian declares of this package: of its records, or of a search that found none."""
    return CertificateKind.RECORDS if package.items.exists() else CertificateKind.SEARCH


def _searched_in_vain(package: DisclosurePackage) -> bool:
    """Say whether a package without files answers a search that found nothing, and not one whose files went out."""
    searched = package.data_request.lines.filter(decision=LineDecision.NO_RECORDS).exists()
    return searched and not package.lines.exists()


def draft(
    package: DisclosurePackage,
    *,
    form: str,
    custodian: User,
    facts: Mapping[str, Any],
    by: User,
    asked_later: LaterAsk | None = None,
    at: datetime | None = None,
) -> Certificate:
    """Draft a certificate for a custodian to sign; they are told. Raises NotAllowed and Incomplete."""
    at = at or timezone.now()
    _require_draftable(package, form=form, custodian=custodian, by=by)
    certificate = Certificate(
        package=package, kind=kind_of(package), form=form, facts=certificate_checks.with_seal(facts, package),
        custodian=custodian, drafted_by=by, drafted_at=at, check_code=new_check_code(), later=asked_later,
    )  # fmt: skip
    content = certificate_paper.draft_pdf(certificate, at=at)
    with transaction.atomic():
        package = lock_package(package)
        _require_draftable(package, form=form, custodian=custodian, by=by)
        certificate_checks.require_same_seal(certificate, package)
        if package.certificates.filter(status=CertificateStatus.DRAFT, form=form, custodian=custodian).exists():
            raise TransitionRefused("A draft of this certificate waits for this custodian already. Change that one.")
        certificate.package = package
        certificate.draft = _store(certificate, content, by=by, at=at)
        certificate.save(force_insert=True)
        record(Event.CERTIFICATE_DRAFTED, by=by, obj=certificate, data=_said(certificate), at=at)
        if custodian != by:
            notify.waits(certificate, at=at)
    return certificate


def change(
    certificate: Certificate, *, custodian: User, facts: Mapping[str, Any], by: User, at: datetime | None = None
) -> Certificate:
    """Draft it anew with other facts, or for another custodian; what was read of it before counts no more."""
    at = at or timezone.now()
    package, form = certificate.package, certificate.form
    _require_draftable(package, form=form, custodian=custodian, by=by)
    certificate.facts, told = certificate_checks.with_seal(facts, package), custodian not in (by, certificate.custodian)
    certificate.custodian = custodian
    content = certificate_paper.draft_pdf(certificate, at=at)
    with transaction.atomic():
        row = _draft_row(certificate)
        _require_draftable(row.package, form=form, custodian=custodian, by=by)
        certificate_checks.require_same_seal(certificate, row.package)
        old = [document for document in (row.draft, row.signed) if document is not None]
        row.facts, row.custodian, row.signed = certificate.facts, custodian, None
        row.draft = _store(row, content, by=by, at=at)
        row.save(update_fields=["facts", "custodian", "draft", "signed"])
        record(Event.CERTIFICATE_CHANGED, by=by, obj=row, data=_said(row), at=at)
        for document in old:
            documents.purge(document, by=by, reason="Drafted anew", at=at)
        if told:
            notify.waits(row, at=at)
    return row


def _require_draftable(package: DisclosurePackage, *, form: str, custodian: User, by: User) -> None:
    if why := drafting_refusal(by, package):
        raise NotAllowed(why)
    if not (package.items.exists() or _searched_in_vain(package)):
        raise NotAllowed("No file is in this package, and no search ended without records: nothing can be certified.")
    if form not in CertificateForm.values:
        raise Incomplete("Choose a form.")
    if custodian not in custodians(package.data_request):
        raise Incomplete("Choose a custodian who may read this request.")


def _store(certificate: Certificate, content: bytes, *, by: User, at: datetime) -> Document:
    name = f"certificate-{certificate.package.number}-draft.pdf"
    return documents.write_generated(
        content, filename=name, media_type=PDF, purpose=PURPOSE, by=by, preview=True, at=at
    )


# Signing ------------------------------------------------------------------------------------------------------------
def sign(certificate: Certificate, *, pin: str, seen: str, by: User, at: datetime | None = None) -> Certificate:
    """Sign the draft with the custodian's own key, after they read it; seen: the hash of the draft they had open.

    The key works in a process of its own and outside of any transaction; what comes back was checked there already.
    Raises NotAllowed, Incomplete, TransitionRefused and KeyNotTaken; nothing is kept of a signature that fails.
    """
    at = at or timezone.now()
    _require_signable(certificate, seen=seen, by=by)
    if why := certificate_checks.day_refusal(certificate, by=by, at=at):
        raise Incomplete(why)
    identity = signing_keys.usable(by, at=at)
    if identity is None:
        raise NotAllowed(NO_KEY)
    assert certificate.draft is not None  # noqa: S101 - _require_signable has seen it
    with documents.open_plain(certificate.draft) as plain:
        content = plain.read()
    place = str(certificate.facts.get("place", ""))
    made = signing_keys.sign_pdf(content, identity, pin=pin, place=place, at=at)
    with transaction.atomic():
        row = _draft_row(certificate)
        _require_signable(row, seen=seen, by=by)
        name = f"certificate-{row.package.number}.pdf"
        document = documents.write_generated(
            made.content, filename=name, media_type=PDF, purpose=PURPOSE, by=by, preview=True, at=at
        )
        if row.signed is not None:
            documents.purge(row.signed, by=by, reason="Signed with a key in its place", at=at)
        stamp = {"stamped_at": made.stamped_at, "stamped_by": made.stamped_by}
        _signed(row, document, with_=SignedBy.KEY, by=by, at=at, identity=identity, **stamp)
    return row


@transaction.atomic
def upload_scan(
    certificate: Certificate, upload: Any, *, pages: int, by: User, at: datetime | None = None
) -> Certificate:
    """Take the scan of a draft that was signed by hand; it counts once it is checked and the custodian says so."""
    at = at or timezone.now()
    row = _draft_row(certificate)
    if why := certificate_workflow.refusal(row, "sign", by):
        raise NotAllowed(why)
    if pages < 1:
        raise Incomplete("Write how many pages you signed.")
    document = documents.receive(
        upload, filename=upload.name, purpose=PURPOSE, by=by, limit=settings.UPLOAD_LIMIT_OFFICER, at=at
    )
    old, row.signed = row.signed, document
    row.facts = {**row.facts, "signed_pages": pages}
    row.save(update_fields=["signed", "facts"])
    facts = _said(row) | {"sha256": document.sha256, "pages": pages}
    record(Event.CERTIFICATE_UPLOADED, by=by, obj=row, data=facts, at=at)
    if old is not None:
        documents.purge(old, by=by, reason="Another scan came in its place", at=at)
    return row


@transaction.atomic
def sign_by_hand(certificate: Certificate, *, seen: str, by: User, at: datetime | None = None) -> Certificate:
    """Take the scan that the custodian looked at as what they signed by hand; seen: its hash. Raises as sign() does."""
    at = at or timezone.now()
    row = _draft_row(certificate)
    if why := certificate_workflow.refusal(row, "sign", by):
        raise NotAllowed(why)
    certificate_checks.require_same_seal(row, row.package)
    if row.signed is None or row.signed.sha256 != seen:
        raise TransitionRefused("Upload the scan first, and look at it.")
    documents.require_clean(row.signed)
    certificate_checks.require_pages(row)
    if not PaperLook.objects.filter(document=row.signed, user=by).exists():
        raise Incomplete("Look at the pages of the scan first.")
    _signed(row, row.signed, with_=SignedBy.HAND, by=by, at=at)
    return row


def _require_signable(certificate: Certificate, *, seen: str, by: User) -> None:
    if why := certificate_workflow.refusal(certificate, "sign", by):
        raise NotAllowed(why)
    certificate_checks.require_same_seal(certificate, certificate.package)
    draft = certificate.draft
    if draft is None or draft.sha256 != seen:
        raise TransitionRefused(CHANGED)
    if not PaperLook.objects.filter(document=draft, user=by).exists():
        raise Incomplete(NOT_READ)


def _signed(
    certificate: Certificate, document: Document, *, with_: SignedBy, by: User, at: datetime, **fields: Any
) -> None:
    """Write down that it is signed, and all that follows: who waited for it is told, an officer where it follows."""
    stamped = fields.get("stamped_at")
    facts = _said(certificate) | {
        "sha256": document.sha256, "with": str(with_), "stamped_at": stamped.isoformat() if stamped else "",
    }  # fmt: skip
    certificate_workflow.advance(
        certificate, "sign", by=by, at=at, data=facts, signed=document, signed_with=with_, signed_at=at, **fields
    )
    issued.issue_certificate(certificate, at=at)
    proofs.note_certificate(certificate, at=at)
    later.certificate_signed(certificate, at=at)
    if certificate.drafted_by != by:
        notify.signed(certificate, at=at)
    if certificate.package.released_at is not None:
        notify.follows(certificate, at=at)


@transaction.atomic
def discard(certificate: Certificate, *, reason: str, by: User, at: datetime | None = None) -> Certificate:
    """Drop a draft with a reason."""
    at = at or timezone.now()
    row = _draft_row(certificate)
    _end(row, "discard", reason=reason, by=by, at=at)
    if row.drafted_by != by:
        notify.discarded(row, at=at)
    return row


@transaction.atomic
def withdraw(certificate: Certificate, *, reason: str, by: User, at: datetime | None = None) -> Certificate:
    """Say that a signed certificate stands no longer: the check page says so, and it is given out no more."""
    at = at or timezone.now()
    row = _locked_row(certificate)
    _end(row, "withdraw", reason=reason, by=by, at=at)
    issued.withdraw_certificate(row, at=at)
    if row.package.released_at is not None:
        notify.withdrawn(row, at=at)
    return row


def _end(row: Certificate, action: str, *, reason: str, by: User | None, at: datetime) -> None:
    reason = reason.strip()
    if not reason:
        raise Incomplete("Write why.")
    certificate_workflow.advance(
        row, action, by=by, at=at, reason=reason, data=_said(row), ended_at=at, ended_reason=reason
    )


def _said(certificate: Certificate) -> dict[str, Any]:
    package = certificate.package
    return {
        "request": package.data_request.reference or "", "package": package.number, "form": certificate.form,
        "kind": certificate.kind, "custodian": certificate.custodian_id,
    }  # fmt: skip


def _locked_row(certificate: Certificate) -> Certificate:
    package = lock_package(certificate.package)
    rows = Certificate.objects.select_for_update(of=("self",)).select_related(
        "custodian", "drafted_by", "draft", "signed"
    )
    row: Certificate = rows.get(pk=certificate.pk)
    row.package = package
    return row


def _draft_row(certificate: Certificate) -> Certificate:
    row = _locked_row(certificate)
    if row.status != CertificateStatus.DRAFT:
        raise TransitionRefused("This cannot be done any more: the state has changed.")
    return row
