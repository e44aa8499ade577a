"""Takedown notices and batches for tests."""

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from accounts.models import User
from foundation.core.references import new_reference
from foundation.documents.models import Document
from requests_app.enums import Channel, ImportOutcome, ImportSource, TakedownStatus
from requests_app.models import DataRequest, ImportBatch, ImportLine, TakedownNotice
from requests_app.services import batches, takedowns
from tests.people import make_provider
from tests.requests_app.officer.lists import found_clean


def takedown_at(status: str = TakedownStatus.RECEIVED, **changes) -> TakedownNotice:
    """A notice that arrived an hour ago, in this state."""
    arrived = changes.pop("arrived_at", timezone.now() - timedelta(hours=1))
    due = takedowns.deadline(arrived, "IN")
    values = {
        "provider": make_provider(), "reference": new_reference("TD", arrived), "channel": Channel.POST,
        "jurisdiction": "IN", "authority": "Ministry of Home Affairs", "law": takedowns.LAW,
        "content": "https://scam.example/", "arrived_at": arrived, "deadline_at": due.at, "deadline_rule": due.rule,
    }  # fmt: skip
    return TakedownNotice.objects.create(status=status, **(values | changes))


def batch_file(content: str | bytes, *, by: User, name: str = "sahyog.csv") -> Document:
    """A file of a batch that was sent and found clean."""
    data = content.encode() if isinstance(content, str) else content
    document = batches.send(SimpleUploadedFile(name, data), provider=make_provider(), by=by)
    found_clean(document)
    document.refresh_from_db()
    return document


def batch_of(data_request: DataRequest, *, by: User) -> tuple[ImportBatch, Document]:
    """A batch with one line that became this request, and beside it a file that waits."""
    document = batch_file("external_reference,law,agency\nSH/1,BNSS 94,nobody.example\n", by=by)
    batch = ImportBatch.objects.create(
        provider=data_request.provider, source=ImportSource.SAHYOG, filename="batch.csv", sha256="0" * 64,
        imported_at=timezone.now(), imported_by=by,
    )  # fmt: skip
    ImportLine.objects.create(
        batch=batch, number=2, external_reference="SH/2", outcome=ImportOutcome.ACCEPTED, data_request=data_request
    )
    return batch, document
