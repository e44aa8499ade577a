"""The entry of what left, its proof, and the script that checks a package from its files alone."""

import hashlib
import io
import json
import logging
import runpy
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
import pyzipper
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.test import Client
from django.utils import timezone

from foundation.audit import merkle, signing
from foundation.audit.models import AuditEvent
from foundation.audit.trail import record
from foundation.documents import services as documents
from requests_app.enums import CertificateForm
from requests_app.models import Certificate
from requests_app.release_enums import CertificateKind, CertificateStatus, SignedBy
from requests_app.services import proofs
from requests_app.services.archive import unwrap_passphrase
from tests.audit.sealed import seal_all
from tests.documents import pki
from tests.people import client_for
from tests.requests_app.records.steps import granted_request, released_package

pytestmark = [pytest.mark.usefixtures("quick_letter"), pytest.mark.xdist_group("server-wide")]

SCRIPT = Path(settings.BASE_DIR) / "docs" / "verify_package.py"


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
        "manifest_text": package.manifest_text_sha256,
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


def signed_pdf(root):
    """A PDF whose signer's certificate has ended by now, and was in force when it was stamped."""
    empty = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(empty)
    signer = pki.make_party("Custodian", root, end=pki.NOW + timedelta(hours=1))
    stamper = pki.make_party("Stamps", root, usage="digital_signature", stamper=True, rsa_bits=2048)
    return pki.sign(empty.getvalue(), signer, stamper=stamper)


def certificate_of(package, content):
    people = package.data_request.test_people
    document = documents.write_generated(
        content, filename="certificate.pdf", media_type="application/pdf", purpose="certificate", by=None
    )
    return Certificate.objects.create(
        package=package,
        kind=CertificateKind.RECORDS,
        form=CertificateForm.GENERIC,
        status=CertificateStatus.SIGNED,
        custodian=people.approver,
        drafted_by=people.analyst,
        drafted_at=timezone.now(),
        check_code="CODE",
        signed=document,
        signed_with=SignedBy.KEY,
        signed_at=timezone.now(),
    )


def unpacked(package, folder):
    """What an officer has: the unpacked archive and the proof."""
    with documents.open_plain(package.archive) as reader, pyzipper.AESZipFile(io.BytesIO(reader.read())) as archive:
        archive.extractall(folder, pwd=unwrap_passphrase(package).encode())
    (folder / "proof.json").write_text(json.dumps(proofs.proof(package), ensure_ascii=False), encoding="utf-8")


def checked(capsys, monkeypatch, *words):
    """Run the script as a user does, without a new process; return how it ends and what it says."""
    monkeypatch.setattr(sys, "argv", ["verify_package.py", *map(str, words)])
    try:
        with pytest.raises(SystemExit) as ended:
            runpy.run_path(str(SCRIPT), run_name="__main__")
    finally:
        logging.disable(logging.NOTSET)  # the script is alone where it runs, and silences everybody
    return int(ended.value.code), capsys.readouterr().out


def changed_proof(folder, change):
    proof = json.loads((folder / "proof.json").read_text("utf-8"))
    change(proof)
    (folder / "proof.json").write_text(json.dumps(proof), encoding="utf-8")


def another_place(proof):
    proof["entries"][0]["position"] += 1


def another_entry(proof):
    entry = proof["entries"][0]
    entry["entry"] = entry["entry"].replace('"package":1', '"package":2')


def another_head(proof):
    head = proof["entries"][0]["checkpoint"]
    head["statement"] = head["statement"].replace('"tree_size":', '"tree_size":1')


def cut_path(proof):
    proof["entries"][0]["path"].pop()


def without_path(proof):
    proof["entries"][0]["path"] = []


def only_the_certificate(proof):
    del proof["entries"][0]


