"""Emergencies of which records have left, for tests of what follows."""

from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from requests_app.models import DataRequest, DisclosurePackage, PackageLine
from requests_app.services import emergency_after, emergency_cases
from requests_app.services.locks import lock
from tests.documents.files import make_pdf
from tests.factories import clean_pdf, request_at


def released_emergency(*, at=None, binding=False, **columns):
    """An emergency whose only package was released at this time; `binding`: because the law compels it."""
    at = at or timezone.now()
    row = request_at("produced", kind="emergency", **columns)
    people = row.test_people
    row.proposals.update(binding=binding)
    package = DisclosurePackage.objects.create(
        data_request=row, number=1, status="released", prepared_by=people.analyst, prepared_at=at, due_at=at,
        released_at=at, released_by=people.approver,
        **{name: clean_pdf(people.analyst) for name in ("manifest", "letter", "archive")},
    )  # fmt: skip
    PackageLine.objects.bulk_create(PackageLine(package=package, line=line) for line in row.lines.all())
    with transaction.atomic():
        emergency_after.released(lock(row), at=at)
    row = DataRequest.objects.get(pk=row.pk)
    row.test_people = people
    return row


def emergency_in(status, **columns):
    """An emergency in this status, with what is kept of it."""
    row = request_at(status, kind="emergency", **columns)
    emergency_cases.opened(row, at=timezone.now())
    return row


def paper(name="order.pdf"):
    """A file that nobody sent before."""
    return SimpleUploadedFile(name, make_pdf(str(uuid4())), content_type="application/pdf")


def found_clean(row):
    """The scanner found nothing in what was sent."""
    documents = Document.objects.filter(pk__in=row.documents.values("document"))
    documents.update(state=DocumentState.CLEAN, scanned_at=timezone.now(), scanner="test", due_at=None)
