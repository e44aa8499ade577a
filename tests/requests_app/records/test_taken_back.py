"""What is said when a package is stopped: before its release nobody could download it."""

import pytest

from tests.people import client_for
from tests.requests_app.records.steps import granted_request, released_package, sealed_package

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_letter", "company")]


@pytest.mark.parametrize(
    ("make", "said", "other"),
    [
        (sealed_package, "Package 1 is taken back; nobody could download it.", "Downloads of package 1 are stopped"),
        (released_package, "Downloads of package 1 are stopped.", "is taken back"),
    ],
)
def test_stopping_says_what_it_stopped(make, said, other):
    granted = granted_request()
    package = make(granted)
    url = f"/staff/requests/{granted.reference}/records/{package.number}/stop/"
    client = client_for(granted.test_people.approver)
    page = client.post(url, {"cause": "wrong_account", "reason": "The wrong account."}, follow=True).content.decode()
    assert said in page
    assert other not in page
