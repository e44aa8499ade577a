"""The factory gives what it says, in every status."""

import pytest

from requests_app.enums import RequestStatus
from requests_app.models import DataRequest
from tests.factories import request_at

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("status", RequestStatus.values)
def test_a_request_in_every_status(status):
    data_request = request_at(status)
    stored = DataRequest.objects.get(pk=data_request.pk)
    assert stored.status == status
    assert stored.lines.count() == 4
    assert stored.documents.get().document.state == "clean"
    assert bool(stored.reference) == (status != "draft")


def test_columns_have_the_last_word():
    data_request = request_at("granted", title="Other", outcome="in_part")
    assert (data_request.title, data_request.outcome) == ("Other", "in_part")


def test_an_emergency():
    data_request = request_at("submitted", kind="emergency")
    assert data_request.is_exigent
    assert not data_request.documents.exists()
