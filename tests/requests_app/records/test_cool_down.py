"""After somebody's factors or address were replaced nothing is downloaded, approved or released for a day."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.services import factors
from accounts.services.factors import Adding
from foundation.core.errors import NotAllowed
from requests_app.models import DownloadReceipt
from requests_app.services import decisions, downloads, packages
from tests.accounts.helpers import code_for
from tests.people import client_for, make_staff
from tests.requests_app.desk.pages import proposed
from tests.requests_app.records.steps import granted_request, released_package, sealed_package

pytestmark = pytest.mark.usefixtures("db", "company", "quick_letter")


def cooling(user: User, *, hours: float = 3) -> User:
    """The person as they are while it lasts."""
    User.objects.filter(pk=user.pk).update(cool_down_until=timezone.now() + timedelta(hours=hours))
    return User.objects.get(pk=user.pk)


def test_nothing_is_downloaded_and_the_page_says_until_when():
    package = released_package(granted_request())
    officer = cooling(package.data_request.officer)
    client = client_for(officer)
    url = f"/requests/{package.data_request.reference}/records/{package.number}/"
    ends = f"{officer.cool_down_until:%H:%M} UTC"
    page = client.get(url)
    assert (page.status_code, ends in page.content.decode()) == (200, True)
    for name in ("archive", "letter", "manifest"):
        answer = client.get(f"{url}{name}/")
        assert not answer.streaming, name
        assert package.archive.sha256 not in answer.content.decode(), name
    assert not DownloadReceipt.objects.exists()
    with pytest.raises(downloads.DownloadRefused, match="only after"):
        downloads.show_passphrase(package, user=officer)
    with pytest.raises(downloads.DownloadRefused, match=ends):
        downloads.open_grant(package, user=officer, session="s")
    at = officer.cool_down_until
    assert downloads.refusal(package, user=officer, at=at) is None
    assert downloads.refusal(package, user=officer, at=at - timedelta(seconds=1)) is not None


def test_a_grant_that_was_open_before_opens_nothing_more():
    package = released_package(granted_request())
    officer = package.data_request.officer
    downloads.open_grant(package, user=officer, session="s")
    assert downloads.refusal(package, user=cooling(officer), at=timezone.now()) is not None


def test_a_factor_that_was_only_added_stops_downloads_too():
    package = released_package(granted_request())
    officer = package.data_request.officer
    downloads.open_grant(package, user=officer, session="s")
    secret = factors.new_secret()
    factors.enrol(officer, secret, code_for(secret.text), adding=Adding.MORE)
    said = downloads.refusal(package, user=User.objects.get(pk=officer.pk), at=timezone.now())
    assert "because a passkey or app was added" in said
    url = f"/requests/{package.data_request.reference}/records/{package.number}/"
    assert not client_for(officer).get(f"{url}archive/").streaming
    assert not DownloadReceipt.objects.exists()


def test_nothing_is_approved():
    proposal = proposed()
    approver = cooling(make_staff("approver"))
    with pytest.raises(NotAllowed, match="only after"):
        decisions.sign(proposal, seen_hash=proposal.content_hash, by=approver)
    proposal.refresh_from_db()
    assert proposal.status == "proposed"


def test_nothing_is_released():
    request = granted_request()
    package = sealed_package(request)
    approver = cooling(request.test_people.approver)
    with pytest.raises(NotAllowed, match="only after"):
        packages.release(package, by=approver)
    package.refresh_from_db()
    assert package.status == "sealed"
    User.objects.filter(pk=approver.pk).update(cool_down_until=timezone.now())
    assert packages.release(package, by=User.objects.get(pk=approver.pk)).status == "released"
