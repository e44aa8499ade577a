"""The page on which anybody checks a file or paper, in the languages that letters are written in."""

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class VerifyWords:
    """Everything the page says in one language; day, time and what the script counts stand in braces."""

    title: str
    lead: str
    languages: str
    problem: str
    another: str
    file_label: str
    file_hint: str
    file_hint_script: str
    drop: str
    hash_label: str
    hash_hint: str
    with_label: str
    with_hint: str
    button: str
    how: str
    answers: str
    issued: str
    issued_means: str
    withdrawn: str
    withdrawn_means: str
    unknown: str
    unknown_means: str
    paper: str
    paper_lead: str
    code_label: str
    code_button: str
    holder: str
    holder_link: str
    hash_key: str
    code_key: str
    answer_key: str
    checked: str
    ours: str
    ours_file: str
    ours_code: str
    no_more: str
    no_more_said: str
    not_ours: str
    not_ours_file: str
    not_ours_with: str
    not_ours_code: str
    all: str
    missing: str
    missing_code: str
    not_a_code: str
    not_a_hash: str
    two_hashes: str
    too_large: str
    too_many: str
    reading: str
    ready: str
    wait: str
    failed: str
    one: str
    stopped: str
    cancel: str
    without: str
    without_said: str
    without_script: str
    without_keys: str


def _read() -> dict[str, VerifyWords]:
    found = yaml.safe_load((Path(__file__).parent / "data" / "verify.yaml").read_text(encoding="utf-8"))
    return {code: VerifyWords(**words) for code, words in found.items()}


# Read once: a missing word fails as the portal starts, not before a reader.
WORDS = _read()
