"""Files one by one over TLS, for computers that cannot open an archive, where the company allows it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.providers.models import Provider
from requests_app.models import DownloadGrant, DownloadReceipt
from requests_app.services import downloads, packages
from tests.people import client_for, make_officer, make_staff
from tests.requests_app.records.steps import granted_request, released_package
from tests.requests_app.records.test_downloads import body, content, make_stale, url

SWITCH = "/staff/entry-points/single-files/"


@pytest.fixture
def released(db, company, quick_letter):
    return released_package(granted_request())


def addresses(package):
    return {item: url(package, f"files/{item.name}") for item in package.items.select_related("document")}


def test_each_file_has_its_own_address_and_receipt_after_one_factor(released):
    client = client_for(released.data_request.officer)
    assert len(addresses(released)) > 1
    page = client.get(url(released)).content.decode()
    for number, (item, address) in enumerate(addresses(released).items()):
        assert f'href="{address}"' in page
        answer = client.get(address)
        assert body(answer) == content(item.document)
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"] == f'attachment; filename="{item.name}"'
        if not number:
            make_stale(client)  # one factor is enough for all of them
    page = client.get(url(released)).content.decode()
    assert all(f"{item.name}, " in page.partition('id="receipts"')[2] for item in addresses(released))
    taken = DownloadReceipt.objects.filter(complete=True).values_list("document", flat=True)
    assert set(taken) == set(released.items.values_list("document", flat=True))
    assert DownloadGrant.objects.count() == 1
    assert AuditEvent.objects.filter(action="package.downloaded").count() == len(taken)


def test_after_an_hour_a_single_file_asks_for_the_factor_again_and_the_archive_does_not(released):
    client = client_for(released.data_request.officer)
    address = next(iter(addresses(released).values()))
    body(client.get(address))
    make_stale(client)
    DownloadGrant.objects.update(opened_at=timezone.now() - downloads.OPEN_GRANT - timedelta(seconds=1))
    assert client.get(address).headers["Location"].startswith("/sign-in/factor/")
    assert body(client.get(url(released, "archive")))


def test_nobody_else_takes_one_and_nobody_after_the_end(released):
    address = next(iter(addresses(released).values()))
    for stranger in (make_officer(), make_officer(released.data_request.agency), make_staff("approver")):
        assert client_for(stranger).get(address).status_code == 404
    lead = client_for(make_officer(released.data_request.agency, lead=True))
    assert lead.get(address).headers["Location"] == url(released)
    client = client_for(released.data_request.officer)
    assert client.get(address, REMOTE_ADDR="203.0.113.9").status_code == 200
    make_stale(client)
    assert client.get(address).status_code == 302, "a grant of another network opens nothing"
    other = released_package(granted_request())
    wrong = url(released, f"files/{other.items.first().name}")
    assert client_for(released.data_request.officer).get(wrong).status_code == 404
    packages.expire_due(at=released.expires_at)
    client = client_for(released.data_request.officer)
    assert client.get(address).headers["Location"] == url(released)
    assert f'href="{address}"' not in client.get(url(released)).content.decode()
    assert not DownloadReceipt.objects.filter(complete=True).exists()


def test_only_an_administrator_switches_it_and_then_only_the_archive_is_taken(released):
    client, address = client_for(released.data_request.officer), next(iter(addresses(released).values()))
    assert client_for(make_staff("approver")).post(SWITCH, {"switched": "off"}).status_code == 403
    stale = client_for(make_staff("administrator"), factor_age=3600)
    assert stale.post(SWITCH, {"switched": "off"}).headers["Location"].startswith("/sign-in/factor/")
    assert Provider.objects.get(pk=released.data_request.provider_id).single_files
    administrator = client_for(make_staff("administrator"))
    for _twice in range(2):
        shown = administrator.post(SWITCH, {"switched": "off"}, follow=True).content.decode()
    assert "Nothing was different" in shown
    assert "encrypted archive only" in shown
    assert AuditEvent.objects.filter(action="provider.single_files_changed").count() == 1
    assert client.get(address).headers["Location"] == url(released)
    page = client.get(url(released)).content.decode()
    assert "cannot be taken one by one" in page
    assert f'href="{address}"' not in page
    assert body(client.get(url(released, "archive")))
