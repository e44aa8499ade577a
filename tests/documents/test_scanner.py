"""The client of clamd, against a server that speaks its protocol."""

import socket
import threading

import pytest

from foundation.documents.errors import ScannerUnavailable
from foundation.documents.scanner import CHUNK, Scanner, Verdict


def test_a_clean_file_in_chunks_of_any_size(clamd):
    content = bytes(range(256)) * 2000
    chunks = [content[: CHUNK + 1], b"", content[CHUNK + 1 :]]
    assert Scanner(clamd.address).scan(chunks) == Verdict(clean=True)
    assert clamd.received == [content]


def test_a_virus_is_named(clamd):
    assert Scanner(clamd.address).scan([b"WICKED"]) == Verdict(clean=False, found="Test.Marker")


def test_a_file_over_its_limit(clamd):
    clamd.size_limit = 1000
    verdict = Scanner(clamd.address).scan(b"x" * 100_000 for _ in range(200))
    assert verdict == Verdict(clean=False, too_large=True)


def test_the_version(clamd):
    assert Scanner(f"tcp://{clamd.address}").version().startswith("ClamAV 1.0.9/27500/")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "unix:/nowhere/clamd.ctl"])
def test_nobody_there(address):
    with pytest.raises(ScannerUnavailable, match="does not answer"):
        Scanner(address).scan([b"x"])


def test_an_address_that_is_none():
    with pytest.raises(ScannerUnavailable, match="must be unix:"):
        Scanner("clamd").scan([b"x"])


def test_a_unix_socket(tmp_path):
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(100)
                connection.sendall(b"ClamAV over a file\0")

        thread = threading.Thread(target=answer)
        thread.start()
        assert Scanner(f"unix:{path}").version() == "ClamAV over a file"
        thread.join()


def test_a_scanner_that_never_answers():
    with socket.create_server(("127.0.0.1", 0)) as server:
        scanner = Scanner(f"127.0.0.1:{server.getsockname()[1]}", answer_seconds=0.05)
        with pytest.raises(ScannerUnavailable):
            scanner.scan([b"x"])
