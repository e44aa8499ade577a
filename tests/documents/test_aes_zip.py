"""The archive under a passphrase: other programs read it, also in its large form, and nothing wrong is sealed."""

import io
import shutil
import subprocess
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
import pyzipper
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.documents import aes_zip
from foundation.documents.aes_zip import Member
from foundation.documents.errors import DocumentDamaged

AT = datetime(2026, 11, 20, 9, 30, 14, tzinfo=UTC)
PASSPHRASE = "ABCD-EFGH-2345"
FILES = {"NX-1-001.csv": bytes(range(256)) * 4099, "NX-1-002.csv": b"", "Nø.pdf": b"x"}


def member(name, content):
    pieces = [content[start : start + 700_001] for start in range(0, len(content), 700_001)]
    return Member(name, len(content), zlib.crc32(content), lambda: iter(pieces))


@pytest.fixture(params=["plain", "large"])
def archive(request, monkeypatch):
    if request.param == "large":
        monkeypatch.setattr(aes_zip, "_PLAIN_FILES", 2)
    members = [member(*file) for file in FILES.items()]
    return b"".join(aes_zip.write(members, passphrase=PASSPHRASE, at=AT, comment=b"the mark"))


def test_python_reads_it(archive):
    with pyzipper.AESZipFile(io.BytesIO(archive)) as found:
        found.setpassword(PASSPHRASE.encode())
        assert {name: found.read(name) for name in found.namelist()} == FILES
        assert found.comment == b"the mark"
        first = found.infolist()[0]
        assert first.date_time == (2026, 11, 20, 9, 30, 14)
        assert first.CRC == 0  # it would say something of what lies encrypted
    with zipfile.ZipFile(io.BytesIO(archive)) as plain:
        assert plain.infolist()[0].external_attr >> 16 == 0o100600
    with pyzipper.AESZipFile(io.BytesIO(archive)) as found, pytest.raises(RuntimeError, match="password"):
        found.read("Nø.pdf", pwd=b"another")


@pytest.mark.skipif(not shutil.which("7z"), reason="7z is not installed")
def test_seven_zip_reads_it(archive, tmp_path):
    path = tmp_path / "a.zip"
    path.write_bytes(archive)
    done = subprocess.run(["7z", "t", f"-p{PASSPHRASE}", path], capture_output=True, text=True, check=False)
    assert "Everything is Ok" in done.stdout
    assert "Warning" not in done.stdout
    assert subprocess.run(["7z", "t", "-pwrong", path], capture_output=True, check=False).returncode


def test_no_two_files_share_a_key():
    same = b"the same content"
    sealed = b"".join(aes_zip.write([member("a", same), member("b", same)], passphrase=PASSPHRASE, at=AT))
    with zipfile.ZipFile(io.BytesIO(sealed)) as found:
        starts = [sealed.index(info.filename.encode(), info.header_offset) for info in found.infolist()]
    assert sealed[starts[0] + 21 : starts[0] + 60] != sealed[starts[1] + 21 : starts[1] + 60]
    assert same not in sealed


@pytest.mark.parametrize("changed", [b"content!", b"contenu"])
def test_file_that_was_not_measured_so_stops_it(changed):
    wrong = Member("a", 7, zlib.crc32(b"content"), lambda: iter([changed]))
    with pytest.raises(DocumentDamaged):
        list(aes_zip.write([wrong], passphrase=PASSPHRASE, at=AT))


class Hole(bytes):
    """So many bytes of a file that are not written: its place in the archive stays empty."""

    length = 0


@pytest.fixture
def listed(monkeypatch, tmp_path):
    """Write an archive with nothing in its files, and return what its directory says."""

    def sealed(file, _passphrase):
        hole = Hole()
        hole.length = file.size + 28
        yield hole

    monkeypatch.setattr(aes_zip, "_sealed", sealed)

    def write(members):
        path = tmp_path / "long.zip"
        with path.open("wb") as target:
            for piece in aes_zip.write(members, passphrase=PASSPHRASE, at=AT):
                if isinstance(piece, Hole):
                    target.seek(piece.length, 1)
                else:
                    target.write(piece)
        return path, zipfile.ZipFile(path).infolist()

    return write


def nothing():
    return iter(())


def test_files_and_archives_over_4_gib(listed):
    long = 5 * 1024**3
    path, found = listed([Member("first", long, 0, nothing), Member("second", 3, 0, nothing)])
    assert [(one.filename, one.file_size, one.compress_size) for one in found] == [
        ("first", long, long + 28),
        ("second", 3, 31),
    ]
    assert found[1].header_offset > long
    with path.open("rb") as archive:
        archive.seek(found[1].header_offset)
        assert archive.read(4) == b"PK\3\4"
    if seven := shutil.which("7z"):
        said = subprocess.run([seven, "l", "-slt", path], capture_output=True, text=True, check=False)
        assert (said.returncode, f"Size = {long}" in said.stdout) == (0, True)


def test_more_files_than_a_plain_zip_counts(listed):
    _path, found = listed([Member(f"{number}", 0, 0, nothing) for number in range(65_600)])
    assert (len(found), found[-1].filename) == (65_600, "65599")


def test_archive_of_nothing():
    with pyzipper.AESZipFile(io.BytesIO(b"".join(aes_zip.write([], passphrase=PASSPHRASE, at=AT)))) as found:
        assert found.namelist() == []


@settings(max_examples=10)
@given(st.lists(st.binary(max_size=3000), max_size=4), st.text(min_size=1, max_size=20), st.booleans())
def test_whatever_is_packed_comes_out_again(contents, passphrase, large):
    members = [member(f"{number}", content) for number, content in enumerate(contents)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aes_zip, "_PLAIN_BYTES", 0 if large else 4_000_000_000)
        packed = b"".join(aes_zip.write(members, passphrase=passphrase, at=AT))
    with pyzipper.AESZipFile(io.BytesIO(packed)) as found:
        found.setpassword(passphrase.encode())
        assert [found.read(name) for name in found.namelist()] == contents
