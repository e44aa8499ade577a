"""Anchors: when they are made, what a silent authority does to them, and the file that is kept elsewhere."""

import json
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from foundation.audit import anchor_check, anchoring, publishing, signing, stamping
from foundation.audit.checks import check_anchors
from foundation.audit.models import AuditAnchor, Checkpoint
from lers.demo import authority
from tests.audit import stamper

NOW = timezone.now()
FIVE_MINUTES = timedelta(minutes=5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("authority")
    authority.ensure(str(made), at=NOW - timedelta(days=2))
    return made


@pytest.fixture
def stamps(folder, settings, tmp_path):
    """A demo's own authority, whose clock is at NOW, and no published file."""
    settings.SIGNING_AUTHORITY_DIR, settings.OWN_STAMPER = str(folder), "tests.audit.stamper.stamp"
    settings.AUDIT_PUBLISH_DIR, settings.ANCHOR_SECONDS = "", 300
    stamper.CLOCK.append(NOW)
    return settings


def head(size, *, at=NOW):
    made = Checkpoint(tree_size=size, root_hash=b"r" * 32, peaks=b"", horizon=1, ceiling=2, cluster="1", signed_at=at)
    signing.sign(made)
    made.save(force_insert=True)
    return made


def test_newest_checkpoint_is_stamped_when_it_is_time_and_once(db, stamps):
    assert anchoring.anchor(at=NOW) is None, "nothing is sealed"
    first = head(3)
    made = anchoring.anchor(at=NOW)
    assert (made.number, made.tree_size, made.stamped_at) == (1, 3, NOW.replace(microsecond=0))
    assert "Demo Time Stamps" in made.authority
    assert stamping.check(made.stamp, anchoring.sworn(made, first)).at == made.stamped_at
    assert anchoring.anchor(at=NOW + FIVE_MINUTES) is None, "nothing new"
    head(4)
    head(9)
    assert anchoring.anchor(at=NOW + FIVE_MINUTES - timedelta(seconds=1)) is None, "too early"
    second = anchoring.anchor(at=NOW + FIVE_MINUTES)
    assert (second.number, second.tree_size, second.previous) == (2, 9, anchoring.link(made, first))


def test_anchors_are_only_added(db, stamps):
    head(1)
    made = anchoring.anchor(at=NOW)
    made.authority = "another"
    for change in (made.save, made.delete):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            change()


class _Authority(BaseHTTPRequestHandler):
    """Answers as it is told to."""

    answer = staticmethod(lambda _asked: b"busy")
    kind = "application/timestamp-reply"

    def do_POST(self):
        # Made before anything is sent: who reads the head alone goes on, and may change what is answered next.
        answer = self.answer(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", self.kind)
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_args):
        """Say nothing."""


@pytest.fixture
def service(stamps, folder, monkeypatch):
    """An authority over HTTP, believed by TIMESTAMP_ROOTS."""
    server = HTTPServer(("127.0.0.1", 0), _Authority)
    Thread(target=server.serve_forever, daemon=True).start()
    stamps.TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/"
    stamps.TIMESTAMP_ROOTS = str(folder / "root.pem")
    yield monkeypatch
    server.shutdown()
    server.server_close()


def test_an_authority_that_gives_no_sound_stamp_is_asked_again(db, service, stamps, folder, tmp_path):
    head(3)
    older = []

    def replayed(asked):
        older.append(authority.stamp(asked, at=NOW))
        return older[0]

    cases = [lambda _asked: b"busy", lambda _asked: b"", lambda _asked: b"x" * 100_000]
    for answer in cases:
        service.setattr(_Authority, "answer", staticmethod(answer))
        assert anchoring.anchor(at=NOW) is None
    service.setattr(_Authority, "kind", "text/html")
    assert anchoring.anchor(at=NOW) is None
    service.setattr(_Authority, "kind", "application/timestamp-reply")
    service.setattr(_Authority, "answer", staticmethod(replayed))
    assert anchoring.anchor(at=NOW).stamp == older[0]
    head(4)
    assert anchoring.anchor(at=NOW + FIVE_MINUTES) is None, "an old answer, with another nonce"
    assert AuditAnchor.objects.count() == 1
    # A file is written all the same, and the stamp follows when the authority is back.
    stamps.AUDIT_PUBLISH_DIR = str(tmp_path)
    assert anchoring.anchor(at=NOW + FIVE_MINUTES).stamp == b""
    service.setattr(_Authority, "answer", staticmethod(lambda asked: authority.stamp(asked, at=NOW)))
    assert anchoring.anchor(at=NOW + 2 * FIVE_MINUTES).stamp


def test_an_authority_that_nobody_believes_stamps_nothing(db, service, stamps, folder, tmp_path):
    service.setattr(_Authority, "answer", staticmethod(authority.stamp))
    (tmp_path / "stamping.pem").write_bytes((folder / "stamping.pem").read_bytes())
    (tmp_path / "root.pem").write_bytes(authority.make(at=NOW).pem())
    stamps.SIGNING_AUTHORITY_DIR, stamps.TIMESTAMP_ROOTS = str(tmp_path), str(tmp_path / "root.pem")
    head(3)
    with pytest.raises(stamping.StampRefused, match="does not hold"):
        stamping.ask(b"x")
    assert anchoring.anchor(at=NOW) is None


def test_what_waits_too_long_for_a_stamp_is_said(db, stamps):
    assert anchoring.overdue(NOW) == ""
    head(3)
    assert anchoring.overdue(NOW + timedelta(minutes=59)) == ""
    assert "there is no stamp yet" in anchoring.overdue(NOW + timedelta(minutes=61))
    anchoring.anchor(at=NOW)
    assert anchoring.overdue(NOW + timedelta(days=9)) == "", "nothing was sealed since"
    head(4, at=NOW + timedelta(days=1))
    assert "the last stamp is of" in anchoring.overdue(NOW + timedelta(days=1, minutes=61))


def test_the_published_file_is_only_added_to_and_mends_itself(db, stamps, tmp_path):
    stamps.AUDIT_PUBLISH_DIR = str(tmp_path / "published")
    head(3)
    anchoring.anchor(at=NOW)
    assert (publishing.publish(), publishing.publish()) == (1, 0)
    (file,) = Path(stamps.AUDIT_PUBLISH_DIR).glob("*.jsonl")
    before = file.read_bytes()
    head(4)
    anchoring.anchor(at=NOW + FIVE_MINUTES)
    # A crash left the beginning of the second line, and of no other.
    made = AuditAnchor.objects.get(number=2)
    file.write_bytes(before + publishing.line(made, Checkpoint.objects.get(tree_size=4))[:100])
    assert publishing.publish() == 1
    assert file.read_bytes().startswith(before)
    assert [said["number"] for said in publishing.lines(file)] == [1, 2]
    assert anchor_check.compare(publishing.lines(file.parent)) == 2
    # Lost: written again from the rows. Of another trail: not touched.
    whole = list(publishing.lines(file))
    file.unlink()
    assert publishing.publish() == 2
    assert list(publishing.lines(file)) == whole
    rows = file.read_text().splitlines()
    file.write_text("\n".join([rows[0], json.dumps(json.loads(rows[1]) | {"previous": "00"})]) + "\n")
    with pytest.raises(publishing.CopyBroken, match="anchor 2 is not in this trail"):
        publishing.publish()
    with pytest.raises(anchor_check.AnchorBroken, match="another one"):
        anchor_check.compare(publishing.lines(file))


def test_a_kept_copy_that_cannot_be_read_is_not_passed_over(db, tmp_path):
    (tmp_path / "anchors-2026-01.jsonl").write_text('{"number": 1}\n')
    with pytest.raises(publishing.CopyBroken, match=r"Line 1 of anchors-2026-01\.jsonl"):
        anchor_check.compare(publishing.lines(tmp_path))
    with pytest.raises(publishing.NoCopy, match="There is no"):
        list(publishing.lines(tmp_path / ".."))


def test_production_without_an_anchor_is_warned(settings):
    settings.TIMESTAMP_URL, settings.AUDIT_PUBLISH_DIR = "", ""
    assert [one.id for one in check_anchors(None)] == ["audit.W001"]
    settings.AUDIT_PUBLISH_DIR = "/srv/anchors"
    assert check_anchors(None) == []
