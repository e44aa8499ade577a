"""Prepared texts: which one fits, what is filled into it, and how staff keep them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import slugify
from django.utils.translation import override

from accounts.models import User
from accounts.permissions import Permission, has_permission
from foundation.audit.trail import record
from foundation.core.errors import Incomplete, NotAllowed, PortalError, Stale
from foundation.notifications.languages import nearest
from foundation.providers.models import Provider
from requests_app.enums import TextPurpose
from requests_app.events import Event
from requests_app.models import DataRequest, TextTemplate

ENGLISH = "en"
GENERAL = "general"
# What is filled in, and for which purposes: only a question has a day by which it is answered.
PLACEHOLDERS: Mapping[str, str] = {
    "reference": "the reference of the request",
    "agency": "the name of the officer's agency",
    "company": "our company's name",
    "due": "the day by which the question is answered",
}
_ONLY_QUESTIONS = frozenset({"due"})
_BRACES = re.compile(r"\{([^{}]*)\}")
_CHANGED = "Somebody else changed this text while you had it open. Read what stands there now, then save again."
_TWICE = "There is a text of this kind for this country and language already. Change that one."


class UnknownPlaceholder(PortalError):
    """A text names something in braces that nobody fills in."""


def known(purpose: str) -> list[str]:
    """Return the placeholders of texts for this purpose."""
    return [name for name in PLACEHOLDERS if purpose == TextPurpose.QUESTION or name not in _ONLY_QUESTIONS]


def usable(provider: Provider, purpose: str) -> QuerySet[TextTemplate]:
    """Return the texts of a company for a purpose that were not retired."""
    return TextTemplate.objects.filter(provider=provider, purpose=purpose, retired_at=None)


def choose(
    provider: Provider, purpose: str, about: str = "", jurisdiction: str = "", language: str = ENGLISH
) -> TextTemplate | None:
    """Return the text that fits best, or None.

    `about` is the check of a question, the code of a return or refusal, the channel of a referral; one without a text
    of its own gets the general one. Then the officer's own country (ISO 3166) comes before all countries, then the
    language (ISO 639-1, with or without a variant) before English. A text in a third language is never chosen.
    """
    wanted = [GENERAL] if about in {"", GENERAL} else [about, GENERAL]
    languages = _languages(language)
    rows = usable(provider, purpose).filter(jurisdiction__in={jurisdiction, ""})
    found = [row for row in rows if (row.about or GENERAL) in wanted and row.language in languages]
    found.sort(
        key=lambda row: (
            wanted.index(row.about or GENERAL), not row.jurisdiction, languages.index(row.language), row.pk,
        )
    )  # fmt: skip
    return found[0] if found else None


def _languages(wanted: str) -> list[str]:
    """Return the languages that are read by who wants this one, the best first."""
    code = wanted.strip().lower().replace("_", "-")
    return list(dict.fromkeys((code, code.partition("-")[0], nearest(code), ENGLISH)))


def fill(text: str, data_request: DataRequest, *, due: datetime | None = None, language: str = ENGLISH) -> str:
    """Return a text with its placeholders filled in, plainly: what is filled in is never read as a placeholder.

    `due` is given in words of the text's language. A placeholder without a value stays as it stands, so that whoever
    sends the text sees it (and is stopped by `left_over`).
    """
    values = {
        "reference": data_request.reference or "",
        "agency": data_request.agency.name,
        "company": data_request.provider.name,
    }
    if due is not None:
        with override(nearest(language)):
            values["due"] = f"{date_format(due.astimezone(timezone.get_default_timezone()), 'DATE_FORMAT')} (UTC)"
    return _BRACES.sub(lambda found: values.get(found[1].strip()) or found[0], text)


def text_for(
    data_request: DataRequest, purpose: str, about: str = "", *, language: str = "", due: datetime | None = None
) -> str:
    """Return the words that staff start from for this request, filled in; empty where no text fits.

    Without a language the officer's own counts.
    """
    wanted = language or data_request.officer.language
    row = choose(data_request.provider, purpose, about, data_request.jurisdiction, wanted)
    return fill(row.text, data_request, due=due, language=row.language) if row else ""


def left_over(text: str) -> list[str]:
    """Return the placeholders in a text that were not filled in."""
    return [name for name in dict.fromkeys(found.strip() for found in _BRACES.findall(text)) if name in PLACEHOLDERS]


def refuse_unknown(text: str, purpose: str) -> None:
    """Raise UnknownPlaceholder where a text has braces around anything that is not filled in for this purpose."""
    names = known(purpose)
    strange = [found for found in dict.fromkeys(_BRACES.findall(text)) if found.strip() not in names]
    if strange or _BRACES.sub("", text).count("{") or _BRACES.sub("", text).count("}"):
        what = ", ".join(f"{{{name}}}" for name in strange) or "a brace that stands alone"
        may = ", ".join(f"{{{name}}}" for name in names)
        raise UnknownPlaceholder(f"Nobody fills in {what}. Only these are filled in here: {may}.")


@transaction.atomic
def add(provider: Provider, said: Mapping[str, Any], *, by: User, at: datetime | None = None) -> TextTemplate:
    """Add a text. `said`: purpose, name, about, jurisdiction, language, text. Raises Incomplete where it is there."""
    at = at or timezone.now()
    locked = _provider(provider, by)
    refuse_unknown(said["text"], said["purpose"])
    code = said.get("code") or _free_code(locked, said)
    key = {"purpose": said["purpose"], "code": code, "jurisdiction": said["jurisdiction"], "language": said["language"]}
    if TextTemplate.objects.filter(provider=locked, **key).exists():
        raise Incomplete(_TWICE)
    row = TextTemplate.objects.create(
        provider=locked, **key, name=said["name"].strip(), about=said["about"], text=said["text"].strip(),
        changed_at=at, changed_by=by,
    )  # fmt: skip
    record(Event.TEXT_ADDED, by=by, obj=row, object_label=str(row), data=key | {"after": row.text}, at=at)
    return row


@transaction.atomic
def change(
    row: TextTemplate, *, name: str, about: str, text: str, version: int, by: User, at: datetime | None = None
) -> TextTemplate:
    """Change a text. `version` is the one this person saw; Stale where somebody changed it meanwhile.

    Nothing is recorded where nothing differs.
    """
    at = at or timezone.now()
    row = _locked(row, version=version, by=by)
    refuse_unknown(text, row.purpose)
    said = {"name": name.strip(), "about": about, "text": text.strip()}
    changes = {key: [getattr(row, key), value] for key, value in said.items() if getattr(row, key) != value}
    if changes:
        _save(row, said, by=by, at=at)
        record(Event.TEXT_CHANGED, by=by, obj=row, object_label=str(row), data={"changes": changes}, at=at)
    return row


@transaction.atomic
def retire(row: TextTemplate, *, version: int, by: User, at: datetime | None = None) -> TextTemplate:
    """Offer a text no longer; it stays, so that whoever reads an old event finds it. Harmless twice."""
    at = at or timezone.now()
    row = _locked(row, version=version, by=by)
    if row.retired_at is None:
        _save(row, {"retired_at": at}, by=by, at=at)
        record(Event.TEXT_RETIRED, by=by, obj=row, object_label=str(row), at=at)
    return row


@transaction.atomic
def restore(row: TextTemplate, *, version: int, by: User, at: datetime | None = None) -> TextTemplate:
    """Offer a retired text again. Harmless twice."""
    at = at or timezone.now()
    row = _locked(row, version=version, by=by)
    if row.retired_at is not None:
        _save(row, {"retired_at": None}, by=by, at=at)
        record(Event.TEXT_RESTORED, by=by, obj=row, object_label=str(row), at=at)
    return row


def _provider(provider: Provider, by: User) -> Provider:
    if (
        not has_permission(by, Permission.MANAGE_TEXTS)
        or not by.staff_roles.filter(provider=provider, ended_at=None).exists()
    ):
        raise NotAllowed("You do not have the right to do this.")
    return Provider.objects.select_for_update().get(pk=provider.pk)


def _locked(row: TextTemplate, *, version: int, by: User) -> TextTemplate:
    _provider(row.provider, by)
    row = TextTemplate.objects.select_for_update().get(pk=row.pk)
    if row.lock_version != version:
        raise Stale(_CHANGED)
    return row


def _save(row: TextTemplate, said: Mapping[str, Any], *, by: User, at: datetime) -> None:
    values = {**said, "changed_at": at, "changed_by": by, "lock_version": row.lock_version + 1}
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))


def _free_code(provider: Provider, said: Mapping[str, Any]) -> str:
    """Return a code for a text of a new kind, made of its name."""
    base = slugify(said["name"])[:34] or "text"
    taken = set(
        TextTemplate.objects.filter(provider=provider, purpose=said["purpose"], code__startswith=base).values_list(
            "code", flat=True
        )
    )
    return next(code for code in (base, *(f"{base}-{n}" for n in range(2, 1000))) if code not in taken)
