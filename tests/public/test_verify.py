"""The page "Check a file": issued, withdrawn or not known, alike in everything but the words, and nothing is kept."""

import hashlib
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from foundation.audit.models import AuditEvent
from foundation.core.references import new_check_code
from foundation.documents.models import Document
from requests_app.models import IssuedFile
from requests_app.verify_words import WORDS
from requests_app.views.public.verify import CHECKS, MOST_BYTES, _network
from tests.factories import request_at
from tests.people import client_for

PATH = "/verify/"
ISSUED_ON, WITHDRAWN_ON = datetime(2026, 11, 1, 22, 0, tzinfo=UTC), datetime(2026, 11, 9, 1, 0, tzinfo=UTC)
CONTENT = b"time_utc,ip\n2026-10-01T00:00:00Z,192.0.2.1\n" * 40_000
IN_FORCE, GONE, NEVER = (hashlib.sha256(content).hexdigest() for content in (CONTENT, b"gone", b"never"))
OF_EACH_ANSWER = {"Expires", "X-Request-ID"}
TOO_LARGE = b"x" * (MOST_BYTES + 1)


@pytest.fixture
def package(db):
    """A package of which one file is in force and one was withdrawn, each with the code of a paper."""
    data_request = request_at("granted")
    people = data_request.test_people
    now = timezone.now()
    found = data_request.packages.create(number=1, prepared_by=people.analyst, prepared_at=now, due_at=now)
    found.codes = [new_check_code(), new_check_code()]
    for sha256, code, ended in ((IN_FORCE, found.codes[0], None), (GONE, found.codes[1], WITHDRAWN_ON)):
        row = {"sha256": sha256, "check_code": code, "issued_at": ISSUED_ON, "withdrawn_at": ended}
        IssuedFile.objects.create(package=found, kind="letter", **row)
    return found


def ask(client=None, *, spoken="en", status=200, **typed):
    answer = (client or Client()).post(f"{PATH}?in={spoken}", typed)
    assert answer.status_code == status
    return answer


def text(answer):
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode().partition("<main")[2]).split())


def test_a_hash_is_read_however_it_was_copied(package):
    spaced = " ".join(IN_FORCE[at : at + 2] for at in range(0, 64, 2))
    for typed in (
        IN_FORCE,
        f" {IN_FORCE.upper()}\r\n",
        spaced,
        f"{IN_FORCE}  MX-26-1-001.csv",
        f"SHA2-256(x)= {IN_FORCE}",
    ):
        page = text(ask(hash=typed))
        assert WORDS["en"].ours in page, typed
        assert "Issued on 1 Nov 2026" in page
        assert IN_FORCE in page
    assert "withdrawn on 9 Nov 2026" in text(ask(hash=GONE))
    assert WORDS["en"].not_ours in text(ask(hash=NEVER))


@pytest.mark.parametrize("typed", ["", "  ", IN_FORCE[:-1], f"{IN_FORCE}0", "z" * 64, f"{IN_FORCE} {GONE}", "\x00"])
def test_what_is_no_hash_is_refused_and_stays_in_the_field(typed, db):
    answer = ask(hash=typed, status=422)
    assert WORDS["en"].problem in text(answer)
    assert typed.strip("\x00 ") in answer.content.decode()


def test_a_code_is_read_however_it_was_typed(package):
    in_force, gone = package.codes
    for typed in (
        in_force,
        in_force.lower().replace("-", " "),
        in_force.replace("-", "\u2013"),
        in_force.replace("0", "O"),
        f"{in_force}.",
    ):
        assert "A paper with this check code was issued on 1 Nov 2026" in text(ask(code=typed))
    assert "withdrawn on 9 Nov 2026" in text(ask(code=gone))
    wrong = in_force[:-1] + ("0" if in_force[-1] != "0" else "1")
    assert WORDS["en"].not_ours_code in text(ask(code=new_check_code()))
    for typed in (wrong, "nonsense", IN_FORCE):
        assert WORDS["en"].not_a_code in text(ask(code=typed, status=422))
    assert WORDS["en"].missing_code in text(ask(code=" ", status=422))


def test_a_file_without_script_is_hashed_and_nothing_of_it_is_kept(package):
    officer = client_for(package.data_request.officer)
    before = stored(), Document.objects.count(), AuditEvent.objects.count()
    for client in (Client(), officer):
        answer = ask(client, file=SimpleUploadedFile("secret-name.csv", CONTENT), hash="")
        assert WORDS["en"].ours in text(answer)
        assert "secret-name" not in answer.content.decode()
        answer = ask(client, file=SimpleUploadedFile("a.csv", CONTENT + b"\n"), hash="")
        assert WORDS["en"].not_ours in text(answer)
    assert WORDS["en"].too_large in text(ask(file=SimpleUploadedFile("a", TOO_LARGE), status=422))
    assert WORDS["en"].not_ours in text(ask(file=SimpleUploadedFile("a", TOO_LARGE[:MOST_BYTES])))
    assert (stored(), Document.objects.count(), AuditEvent.objects.count()) == before


