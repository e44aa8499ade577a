"""The entry of what left, and its proof."""

import hashlib
import json

import pytest
from django.utils import timezone

from foundation.audit import merkle
from foundation.audit.models import AuditEvent
from requests_app.services import proofs
from tests.audit.sealed import seal_all
from tests.requests_app.records.steps import granted_request, released_package

pytestmark = [pytest.mark.usefixtures("quick_letter"), pytest.mark.xdist_group("server-wide")]


def test_what_left_stands_in_the_trail_without_a_person(committed_db, company):
    package = released_package(granted_request())
    assert proofs.proof(package) is None
    entry = AuditEvent.objects.get(action="package.issued")
    assert package.issued_entry == entry.pk == proofs.note_issued(package, at=timezone.now())
    seal_all()
    (found,) = proofs.proof(package)["entries"]
    assert hashlib.sha256(found["entry"].encode()).digest() == bytes(entry.digest)
    told = json.loads(found["entry"])
    assert told["data"] == {
        "request": package.data_request.reference,
        "package": 1,
        "issued_on": f"{package.released_at:%Y-%m-%d}",
        "archive": package.archive.sha256,
        "manifest": package.manifest.sha256,
        "letter": package.letter.sha256,
        "certificates": [],
    }
    assert (told["actor_kind"], told["salt"] != "") == ("system", True)
    assert not any(told[name] for name in ("actor_id", "actor_label", "ip", "session", "request_id", "reason"))
    head = json.loads(found["checkpoint"]["statement"])
    path = [bytes.fromhex(each) for each in found["path"]]
    leaf = merkle.leaf_hash(found["entry"].encode())
    root = merkle.root_above(leaf, found["position"], head["tree_size"], path)
    assert root.hex() == head["root_hash"]
