"""What the tests of the officer's pages share."""

from uuid import uuid4

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from foundation.documents.enums import DocumentState
from foundation.documents.models import Document
from foundation.legal.models import ProcessType
from requests_app.models import DataRequest
from tests.documents.files import make_pdf
from tests.factories import emergency_type, entity_of, process_type, team_of
from tests.people import make_provider


def make_desk():
    """The provider with its team, entity and two types of legal process."""
    provider = make_provider()
    team_of(provider)
    entity_of(provider)
    process_type()
    emergency_type()
    return provider


def pdf(name: str = "order.pdf", text: str = "Order") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, make_pdf(text), content_type="application/pdf")


def find_clean(data_request: DataRequest) -> None:
    """What the worker and the scanner would do."""
    Document.objects.filter(pk__in=data_request.documents.values("document")).update(
        state=DocumentState.CLEAN, scanned_at=timezone.now(), scanner="test", due_at=None, claimed_until=None
    )


def date_of(name: str, day: int, month: int, year: int) -> dict[str, str]:
    return {f"{name}_day": str(day), f"{name}_month": str(month), f"{name}_year": str(year)}


def save_order(client, draft: DataRequest, data: dict, action: str = "continue", *, number: int = 0):
    """Choose a type of process where the draft has no such order yet, then save the order's form."""
    if draft.orders.count() <= number:
        kind = ProcessType.objects.get(pk=data["process_type"])
        client.post(reverse("officer:order_new", args=[draft.uid]), {"key": uuid4(), "kind": kind.code})
    draft.refresh_from_db()
    process = draft.order_uses.order_by("position")[number].process
    url = reverse("officer:order", args=[draft.uid, process.uid])
    return client.post(url, {"treaty_channel": ""} | data | {"lock_version": draft.lock_version, "action": action})