def test_the_script_checks_a_package_from_its_files_alone(committed_db, company, tmp_path, capsys, monkeypatch):
    package = released_package(granted_request())
    root = pki.make_party("Root", authority=True)
    content = signed_pdf(root)
    proofs.note_certificate(certificate_of(package, content), at=timezone.now())
    seal_all()
    folder = tmp_path / "package"
    unpacked(package, folder)
    (folder / "certificate.pdf").write_bytes(content)
    trusted, key = tmp_path / "root.pem", next(iter(signing.public_keys().values()))
    trusted.write_bytes(root.pem)
    done = subprocess.run([sys.executable, SCRIPT, folder, key, trusted], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "certificate.pdf is signed by Common Name: Custodian" in done.stdout
    assert "time stamp 2026-11-21 12:00:00 UTC" in done.stdout
    assert done.stdout.count("is the file that was issued") == package.items.count() + 3
    assert done.stdout.endswith("Everything is as it was issued.\n")

    def refused(*words, saying):
        code, said = checked(capsys, monkeypatch, *words)
        wrong = [line for line in said.splitlines() if line.startswith("NOT OK")]
        assert (code, any(saying in line for line in wrong)) == (1, True), said

    refused(folder, key, saying="certificate.pdf is signed by")  # nobody is trusted
    refused(
        folder, Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex(), trusted, saying="KEY did not sign"
    )
    refused(folder, key[:-2], trusted, saying="KEY is not a public key")
    refused(tmp_path, key, trusted, saying="no proof.json")
    (folder / "more").mkdir()
    refused(folder, key, trusted, saying="without folders in it: more")
    (folder / "more").rmdir()
    proof = (folder / "proof.json").read_bytes()
    for change in (another_place, another_entry, another_head, cut_path, without_path, only_the_certificate):
        changed_proof(folder, change)
        refused(folder, key, trusted, saying="")
        (folder / "proof.json").write_bytes(proof)
    for path in sorted(folder.iterdir()):
        before = path.read_bytes()
        if path.name != "proof.json":
            path.write_bytes(before.replace(b"1", b"2", 1))
            refused(folder, key, trusted, saying=path.name)
        path.unlink()
        if path != folder / "certificate.pdf":
            refused(folder, key, trusted, saying="")
        path.write_bytes(before)
    (folder / "more.csv").write_text("not issued")
    refused(folder, key, trusted, saying="more.csv is one of the files")
    (folder / "more.csv").unlink()
    (folder / "again.pdf").write_bytes((folder / "letter.pdf").read_bytes())
    assert checked(capsys, monkeypatch, folder, key, trusted)[0] == 0


def test_the_proof_of_another_package_does_not_fit(committed_db, company, tmp_path, capsys, monkeypatch):
    one, other = released_package(granted_request()), released_package(granted_request())
    seal_all()
    key = next(iter(signing.public_keys().values()))
    unpacked(one, tmp_path)
    assert checked(capsys, monkeypatch, tmp_path, key)[0] == 0
    (tmp_path / "proof.json").write_text(json.dumps(proofs.proof(other)), encoding="utf-8")
    code, said = checked(capsys, monkeypatch, tmp_path, key)
    assert (code, "NOT OK  manifest.json is the file that was issued" in said) == (1, True)


def test_pages_for_whoever_checks_without_us(committed_db, company):
    package = released_package(granted_request())
    staff = client_for(package.data_request.test_people.analyst)
    path = f"/staff/requests/{package.data_request.reference}/records/1/"
    assert staff.get(f"{path}proof.json").headers["Location"] == path
    assert Client().get("/verify/checkpoint.json?from=1").json() == {"checkpoint": None}
    seal_all()
    taken = staff.get(f"{path}proof.json")
    assert taken.headers["Content-Disposition"].endswith(f'"{package.data_request.reference}-1-proof.json"')
    assert taken.json() == json.loads(json.dumps(proofs.proof(package)))
    assert AuditEvent.objects.filter(action="package.proof_taken").count() == 1
    old = taken.json()["entries"][0]["checkpoint"]
    head = json.loads(old["statement"])
    record("a.b", by=None)
    seal_all()
    client = Client()
    assert client.get("/verify/keys.json").json()["keys"][0]["public_key"] == old["public_key"]
    answer = client.get(f"/verify/checkpoint.json?from={head['tree_size']}").json()
    newest = json.loads(answer["checkpoint"]["statement"])
    roots = bytes.fromhex(head["root_hash"]), bytes.fromhex(newest["root_hash"])
    path = [bytes.fromhex(each) for each in answer["consistency"]]
    assert merkle.is_consistent(head["tree_size"], newest["tree_size"], roots, path)
    for size in ("0", "-1", "x", "9" * 40, str(newest["tree_size"] + 1), str(head["tree_size"] - 1)):
        answer = client.get(f"/verify/checkpoint.json?from={size}")
        assert answer.status_code == 404
        assert answer.json()["error"].startswith("No checkpoint of this size is known.")
    script = client.get("/verify/verify_package.py")
    assert b"".join(script.streaming_content) == SCRIPT.read_bytes()