def stored():
    def walk(folder):
        folders, files = default_storage.listdir(folder)
        return len(files) + sum(walk(f"{folder}/{name}".lstrip("/")) for name in folders)

    try:
        return walk("")
    except FileNotFoundError:
        return 0


def test_records_whose_bytes_somebody_knows_are_as_unknown_as_what_was_made_up(package):
    guessed = hashlib.sha256(b"email,created\nme@example.org,2020-01-01\n").hexdigest()
    IssuedFile.objects.create(package=package, kind="record", sha256=guessed, issued_at=ISSUED_ON)

    def said(sha256, code):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(**{"hash": sha256, "with": code})
        page = re.sub(r"\d\d:\d\d:\d\d", "", text(answer).replace(sha256, ""))
        return len(queries), len(answer.content), page

    for code in ("", new_check_code()):
        assert said(guessed, code) == said(NEVER, code)
    assert WORDS["en"].not_ours_file in said(guessed, "")[2]
    right = ask(**{"hash": guessed, "with": package.codes[0].lower().replace("-", " ")})
    assert "Issued on 1 Nov 2026" in text(right)
    assert package.codes[0] in text(right)
    refused = ask(**{"hash": guessed, "with": "V7QK"}, status=422)
    assert WORDS["en"].not_a_code in text(refused)
    assert 'value="V7QK"' in refused.content.decode()
    assert guessed in refused.content.decode()


@pytest.mark.parametrize("spoken", WORDS)
def test_answers_are_alike_for_who_watches_and_in_each_language(package, spoken):
    words, client, seen, pages = WORDS[spoken], Client(), set(), []
    client.get(PATH, headers={"accept-language": f"{spoken};q=0.9,en;q=0.1"})
    guessed = hashlib.sha256(b"guessed").hexdigest()
    IssuedFile.objects.create(package=package, kind="record", sha256=guessed, issued_at=ISSUED_ON)
    asked = [("hash", sha256) for sha256 in (IN_FORCE, GONE, guessed)]
    asked += [("code", code) for code in (*package.codes, new_check_code(), new_check_code())]
    for field, typed in asked:
        with CaptureQueriesContext(connection) as queries:
            answer = ask(client, spoken=spoken, **{field: typed})
        headers = tuple(item for item in sorted(answer.headers.items()) if item[0] not in OF_EACH_ANSWER)
        seen.add((len(queries), len(answer.content), headers))
        assert typed not in str(answer.headers)
        pages.append(text(answer))
    assert len(seen) == 1
    headers = dict(seen.pop()[2])
    assert "no-store" in headers["Cache-Control"]
    for page, title in zip(pages, (words.ours, words.no_more, words.not_ours, words.ours, words.no_more), strict=False):
        assert title in page
    for page in pages:
        assert words.all in page
        assert package.data_request.reference not in page
    unknown = [re.sub(r"\d\d:\d\d:\d\d", "", page.replace(asked[at][1], "")) for at, page in enumerate(pages)][5:]
    assert unknown[0] == unknown[1]
    assert f'lang="{spoken}"' in client.get(f"{PATH}?in={spoken}").content.decode()


def test_so_many_checks_and_no_more_from_one_network(package):
    client = Client(REMOTE_ADDR="2001:db8:1:2::1")
    for _n in range(CHECKS.most):
        ask(client, hash=NEVER)
    refused = ask(Client(REMOTE_ADDR="2001:db8:1:2:ffff::9"), code=package.codes[0], status=429)
    assert WORDS["en"].too_many in text(refused)
    assert WORDS["en"].ours not in text(refused)
    ask(Client(REMOTE_ADDR="2001:db8:1:3::1"), hash=NEVER)


def test_networks():
    def network(address):
        return _network(RequestFactory().get("/", REMOTE_ADDR=address))

    assert [network("192.0.2.7"), network("2001:db8::7:1"), network("unix")] == ["192.0.2.7", "2001:db8::/64", ""]


def test_it_and_the_page_for_letters_lead_to_each_other(db):
    client = Client()
    assert f'href="{PATH}"' in client.get("/").content.decode()
    assert 'href="/letters/check/?in=de"' in client.get(f"{PATH}?in=de").content.decode()
    assert 'href="/verify/verify_package.py"' in client.get(PATH).content.decode()
    assert f'href="{PATH}?in=de"' in client.get("/letters/check/?in=de").content.decode()


def test_words_have_the_same_braces_in_each_language():
    braces = {code: {name: sorted(re.findall(r"\{\w+\}", value)) for name, value in vars(words).items()}
              for code, words in WORDS.items()}  # fmt: skip
    assert all(found == braces["en"] for found in braces.values())
    assert SimpleNamespace(**braces["en"]).reading == ["{done}", "{name}", "{percent}", "{size}"]
