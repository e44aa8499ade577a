"""Who may send a file at all, by role."""

from base64 import b64encode

import pytest

from accounts.permissions import Role
from accounts.uploads import ADDS_NOTHING
from foundation.documents.models import Document
from tests.people import client_for, make_officer, make_staff, make_user

pytestmark = pytest.mark.django_db


def begin(client):
    name = b64encode(b"records.csv").decode()
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9", "Upload-Metadata": f"filename {name}"}
    return client.post("/uploads/", headers=headers)


@pytest.mark.parametrize("role", list(Role))
def test_of_staff_only_who_prepares_records_or_signs_for_them_adds_files(role, settings):
    client = client_for(make_staff(role))
    answer, most = begin(client), client.options("/uploads/").headers["Tus-Max-Size"]
    limits = {Role.ANALYST: settings.UPLOAD_LIMIT_STAFF, Role.CUSTODIAN: settings.UPLOAD_LIMIT_OFFICER}
    if role in limits:
        assert (answer.status_code, most) == (201, str(limits[role]))
    else:
        assert (answer.status_code, answer.content.decode(), most) == (403, ADDS_NOTHING, "0")
        assert not Document.objects.exists()


@pytest.mark.parametrize("make", [make_officer, make_user])
def test_officers_and_applicants_add_files_as_before(make, settings):
    client = client_for(make())
    assert begin(client).status_code == 201
    assert client.options("/uploads/").headers["Tus-Max-Size"] == str(settings.UPLOAD_LIMIT_OFFICER)
