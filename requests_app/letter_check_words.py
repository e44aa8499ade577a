"""The page on which somebody checks a letter, in the languages that letters are written in."""

from dataclasses import dataclass
from pathlib import Path

import yaml


@dataclass(frozen=True)
class CheckWords:
    """Everything the page says in one language; day and company stand in braces."""

    title: str
    lead: str
    label: str
    hint: str
    button: str
    ours: str
    ours_more: str
    unknown: str
    unknown_more: str
    missing: str
    problem: str
    too_many: str
    languages: str
    files: str
    files_link: str


def _read() -> dict[str, CheckWords]:
    found = yaml.safe_load((Path(__file__).parent / "data" / "letter_check.yaml").read_text(encoding="utf-8"))
    return {code: CheckWords(**words) for code, words in found.items()}


# Read once: a missing word fails as the portal starts, not before a reader.
WORDS = _read()
