"""What is taken, what is refused, and what the sentences say."""

import re
import subprocess
import sys

import pytest

from foundation.documents import isolation
from foundation.documents import services as documents
from foundation.documents.enums import DocumentState
from foundation.documents.errors import DocumentRefused
from foundation.documents.filetypes import ACCEPTED, INSTEAD, Family, by_filename, by_media_type, wrong_ending
from foundation.documents.models import Document
from tests.documents.corpus import seeds
from tests.documents.files import make_image, make_pdf
from tests.documents.office_files import make_docx


@pytest.mark.parametrize(
    ("filename", "content"),
    [
        pytest.param(name, content, id=name)
        for name, content in seeds()
        if by_filename(name).family is not Family.OFFICE
    ],
)
def test_every_format_is_taken_and_seen_as_pictures(receive, filename, content):
    document = documents.process(receive(content, filename=filename))
    assert document.state == DocumentState.UNSCANNED, document.refusal
    assert document.media_type == by_filename(filename).media_type
    found = documents.pages(document)
    assert len(found) == document.page_count >= 1
    assert documents.page_image(document, 1).startswith(b"\x89PNG")
    assert documents.pages_note(document, found) == ""


def test_every_ending_and_every_media_type_leads_to_one_format():
    endings = [ending for kind in ACCEPTED for ending in kind.endings]
    assert len(endings) == len(set(endings))
    assert [by_media_type(kind.media_type) for kind in ACCEPTED] == list(ACCEPTED)
    assert not set(endings) & set(INSTEAD)
    assert by_filename("ORDER.PDF") is by_filename("order.pdf")


@pytest.mark.parametrize(
    ("filename", "words"),
    [
        ("order.doc", "Save it as .docx or as PDF"),
        ("list.XLS", "Save it as .xlsx or as PDF"),
        ("order.docm", "macros"),
        ("mail.msg", "as .eml, or print it to a PDF"),
        ("files.zip", "Unpack it and send the files"),
        ("photo.heic", "as JPEG"),
        ("signed.p7m", "signed PDF itself"),
        ("virus.exe", "Send PDF, pictures"),
        ("noending", "like order.pdf"),
        ("x" * 250 + ".rtf", "…"),
    ],
)
def test_what_is_not_taken_is_told_what_to_send_instead(filename, words):
    sentence = wrong_ending(filename)
    assert words in sentence
    assert re.fullmatch(r".{20,299}\.", sentence)


def test_a_password_is_named_even_where_the_first_bytes_are_of_another_container(receive):
    locked = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000) + "EncryptedPackage".encode("utf-16-le") + bytes(1000)
    document = documents.process(receive(locked, filename="order.docx"))
    assert "protected with a password" in document.refusal
    with pytest.raises(DocumentRefused, match="something else"):
        receive(make_pdf(), filename="order.docx")


def test_the_pages_that_are_left_out_are_said(receive):
    document = documents.process(receive(b"line\n" * 5000, filename="log.txt"))
    found = documents.pages(document)
    assert (len(found), document.page_count) == (50, 87)
    note = "The first 50 of 87 pages are shown. Download the original to read on."
    assert documents.pages_note(document, found) == note
    Document.objects.filter(pk=document.pk).update(size=10**9)
    document.refresh_from_db()
    assert "of more than 87 pages" in documents.pages_note(document, found)


def test_a_file_without_pictures_says_why(receive):
    document = receive(make_pdf())
    assert "no pictures of this document yet" in documents.pages_note(document, [])


def test_a_fax_of_many_pages_is_seen_as_far_as_pages_are_made(receive):
    fax = dict(seeds())["fax.tif"]
    document = documents.process(receive(fax, filename="fax.tif"))
    assert [page.number for page in documents.pages(document)] == [1, 2, 3]


def test_the_sandbox_opens_no_file_of_the_portals_and_no_connection(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("a master key")
    code = (
        "import socket, sys\nfrom foundation.documents.sandbox import landlock, limits\n"
        "can = landlock.restrict(read=('/',), write=('/',), run=('/',))\nlimits.enter()\n"
        "print('landlock' if can else 'no landlock')\n"
        "try: print(open(sys.argv[1]).read())\nexcept OSError as error: print('closed', error.errno)\n"
        "try: socket.create_connection(('127.0.0.1', 9), 1)\n"
        "except OSError as error: print('no network', error.errno)\n"
        "print(open('/usr/share/zoneinfo/UTC', 'rb').read(4))\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, str(secret)],
        capture_output=True,
        text=True,
        check=False,
        env={},
        cwd=isolation._ROOT,
    ).stdout.splitlines()
    if said[0] == "no landlock":
        pytest.skip("this kernel has no Landlock (Linux 5.13): the sandbox keeps its other limits only")
    # 13 is "permission denied", 101 "network is unreachable".
    assert said[1:] == ["closed 13", said[2], "b'TZif'"]
    assert said[2] in {"no network 13", "no network 101"}


def test_the_sandbox_knows_nothing_of_django():
    code = (
        "import sys\nfrom foundation.documents import filetypes\n"
        "from foundation.documents.sandbox import __main__, examine, office, render\n"
        "for kind in filetypes.ACCEPTED:\n    examine.load(kind)\n"
        "    if kind.family is not filetypes.Family.OFFICE: render.load(kind)\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'django', 'celery', 'lers', 'weasyprint'}])\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=isolation._ROOT)
    assert said.stdout.strip() == "[]"


def test_only_what_a_format_needs_is_loaded():
    code = (
        "import sys\nfrom foundation.documents import filetypes\nfrom foundation.documents.sandbox import __main__\n"
        "from foundation.documents.sandbox import examine\nexamine.load(filetypes.CSV)\n"
        "print([name for name in ('pikepdf', 'PIL', 'pypdfium2', 'zipfile') if name in sys.modules])\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=isolation._ROOT)
    assert said.stdout.strip() == "[]"


def test_a_file_that_is_named_as_another_picture_is_refused(receive):
    document = documents.process(receive(make_image("TIFF"), filename="scan.tiff"))
    assert document.state == DocumentState.UNSCANNED
    with pytest.raises(DocumentRefused, match="something else"):
        receive(make_docx(), filename="scan.webp")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("support.txt", b"Customer wrote: <script>alert(1)</script> and <html> in line 1\nand more\n"),
        ("html.csv", b'when,what\n2026-01-01T00:00:00Z,"<html><script>x</script>"\n'),
    ],
)
def test_a_text_that_quotes_a_tag_is_text(receive, name, content):
    assert documents.process(receive(content, filename=name)).state == DocumentState.UNSCANNED


def test_a_page_named_as_text_is_refused(receive):
    found = documents.process(receive(b"<!DOCTYPE html><html><body>x</body></html>", filename="page.txt"))
    assert found.state == DocumentState.REFUSED
