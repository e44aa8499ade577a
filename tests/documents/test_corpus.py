"""Files made to hurt: each ends in a verdict with a sentence, and no other file notices."""

import io
import re
import resource
from concurrent.futures import ThreadPoolExecutor

import pytest

from foundation.documents import isolation
from foundation.documents.errors import DocumentRefused, SandboxFailed
from foundation.documents.filetypes import Family, FileType, by_filename, display_name
from tests.documents.corpus import NAMES, Case, cases, seeds
from tests.documents.files import make_pdf

# Less than a worker gives, so that the slowest of them do not make the tests slow: then they are given up earlier.
SECONDS = 8.0
SENTENCE = re.compile(r"\S.{18,298}\.")


def kind_of(filename: str) -> FileType:
    kind = by_filename(filename)
    assert kind is not None
    return kind


def refusal_of(content: bytes, kind: FileType) -> str:
    """Return the sentence with which a file is refused, or nothing."""
    try:
        isolation.examine(io.BytesIO(content), kind.media_type)
    except DocumentRefused as refusal:
        return str(refusal)
    return ""


def shown(content: bytes, kind: FileType, seconds: float) -> int:
    """Return how many pages are shown; -1 where the sandbox gave up."""
    try:
        return sum(1 for _page in isolation.render(io.BytesIO(content), kind.media_type, seconds=seconds))
    except SandboxFailed:
        return -1


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases()])
def test_every_file_ends_in_a_verdict(case: Case):
    content, kind = case.make(), kind_of(case.filename)
    refusal = refusal_of(content, kind)
    if refusal:
        assert case.verdict != "accepted", refusal
        assert SENTENCE.fullmatch(refusal)
        assert re.search(case.words, refusal), refusal
        return
    assert case.verdict != "refused"
    if kind.family is not Family.OFFICE:
        assert shown(content, kind, SECONDS) in {-1, *range(1, isolation.PAGES + 1)}


@pytest.mark.parametrize(("filename", "content"), [pytest.param(*seed, id=seed[0]) for seed in seeds()])
def test_good_files_are_taken_and_shown(filename, content):
    kind = kind_of(filename)
    isolation.examine(io.BytesIO(content), kind.media_type)
    if kind.family is not Family.OFFICE:
        assert shown(content, kind, isolation.RENDER_SECONDS) >= 1


def test_while_others_are_killed_a_good_file_is_shown_and_the_worker_stays_small():
    hurting = [
        case
        for case in cases()
        if case.name in {"a million lines", "a form in itself", "a content that unpacks to 256 MB"}
    ]
    assert len(hurting) == 3
    contents = [case.make() for case in hurting]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(shown, content, kind_of("a.pdf"), 6.0) for content in contents]
        good = [shown(make_pdf(pages=2), kind_of("a.pdf"), isolation.RENDER_SECONDS) for _ in range(2)]
        assert all(job.result() in {-1, 1} for job in jobs)
    assert good == [2, 2]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024, "kilobytes"


@pytest.mark.parametrize(("given", "name"), NAMES.items())
def test_names_of_every_kind_become_harmless(given, name):
    found = display_name(given)
    assert found == name
    assert len(found.encode()) <= 240
    assert display_name(found) == found, "a harmless name stays as it is"
