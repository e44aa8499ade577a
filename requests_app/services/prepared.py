"""The texts that come with the portal: from their files into rows. What the company changed or retired stays."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.audit.canonical import JSON
from foundation.audit.trail import record
from foundation.providers.models import Provider
from requests_app.enums import TextPurpose
from requests_app.events import Event
from requests_app.models import TextTemplate
from requests_app.services.templates import ENGLISH, GENERAL

TEXTS = Path(__file__).parents[1] / "data" / "texts"
Key = tuple[str, str, str, str]  # purpose, code, jurisdiction, language


def shipped() -> dict[Key, tuple[str, str]]:
    """Return the texts of the files: (purpose, code, jurisdiction, language) to (name, text)."""
    english = _read(ENGLISH)
    names = {(p, code): said["name"] for p in TextPurpose.values for code, said in english.get(p, {}).items()}
    found: dict[Key, tuple[str, str]] = {}
    for file in sorted(TEXTS.glob("*.yaml")):
        for purpose, code, country, text in _texts(_read(file.stem)):
            found[purpose, code, country, file.stem] = (names[purpose, code], text)
    return found


def _read(language: str) -> dict[str, Any]:
    said: dict[str, Any] = yaml.safe_load((TEXTS / f"{language}.yaml").read_text("utf-8"))
    return said


def _texts(said: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    countries = {"": said, **said.get("countries", {})}
    for country, of_country in countries.items():
        for purpose in TextPurpose.values:
            for code, text in of_country.get(purpose, {}).items():
                yield purpose, code, country, (text["text"] if isinstance(text, dict) else text).strip()


@transaction.atomic
def load(provider: Provider, *, by: User | None, at: datetime | None = None) -> int:
    """Add the texts of the files that this company does not have; return how many. Safe to repeat.

    `by` is None for the installation itself. A text that the company changed or retired has its row, and stays.
    """
    at = at or timezone.now()
    provider = Provider.objects.select_for_update().get(pk=provider.pk)
    keys = ("purpose", "code", "jurisdiction", "language")
    there = set(TextTemplate.objects.filter(provider=provider).values_list(*keys))
    missing = [
        TextTemplate(
            provider=provider, **dict(zip(keys, key, strict=True)), name=name, text=text, changed_at=at, changed_by=by,
            about="" if key[1] == GENERAL else key[1],
        )
        for key, (name, text) in shipped().items()
        if key not in there
    ]  # fmt: skip
    TextTemplate.objects.bulk_create(missing)
    if missing:
        data: dict[str, JSON] = {"company": provider.slug, "added": len(missing)}
        record(Event.TEXTS_LOADED, by=by, obj=provider, object_label=provider.name, data=data, at=at)
    return len(missing)
