"""The client of clamd: against a real one, and against one that says and does what a real one does not."""

import io
import os
import random
import socket
import threading
import time
import zipfile

import pytest

from foundation.documents import scanner
from foundation.documents.errors import ScannerUnavailable
from foundation.documents.scanner import CHUNK, Scanner, Verdict, current, scan_parts
from tests.harness.clamd import EICAR, FIRST_NUMBER, MAX_BYTES, running

CLEAN = Verdict(clean=True)
EICAR_FOUND = Verdict(clean=False, found="Local.Eicar.UNOFFICIAL")


def packed(content: bytes, *, layers: int = 1) -> bytes:
    for _layer in range(layers):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inside", content)
        content = target.getvalue()
    return content


@pytest.mark.parametrize("where", ["unix", "address"])
def test_a_real_scanner_on_a_unix_socket_and_on_a_port(clamd, where):
    asked = Scanner(getattr(clamd, where))
    assert asked.version().startswith("ClamAV ")
    assert f"/{clamd.number}/" in asked.version()
    assert asked.scan([b"hello"]) == CLEAN
    assert asked.scan([EICAR]) == EICAR_FOUND


def test_a_file_in_chunks_of_any_size(clamd):
    content = random.Random(1).randbytes(CHUNK * 3) + EICAR
    for cut in (1, CHUNK - 1, CHUNK + 1, len(content) - 30):
        assert Scanner(clamd.unix).scan([content[:cut], b"", content[cut:]]) == EICAR_FOUND
    assert Scanner(clamd.unix).scan([content[: -len(EICAR)]]) == CLEAN


@pytest.mark.parametrize("layers", [1, 3, 10])
def test_a_virus_in_archives_is_found(clamd, layers):
    assert Scanner(clamd.unix).scan([packed(b"\0" * 1000 + EICAR, layers=layers)]) == EICAR_FOUND


def test_a_file_over_its_limit(clamd):
    chunks = (os.urandom(CHUNK) for _ in range(MAX_BYTES // CHUNK + 1))
    assert Scanner(clamd.address).scan(chunks) == Verdict(clean=False, refusal=scanner.TOO_LARGE)


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(packed(b"\0" * (MAX_BYTES * 2)), id="too much inside"),
        pytest.param(packed(os.urandom(50), layers=40), id="too deep"),
    ],
)
def test_what_it_did_not_look_at_to_the_end_is_not_clean(clamd, bomb):
    assert Scanner(clamd.address).scan([bomb]) == Verdict(clean=False, refusal=scanner.NOT_READ)


def test_whether_it_admits_what_it_did_not_look_at(clamd):
    assert Scanner(clamd.address).facts().honest
    with running(honest=False) as other:
        assert Scanner(other.address).scan([packed(os.urandom(50), layers=40)]) == CLEAN, "this is what we fear"
        assert not Scanner(other.address).facts().honest


def test_signatures_have_a_number_and_a_time(clamd):
    facts = Scanner(clamd.address).facts()
    assert facts.number == clamd.number >= FIRST_NUMBER
    assert facts.signed_at is not None
    assert facts.signed_at.year == 2026
    clamd.learn("Local.New", b"NEWLY-FOUND")
    assert Scanner(clamd.address).facts().number == facts.number + 1
    assert Scanner(clamd.address).scan([b"a NEWLY-FOUND thing"]) == Verdict(clean=False, found="Local.New.UNOFFICIAL")


@pytest.mark.parametrize(
    ("version", "number"),
    [
        ("ClamAV 1.4.6", None),
        ("ClamAV 1.4.6/27500/Fri Nov 20 09:00:00 2026", 27500),
        ("ClamAV 1.4.6/27500/ven. nov 20", 27500),
        ("something else", None),
    ],
)
def test_versions_are_read(version, number):
    assert scanner.signatures_of(version)[0] == number


@pytest.mark.parametrize("version", [b"ClamAV 1.4.6/4294967295/invalid timestam\0", b"UNKNOWN COMMAND\0", b"\0", b""])
def test_a_scanner_without_signatures_or_sense_is_none(fake_clamd, version):
    fake_clamd.version = version
    with pytest.raises(ScannerUnavailable):
        Scanner(fake_clamd.address).version()


@pytest.mark.parametrize("answer", [b"", b"stream: OK", b"stream: OKAY\0", b"OK\0", b"ERROR\0", b"stream: FOUND"])
def test_only_a_whole_clear_answer_counts(fake_clamd, answer):
    fake_clamd.answer = answer
    with pytest.raises(ScannerUnavailable):
        Scanner(fake_clamd.address).scan([b"x"])


def test_a_text_larger_than_the_limit_is_scanned_in_parts_that_overlap(clamd):
    clean = b"uid,email\n" * (2 * MAX_BYTES // 10)
    size = len(clean)
    for place in (0, 5_000, MAX_BYTES - 20, MAX_BYTES + 1000, size - 100):
        content = clean[:place] + EICAR + clean[place + len(EICAR) :]
        verdict = scan_parts(Scanner(clamd.address), io.BytesIO(content), size=size, part=MAX_BYTES)
        assert verdict == EICAR_FOUND, place
    assert scan_parts(Scanner(clamd.address), io.BytesIO(clean), size=size, part=MAX_BYTES) == CLEAN


def test_what_is_known_of_it_is_asked_once_a_minute(clamd):
    before = current(clamd.address)
    clamd.stop()
    scanner._known[clamd.address] = (time.monotonic() - scanner.BELIEVED + 5, before)
    assert current(clamd.address) is before
    scanner._known[clamd.address] = (time.monotonic() - scanner.BELIEVED - 1, before)
    with pytest.raises(ScannerUnavailable):
        current(clamd.address)
    clamd.start()
    scanner._known[clamd.address] = (time.monotonic(), ScannerUnavailable("down"))
    with pytest.raises(ScannerUnavailable):
        current(clamd.address)
    scanner._known[clamd.address] = (time.monotonic() - scanner.BELIEVED_DOWN - 1, ScannerUnavailable("down"))
    assert current(clamd.address).version == before.version


@pytest.mark.parametrize("address", ["127.0.0.1:1", "unix:/nowhere/clamd.ctl"])
def test_nobody_there(address):
    with pytest.raises(ScannerUnavailable, match="does not answer"):
        Scanner(address).scan([b"x"])


def test_an_address_that_is_none():
    with pytest.raises(ScannerUnavailable, match="must be unix:"):
        Scanner("clamd").scan([b"x"])


def test_a_scanner_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as server:
        silent = Scanner(f"127.0.0.1:{server.getsockname()[1]}", answer_seconds=0.05)
        with pytest.raises(ScannerUnavailable):
            silent.scan([b"x"])
        with pytest.raises(ScannerUnavailable):
            silent.version()


def test_a_line_that_is_cut_in_the_middle_of_a_file():
    with socket.create_server(("127.0.0.1", 0)) as server:

        def cut() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1000)

        thread = threading.Thread(target=cut)
        thread.start()
        with pytest.raises(ScannerUnavailable):
            Scanner(f"127.0.0.1:{server.getsockname()[1]}").scan(os.urandom(CHUNK) for _ in range(100))
        thread.join()
