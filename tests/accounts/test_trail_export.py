"""The audit log as a file: signed and checked without us, or a table; nothing in it that its reader may not read."""

import io
import json
import zipfile

import pytest

from accounts.services import trail_export
from accounts.trail_filter import Filter
from foundation.audit import merkle, proofs
from foundation.audit.models import AuditEvent, Checkpoint
from foundation.audit.sealing import seal
from foundation.audit.trail import record
from tests.accounts.checked_alone import checked
from tests.accounts.helpers import words
from tests.factories import request_at
from tests.people import client_for, make_officer, make_staff

pytestmark = pytest.mark.django_db
EXPORT = "/staff/audit/export/"
SECRET = "The brother of the minister is named."


def taken(client, query="", form="zip"):
    answer = client.post(f"{EXPORT}?{query}", {"file_type": form, "reason": "The weekly review"})
    assert answer.status_code == 200, words(answer)
    return b"".join(answer.streaming_content)


def entries_of(archive: bytes) -> list[dict]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return [json.loads(line) for line in opened.read("entries.jsonl").splitlines()]


def changed(archive: bytes, path, change):
    """Write the export again with other entries."""
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, change(content) if name == "entries.jsonl" else content)
    return path


def test_a_stranger_checks_an_export(tmp_path, monkeypatch):
    auditor = make_staff("auditor")
    for number in range(300):
        record("demo.made", by=None, data={"number": number})
    seal(after_restore=True)
    record("demo.made", by=None, data={"number": 300})
    monkeypatch.setattr(trail_export, "PROVEN", 290)
    archive = taken(client_for(auditor), "action=demo.made")
    found = entries_of(archive)
    assert [json.loads(each["entry"])["data"]["number"] for each in found] == list(range(301))
    path = tmp_path / "export.zip"
    path.write_bytes(archive)
    code, told = checked(path)
    assert code == 0, told
    assert "290 of them are in the trail" in told
    assert "1 were not sealed yet" in told
    faults = {
        "one byte": lambda lines: lines.replace(b'\\"number\\":7}', b'\\"number\\":8}', 1),
        "one line missing": lambda lines: lines[lines.index(b"\n") + 1 :],
        "one line more": lambda lines: lines + lines[: lines.index(b"\n") + 1],
        "nothing": lambda lines: lines,
    }
    ends = {what: checked(changed(archive, tmp_path / "other.zip", fault))[0] for what, fault in faults.items()}
    assert ends == {"one byte": 1, "one line missing": 1, "one line more": 1, "nothing": 0}
    assert checked(path, key="ab" * 32)[0] == 1
    started, ended = AuditEvent.objects.filter(action__startswith="trail.export").order_by("pk")
    assert (started.reason, started.actor_label) == ("The weekly review", auditor.email)
    assert json.loads(bytes(ended.payload))["data"]["rows"] == json.loads(bytes(started.payload))["data"]["rows"] == 301


def test_what_is_withheld_has_labels_alone_in_every_file():
    entry = record("request.note_written", by=None, obj=request_at("submitted", restricted=True), reason=SECRET)
    seal(after_restore=True)
    client = client_for(make_staff("auditor"))
    archive, table = (taken(client, "action=request.note_written", form) for form in ("zip", "csv"))
    (found,) = entries_of(archive)
    assert (found["id"], found["withheld"], found["action"]) == (entry.pk, True, "request.note_written")
    assert not {"entry", "path", "leaf"} & set(found)
    assert SECRET not in archive.decode(errors="replace") + table.decode()
    assert "Restricted: only named people read more" in table.decode()


def test_a_table_begins_no_formula():
    record("demo.made", by=None, reason='=HYPERLINK("http://evil.example")', object_label="+1")
    table = taken(client_for(make_staff("auditor")), "action=demo.made", "csv").decode("utf-8-sig")
    assert ",=HYPER" not in table
    assert '"=HYPER' not in table
    assert "evil.example" in table


def test_an_export_is_refused_without_a_reason_beyond_its_most_and_to_others(monkeypatch):
    for _each in range(3):
        record("demo.made", by=None)
    client = client_for(make_staff("auditor"))
    assert client.post(EXPORT, {"file_type": "zip", "reason": " "}).status_code == 422
    monkeypatch.setattr(trail_export, "MOST", 2)
    answer = client.post(f"{EXPORT}?action=demo.made", {"file_type": "zip", "reason": "The weekly review"})
    assert answer.status_code == 422
    assert "A file holds 2 entries at most" in words(answer)
    assert not AuditEvent.objects.filter(action__startswith="trail.export").exists()
    stale = client_for(make_staff("auditor"), factor_age=3600)
    assert stale.get(EXPORT).headers["Location"].startswith("/sign-in/factor/")
    for person, status in ((make_staff("approver"), 403), (make_officer(), 404)):
        assert client_for(person).post(EXPORT, {"file_type": "zip", "reason": "Because"}).status_code == status


def test_the_ways_of_many_leaves_are_those_of_each(db):
    for number in range(600):
        record("demo.made", by=None, data={"number": number})
    seal(after_restore=True)
    size = Checkpoint.objects.get().tree_size
    root = bytes(Checkpoint.objects.get().root_hash)
    some = [0, 1, 255, 256, 511, 512, size - 1]
    ways = proofs.paths(some, size)
    leaves = {event.pk: bytes(event.payload) for event in AuditEvent.objects.all()}
    ids = sorted(leaves)
    for place in some:
        leaf = merkle.leaf_hash(leaves[ids[place]])
        assert merkle.root_above(leaf, place, size, ways[place]) == root
    assert Filter().sentence() == "everything"
