"""A moment as a mail says it: in the time of the reader's own city, with UTC in brackets behind it.

"20 Nov 2026, 17:00 Oslo time (16:00 UTC)"; "20 Nov 2026, 16:00 UTC" for who lives in UTC.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "pt-br": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
_DAY = {
    "en": "{day} {month} {year}",
    "de": "{day}. {month} {year}",
    "fr": "{day} {month} {year}",
    "es": "{day} de {month} de {year}",
    "pt-br": "{day} de {month} de {year}",
}
# The first day of a month in languages that say "1er".
_FIRST = {"fr": "1er", "pt-br": "1º"}


# The hour in the reader's own zone, and what it is called there.
_THERE = {
    "en": "{hour} {city} time",
    "de": "{hour} Uhr Ortszeit {city}",
    "fr": "{hour} heure {city}",
    "es": "{hour} hora de {city}",
    "pt-br": "{hour} horário de {city}",
}


def written(value: datetime, *, zone: str, language: str = "en") -> str:
    """Write an aware moment for a reader in this zone (IANA) and language; UTC where the zone is unknown.

    The day is said again with UTC where it is another one there.
    """
    utc = value.astimezone(UTC)
    local = value.astimezone(_zone(zone))
    if local.utcoffset() == utc.utcoffset():
        return f"{_day(utc, language)}, {utc:%H:%M} UTC"
    beside = f"{utc:%H:%M} UTC" if local.date() == utc.date() else f"{_day(utc, language)}, {utc:%H:%M} UTC"
    there = _THERE[language].format(hour=f"{local:%H:%M}", city=_place(zone, language))
    return f"{_day(local, language)}, {there} ({beside})"


def written_day(value: date, *, language: str = "en") -> str:
    """Write a day for a reader in this language."""
    return _day(value, language)


def _place(zone: str, language: str) -> str:
    """Return the city that a zone is named after: "America/Sao_Paulo" is "Sao Paulo"."""
    city = zone.rpartition("/")[2].replace("_", " ")
    if language != "fr":
        return city
    return f"d\N{RIGHT SINGLE QUOTATION MARK}{city}" if city[0] in "AEIOU" else f"de {city}"


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _day(value: date, language: str) -> str:
    month = _MONTHS[language].split()[value.month - 1]
    day = _FIRST.get(language, "1") if value.day == 1 else str(value.day)
    return _DAY[language].format(day=day, month=month, year=value.year)
