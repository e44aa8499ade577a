"""Working days of a place: the public holidays of its country and region, and a desk's own exceptions."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import lru_cache
from importlib.metadata import version as installed_version
from importlib.resources import files
from pathlib import Path
from typing import Protocol

import holidays

HOLIDAYS_VERSION = installed_version("holidays")
ZONES_FILE = Path(__file__).parent / "data" / "time_zones.csv"
# The library says Saturday and Sunday here; Libya and three states of Malaysia rest on Friday and Saturday.
_FRIDAY_SATURDAY = {"LY", "MY-02", "MY-KDH", "MY-03", "MY-KTN", "MY-11", "MY-TRG"}


# {"from": "2026-12-24", "to": "2026-12-31", "name": "Year-end closure"}: days as ISO texts, both included.
Closure = Mapping[str, str]


class Calendar(Protocol):
    """What deadlines are counted on: a WorkCalendar row, or a PlaceCalendar."""

    @property
    def country(self) -> str: ...  # noqa: D102 - the fields of WorkCalendar
    @property
    def subdivision(self) -> str: ...  # noqa: D102
    @property
    def time_zone(self) -> str: ...  # noqa: D102
    @property
    def closes_at(self) -> time: ...  # noqa: D102
    @property
    def cut_off(self) -> time | None: ...  # noqa: D102
    @property
    def weekend(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def closures(self) -> Sequence[Closure]: ...  # noqa: D102
    @property
    def extra_closed(self) -> Sequence[date]: ...  # noqa: D102
    @property
    def extra_open(self) -> Sequence[date]: ...  # noqa: D102
    @property
    def version(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class PlaceCalendar:
    """A calendar without a row: the public holidays of a place, closing at 17:00 there.

    `known` holds days off of whole years as they were counted once; a year that is not in it is asked of the library.
    """

    country: str
    subdivision: str
    time_zone: str
    closes_at: time = time(17)
    cut_off: time | None = None
    extra_closed: Sequence[date] = ()
    extra_open: Sequence[date] = ()
    version: int = 1
    weekend: Sequence[int] = ()
    closures: Sequence[Closure] = ()
    known: Mapping[int, Mapping[date, str]] = field(default_factory=dict)


def calendar_of(place: str) -> PlaceCalendar:
    """Return the calendar of "IE" or "GB-ENG"; ValueError with a sentence where there is none."""
    country, _, subdivision = place.strip().partition("-")
    country = country.upper()
    days_off(country, subdivision, 2026)
    zones = _zones()
    zone = zones.get(f"{country}-{subdivision}") or zones.get(country)
    if zone is None:
        raise ValueError(f"There is no time zone for {place}.")
    return PlaceCalendar(country, subdivision, zone)


def zone_of(country: str) -> str:
    """Return the time zone of a country's seat of government, UTC where there is none."""
    return _zones().get(country, "UTC")


def zones_of(country: str) -> list[str]:
    """Return the time zones of a country, that of its seat of government first; empty where none is known."""
    seat = _zones().get(country)
    regions = {zone for place, zone in _zones().items() if place.startswith(f"{country}-")}
    regions |= {zone for code, zone in _places() if code == country}
    return ([seat] if seat else []) + sorted(regions - {seat})


def offered_zones() -> list[str]:
    """Return the time zones that a person chooses from, by name: one for each place, and no second name of any.

    These are the places of the IANA table `zone.tab`, which has no aliases like US/Samoa or Asia/Calcutta, and what
    our own table names. A zone that was stored under another name can still be read everywhere.
    """
    return sorted({zone for _code, zone in _places()} | set(_zones().values()) - {"UTC"})


def place_name(calendar: Calendar) -> str:
    """Write the place as "GB-ENG"."""
    return f"{calendar.country}-{calendar.subdivision}" if calendar.subdivision else calendar.country


def closure_on(calendar: Calendar, day: date) -> str:
    """Return the name of the closure that day is in, empty where it is in none."""
    iso = day.isoformat()
    return next((each["name"] for each in calendar.closures if each["from"] <= iso <= each["to"]), "")


def reason_closed(calendar: Calendar, day: date) -> str:
    """Say why the desk is closed that day: the name of a holiday or closure, "weekend", "closed"; else empty.

    The desk's own exceptions go before the public calendar, and closed before open.
    """
    if day in calendar.extra_closed:
        return "closed"
    if calendar.closures and (name := closure_on(calendar, day)):
        return name
    if day in calendar.extra_open:
        return ""
    return public_days(calendar, day.year).get(day, "")


def public_days(calendar: Calendar, year: int) -> Mapping[date, str]:
    """Return the days off of a year without the desk's own exceptions: weekends and public holidays with their name."""
    if isinstance(calendar, PlaceCalendar) and year in calendar.known:
        return calendar.known[year]
    return days_off(calendar.country, calendar.subdivision, year, tuple(sorted(calendar.weekend)))


def is_working_day(calendar: Calendar, day: date) -> bool:
    """Whether the desk works that day."""
    return not reason_closed(calendar, day)


def next_working_day(calendar: Calendar, day: date) -> date:
    """Return the first working day after this one."""
    for n in range(1, 400):
        if is_working_day(calendar, day + timedelta(days=n)):
            return day + timedelta(days=n)
    raise ValueError(f"The calendar of {place_name(calendar)} has no working day in the year after {day}.")


def rest_days(calendar: Calendar, year: int) -> tuple[int, ...]:
    """Return the days of the week that are the weekend, Monday being 0: the calendar's own, else the country's."""
    own = calendar.weekend or _public(calendar.country, calendar.subdivision, year).weekend
    return tuple(sorted(own))


def regions() -> Mapping[str, Sequence[str]]:
    """Return every country that has a calendar, with the codes of its regions."""
    return {code: sorted(found) for code, found in holidays.list_supported_countries(include_aliases=False).items()}


@lru_cache(maxsize=512)
def days_off(country: str, subdivision: str, year: int, weekend: tuple[int, ...] = ()) -> Mapping[date, str]:
    """Return every day of the year that is no working day, with its reason; `weekend` where it is not the country's.

    Computed once and never changed: the library's own objects fill themselves while they are read, which
    threads must not share.
    """
    public = _public(country, subdivision, year)
    if weekend:
        public.weekend = set(weekend)
    first = date(year, 1, 1)
    days = (first + timedelta(days=n) for n in range((date(year, 12, 31) - first).days + 1))
    return {day: public.get(day) or "weekend" for day in days if not public.is_working_day(day)}


def _public(country: str, subdivision: str, year: int) -> holidays.HolidayBase:
    try:
        public = holidays.country_holidays(
            country, subdiv=subdivision or None, years=[year], expand=False, language="en_US"
        )
    except NotImplementedError as error:
        place = f"{country}-{subdivision}" if subdivision else country
        raise ValueError(f"There is no calendar for {place}. Write a country or a region: IE, GB-ENG.") from error
    if {country, f"{country}-{subdivision}"} & _FRIDAY_SATURDAY:
        public.weekend = {4, 5}
    return public


@lru_cache(maxsize=1)
def _places() -> Sequence[tuple[str, str]]:
    """Return the country and the time zone of every place of the IANA table."""
    table = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line and not line.startswith("#")]
    return [(row[0], row[2]) for row in rows]


@lru_cache(maxsize=1)
def _zones() -> Mapping[str, str]:
    with ZONES_FILE.open(encoding="utf-8", newline="") as lines:
        return {row["place"]: row["time_zone"] for row in csv.DictReader(lines)}
