"""What the company tells a customer who asks for the data or their deletion: the same words for everybody."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from foundation.notifications.languages import nearest
from foundation.notifications.moments import written_day

WORDS = Path(__file__).resolve().parent / "data" / "customer_words.yaml"


@dataclass(frozen=True)
class CustomerWords:
    """The two letters, in one of our languages."""

    language: str
    received: str
    answer: str


@cache
def _said() -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load(WORDS.read_text("utf-8"))
    return said


def customer_words(*, asks: str, language: str, company: str, asked_on: date, answer_on: date) -> CustomerWords:
    """Return the words: of the kind of question, the language and the two days, and of nothing else."""
    code = nearest(language)
    said = _said()[code][asks]
    days = {"asked": written_day(asked_on, language=code), "day": written_day(answer_on, language=code)}
    # Not by format(): a name of a company may have braces in it.
    texts = []
    for name in ("received", "answer"):
        text = said[name]
        for word, value in (*days.items(), ("company", company)):
            text = text.replace(f"{{{word}}}", value)
        texts.append(text)
    return CustomerWords(code, *texts)
