"""What does not stay: copies of identity documents, and drafts that nobody touches."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.enums import ApplicationStatus
from accounts.models import AccessApplication
from accounts.services import appeals, applications, retention, vetting
from accounts.tasks import sweep
from foundation.audit.models import AuditEvent
from foundation.documents import services as documents
from foundation.documents.models import Document
from tests.accounts.factories import make_application
from tests.accounts.helpers import words
from tests.documents.files import make_image
from tests.people import client_for, make_agency, make_staff

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def vault(tmp_path: Path, settings) -> Path:
    settings.STORAGES = settings.STORAGES | {
        "documents": {
            "BACKEND": "foundation.documents.storage.PrivateFileStorage", "OPTIONS": {"location": str(tmp_path)}
        }
    }  # fmt: skip
    return tmp_path


def files(vault: Path) -> int:
    return sum(path.is_file() for path in vault.rglob("*"))


def declined() -> AccessApplication:
    application = make_application(make_agency(), document=True)
    documents.process(application.identity_document)
    analyst = make_staff("analyst")
    vetting.take(application, by=analyst)
    vetting.decline(again(application), by=analyst, reason="No")
    return again(application)


def again(application) -> AccessApplication:
    return AccessApplication.objects.select_related("identity_document").get(pk=application.pk)


def test_the_copy_goes_30_days_after_the_decision_and_its_hash_stays(vault):
    application = declined()
    sha256 = application.identity_document.sha256
    assert files(vault) == 2
    assert retention.purge_old_documents(at=application.decided_at + 30 * DAY - DAY / 24) == 0
    due = application.decided_at + 30 * DAY
    assert retention.purge_old_documents(at=due) == 1
    assert retention.purge_old_documents(at=due) == 0
    documents.sweep(at=due)
    stored = again(application)
    assert files(vault) == 0
    assert stored.document_purged_at == due
    assert stored.identity_document.sha256 == sha256
    event = AuditEvent.objects.get(action="access.identity_document_purged")
    assert sha256 in bytes(event.payload).decode()
    assert '"outcome":"rejected"' in bytes(event.payload).decode()
    said = words(client_for(make_staff("analyst")).get(f"/staff/access/{application.reference}/"))
    assert "Deleted on" in said
    assert sha256 in said
    assert "Declined" in said


def test_how_long_is_a_setting(settings):
    settings.IDENTITY_DOCUMENT_DAYS = 3
    application = declined()
    assert retention.purge_old_documents(at=application.decided_at + 3 * DAY) == 1


def test_an_appeal_keeps_it():
    application = declined()
    appeals.appeal(application, by=application.user, text="Ask our headquarters, they know me.")
    assert retention.purge_old_documents(at=timezone.now() + 40 * DAY) == 0


def test_what_waits_keeps_it_and_what_was_withdrawn_does_not():
    waiting = make_application(make_agency(), document=True)
    withdrawn = make_application(make_agency(), document=True)
    applications.withdraw(withdrawn, by=withdrawn.user)
    assert retention.purge_old_documents(at=timezone.now() + 31 * DAY) == 1
    assert again(waiting).document_purged_at is None
    assert again(withdrawn).identity_document.purged_at is not None


def test_a_copy_that_was_replaced_goes_too():
    application = make_application(make_agency(), document=True, status=ApplicationStatus.ACTION_NEEDED)
    old = application.identity_document
    new = documents.receive(make_image(), filename="new.png", purpose="identity", by=application.user, limit=10**7)
    applications.save_proof(application, by=application.user, document=new)
    assert Document.objects.get(pk=old.pk).purged_at is None, "the desk saw it"
    assert retention.purge_old_documents(at=timezone.now() + 31 * DAY) == 1
    assert Document.objects.get(pk=old.pk).purged_at is not None
    assert Document.objects.get(pk=new.pk).purged_at is None


def test_a_draft_goes_90_days_after_the_last_word(vault):
    old = make_application(make_agency(), document=True, status="draft", submitted_at=None)
    old.signals.all().delete()
    sent = make_application(make_agency(), status=ApplicationStatus.ACTION_NEEDED)
    begun = old.created_at
    applications.save_supervisor(old, by=old.user, name="X", contact="Y", at=begun + 10 * DAY)
    assert retention.drop_old_drafts(at=begun + 99 * DAY) == 0
    due = begun + 100 * DAY
    assert retention.drop_old_drafts(at=due) == 1
    documents.sweep(at=due)
    assert list(AccessApplication.objects.all()) == [sent]
    assert files(vault) == 0
    assert AuditEvent.objects.filter(action="access.draft_dropped", object_label=old.reference).count() == 1


def test_the_sweep_does_it():
    application = declined()
    AccessApplication.objects.filter(pk=application.pk).update(decided_at=timezone.now() - 31 * DAY)
    sweep()
    assert again(application).document_purged_at is not None
