"""Holds are decided, released and kept, and requests withdrawn, with a fresh factor that is not new."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.enums import CoolDownReason
from accounts.models import AuthenticatorApp
from accounts.services import cool_down
from preservation.enums import ExtensionStatus, HoldStatus
from preservation.permissions import extension_workflow, hold_workflow
from requests_app.enums import RequestStatus
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff
from tests.preservation.holds import extension_of, hold_of

pytestmark = pytest.mark.django_db
WORDS = "The treaty request of 12 November"


@pytest.fixture
def asked():
    """A hold with an extension to decide."""
    hold = hold_of(at=timezone.now() - timedelta(days=70))
    return extension_of(hold, at=timezone.now())


@pytest.fixture
def admin():
    return make_staff("preservation_admin")


def staff_acts(extension):
    base = f"/staff/holds/{extension.hold.reference}/"
    return {
        f"{base}extensions/{extension.uid}/": {"decision": "refuse", "reason": WORDS},
        f"{base}treaty/": {"reason": WORDS, "action": "start"},
    }


def unchanged(extension):
    extension.refresh_from_db()
    extension.hold.refresh_from_db()
    return (extension.status, extension.hold.status) == (ExtensionStatus.REQUESTED, HoldStatus.ACTIVE)


def send(client, path, said, page):
    return client.post(path, said, headers={"referer": f"http://testserver{page}"})


@pytest.mark.parametrize("passkeys", [True, False])
@pytest.mark.parametrize("why", ["old", "new"])
def test_staff_decide_about_a_hold_only_with_a_fresh_factor_that_is_not_new(asked, admin, settings, passkeys, why):
    settings.PASSKEY_FOR_DECISIONS = passkeys
    page = f"/staff/holds/{asked.hold.reference}/"
    client = client_for(admin, factor_age=3600 if why == "old" else 0)
    if why == "new":
        AuthenticatorApp.objects.filter(user=admin).update(created_at=timezone.now())
        type(admin).objects.filter(pk=admin.pk).update(first_factor="gone")
    for path, said in staff_acts(asked).items():
        answer = send(client, path, said, page)
        assert answer.url.startswith("/sign-in/factor/?next=%2Fstaff%2Fholds%2F"), path
        assert ("older=1" in answer.url) is (why == "new")
        assert ("need=passkey" in answer.url) is passkeys
        assert client.get(path).url.startswith("/sign-in/factor/")
    assert unchanged(asked)


def test_what_was_typed_about_a_treaty_comes_back(asked, admin):
    page = f"/staff/holds/{asked.hold.reference}/"
    client = client_for(admin, factor_age=3600)
    send(client, f"{page}treaty/", {"reason": WORDS, "action": "start"}, page)
    assert WORDS in client.get(page).content.decode()
    assert unchanged(asked)
    fresh = client_for(admin)
    assert fresh.get(f"{page}treaty/").url == page
    assert send(fresh, f"{page}treaty/", {"reason": WORDS, "action": "start"}, page).url == page
    asked.hold.refresh_from_db()
    assert asked.hold.status == HoldStatus.ON_TREATY


def test_after_a_take_over_deciding_about_holds_waits_as_approving_does(asked, admin, settings):
    settings.PASSKEY_FOR_DECISIONS = False
    client = client_for(admin)
    cool_down.start(admin, why=CoolDownReason.REPLACED, at=timezone.now())
    admin.refresh_from_db()
    for action in ("grant", "refuse"):
        assert "you can decide about holds only after" in extension_workflow.refusal(asked, action, admin)
    assert "decide about holds" in hold_workflow.refusal(asked.hold, "start_treaty", admin)
    for path, said in staff_acts(asked).items():
        answer = client.post(path, said, follow=True)
        assert "you can decide about holds only after" in re.sub(r"\s+", " ", answer.content.decode()), path
    assert unchanged(asked)
    treaty = hold_of(status="on_treaty")
    assert (
        client.post(f"/staff/holds/{treaty.reference}/treaty/", {"reason": WORDS, "action": "end"}).status_code == 302
    )
    treaty.refresh_from_db()
    assert treaty.status == HoldStatus.ON_TREATY
    cool_down.start(admin, why=CoolDownReason.ADDED, at=timezone.now())  # a lesser change stops nothing of it
    type(admin).objects.filter(pk=admin.pk).update(cool_down_until=None)
    assert extension_workflow.refusal(asked, "grant", type(admin).objects.get(pk=admin.pk)) is None


@pytest.mark.parametrize("act", ["release", "withdraw"])
def test_officers_end_a_hold_or_request_only_with_a_fresh_factor_that_is_not_new(act):
    officer = make_officer()
    row = hold_of(officer) if act == "release" else request_at("submitted", officer=officer)
    path = f"/holds/{row.reference}/release/" if act == "release" else f"/requests/{row.reference}/withdraw/"
    before, said = row.status, {"reason": WORDS}
    stale = client_for(officer, factor_age=3600)
    answer = send(stale, path, said, path)
    assert answer.url.startswith("/sign-in/factor/?next=")
    session, now = stale.session, timezone.now()
    session["factor_at"] = now.isoformat()
    session.save()
    assert WORDS in stale.get(path).content.decode(), "what was typed is on the page again"
    AuthenticatorApp.objects.filter(user=officer).update(created_at=now)
    type(officer).objects.filter(pk=officer.pk).update(first_factor="gone")
    assert "older=1" in client_for(type(officer).objects.get(pk=officer.pk)).post(path, said).url
    row.refresh_from_db()
    assert row.status == before
    AuthenticatorApp.objects.filter(user=officer).update(created_at=now - timedelta(days=2))
    assert send(client_for(officer), path, said, path).status_code == 302
    row.refresh_from_db()
    assert row.status in {HoldStatus.RELEASED, RequestStatus.WITHDRAWN}


def test_an_officers_account_marks_a_factor_that_is_new():
    officer = make_officer()
    AuthenticatorApp.objects.filter(user=officer).update(created_at=timezone.now())
    type(officer).objects.filter(pk=officer.pk).update(first_factor="gone")
    text = client_for(type(officer).objects.get(pk=officer.pk)).get("/account/").content.decode()
    assert "New: it counts for what cannot be taken back from" in text
