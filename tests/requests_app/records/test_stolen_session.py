"""A session that is stolen after a download: the download it opened is of no use elsewhere."""

import pytest

from requests_app.models import DownloadReceipt
from tests.people import client_for
from tests.requests_app.records.steps import granted_request, released_package
from tests.requests_app.records.test_downloads import body, copy_of, make_stale, url

pytestmark = pytest.mark.usefixtures("db", "company", "quick_letter")


def test_what_a_session_opened_is_open_only_in_its_network_and_only_for_the_archive():
    released = released_package(granted_request())
    client = client_for(released.data_request.officer)
    body(client.get(url(released, "archive")))
    make_stale(client)
    before = DownloadReceipt.objects.count()
    for kind in ("archive", "letter", "manifest"):
        elsewhere = client.get(url(released, kind), REMOTE_ADDR="203.0.113.9")
        assert (elsewhere.status_code, elsewhere["Location"].split("?")[0]) == (302, "/sign-in/factor/"), kind
    for kind in ("letter", "manifest"):
        assert client.get(url(released, kind)).status_code == 302, kind
    assert DownloadReceipt.objects.count() == before
    assert body(client.get(url(released, "archive"))) == copy_of(released, released.data_request.officer)
