"""Who tells the account holder, by type of legal process, where the law says more than that the company may."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from foundation.legal.models import NoticeDuty

DUTIES_FILE = Path(__file__).parent / "data" / "notice_duties.yaml"


@lru_cache(maxsize=1)
def duties() -> Mapping[str, tuple[NoticeDuty, str]]:
    """Return who tells and the law that says so, by code of the catalogue."""
    content = yaml.safe_load(DUTIES_FILE.read_text(encoding="utf-8"))
    return {code: (NoticeDuty(entry["duty"]), str(entry["law"])) for code, entry in content.items()}


def duty_of(code: str) -> tuple[NoticeDuty, str]:
    """Return who tells under a type of process, and the law that says so; the company may where none does."""
    return duties().get(code, (NoticeDuty.COMPANY, ""))
