"""Holds for tests.

draft = draft_of(officer)                                # complete: it could be sent as it is
hold = hold_of(officer, at=at)                           # active since at
hold = hold_of(officer, status="expired")                # in any state, reached by the services
extension = extension_of(hold, at=at)
"""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from foundation.core.identifiers import read_identifier
from foundation.documents.models import Document
from foundation.legal.models import BarsNotice, Issuer, Jurisdiction, ProcessType
from preservation.models import HoldExtension, PreservationHold
from preservation.services import drafts, extensions, life, placing, sweeping
from preservation.services.drafts import Step
from preservation.services.extension_offers import wants_order
from tests.people import make_officer, make_provider, make_staff

AT = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
RECORDS = {
    "categories": ["registration", "transactions"],
    "period_from": date(2025, 3, 1),
    "period_to": date(2025, 9, 30),
}
REASON = {
    "title": "Operation Fjordlys",
    "case_number": "NV 26/18852",
    "ground": "policy",
    "process_type": None,
    "process_follows": True,
    "process_follows_by": date(2027, 1, 15),
}


def draft_of(officer=None, *, at=AT, identifiers=(("uid", "48213377"), ("email", "a@mail.example")), **reason):
    """A complete draft."""
    officer = officer or make_officer()
    draft = drafts.start(make_provider(), by=officer, key=uuid4(), at=at)
    found = [read_identifier(kind, value) for kind, value in identifiers]
    drafts.add_identifiers(draft, found, version=0, by=officer, at=at)
    drafts.save(draft, Step.RECORDS, RECORDS, version=1, by=officer, at=at)
    draft = drafts.save(draft, Step.REASON, REASON | reason, version=2, by=officer, at=at)
    if wants_order(draft):
        draft.document = signed_document(officer)
        draft.save(update_fields=["document"])
    return draft


def signed_document(officer) -> Document:
    """The row of a checked file; nothing is stored under it."""
    return Document.objects.create(
        filename="order.pdf", purpose="hold", media_type="application/pdf", size=48_213, sha256="0f" * 32, crc32=1,
        scanned_at=AT,
        uploaded_by=officer, created_at=AT, state="clean", storage_name=uuid4().hex, data_key=b"key",
        master_key_id="test",
    )  # fmt: skip


def hold_of(officer=None, *, at=AT, status="active", **reason) -> PreservationHold:
    """A hold that started at this time, brought to a state as the portal would."""
    if status == "draft":
        return draft_of(officer, at=at, **reason)
    draft = draft_of(officer, at=at, **reason)
    hold = placing.request(draft, version=draft.lock_version, by=draft.officer, at=at)
    later = at + timedelta(hours=1)
    if status == "process_served":
        life.attach_process(hold, "MX-26-7K4Q9TX", at=later)
    elif status == "on_treaty":
        life.start_treaty(hold, reason="MLA of 1 Nov", by=make_staff("preservation_admin"), at=later)
    elif status in {"released", "destroyed"}:
        life.release(hold, by=hold.officer, at=later)
    elif status == "expired":
        sweeping.sweep(at=hold.expires_at)
    if status in {"requested", "declined", "destroyed"}:  # states that no service leaves a hold in by itself
        PreservationHold.objects.filter(pk=hold.pk).update(status=status, next_action_at=None)
    hold.refresh_from_db()
    assert hold.status == status
    return hold


def extension_of(hold: PreservationHold, *, at=None, reason="We wait for a court or prosecutor") -> HoldExtension:
    """An extension that waits for a decision."""
    return extensions.ask(hold, reason=reason, by=hold.officer, at=at or hold.starts_at + timedelta(days=60))


def law(code="NO-PRES-TEST", *, days=60, extension_days=30, most=1, country="NO", **changes) -> ProcessType:
    """A law under which data must be kept."""
    place, _made = Jurisdiction.objects.get_or_create(code=country, defaults={"name": "Norway"})
    values = {
        "name": "Preservation order",
        "catalogue_version": "test",
        "jurisdiction": place,
        "authority": "Criminal Procedure Act, section 215a",
        "issuer": Issuer.OFFICER,
        "bars_notice": BarsNotice.YES,
        "route": "direct",
        "preservation_days": days,
        "extension_days": extension_days,
        "maximum_extensions": most,
        "is_preservation": True,
    }
    return ProcessType.objects.create(code=code, **(values | changes))


def now() -> datetime:
    """The present, for pages that read the clock."""
    return timezone.now()
