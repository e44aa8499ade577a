"""What the page of figures can be narrowed down to, as it stands in the address and in words."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django_countries import countries

from foundation.legal.models import Jurisdiction, ProcessType
from foundation.providers.models import Provider
from requests_app.enums import Channel, RequestKind

# The whole desk; and what stands for "has none" as the key of a slice.
ALL, NONE = "all", "none"
DIMENSIONS = {
    "team": "Team",
    "country": "Country",
    "type": "Type of process",
    "kind": "Kind",
    "channel": "Channel",
}
# Of a key.
_LONGEST = 60
_NONE_WORDS = {"team": "No team", "country": "Country not known", "type": "No type of process"}


@dataclass(frozen=True)
class Filters:
    """One slice and perhaps one month; `of` and `month` are names in the address, and neither names a person."""

    dimension: str = ALL
    key: str = ""
    month: date | None = None
    company: str = ""

    @classmethod
    def read(cls, given: Mapping[str, str]) -> "Filters":
        """Read the address; what it cannot mean is left out."""
        dimension, _colon, key = str(given.get("of") or "").partition(":")
        if dimension not in DIMENSIONS or not key or len(key) > _LONGEST or not key.isprintable():
            dimension, key = ALL, ""
        return cls(dimension, key, _month(str(given.get("month") or "")), str(given.get("company") or "")[:50])

    @property
    def of(self) -> str:
        """The slice as it stands in the address."""
        return f"{self.dimension}:{self.key}" if self.key else ""

    def query(self, **other: str) -> str:
        """Return these filters as a query string, some of them changed."""
        month = f"{self.month:%Y-%m}" if self.month else ""
        values = {"of": self.of, "month": month, "company": self.company} | other
        return urlencode({name: value for name, value in values.items() if value})


def _month(text: str) -> date | None:
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == 7 else None
    except ValueError:
        return None


def names(provider: Provider, keys: Mapping[str, Collection[str]]) -> dict[str, dict[str, str]]:
    """Return the words for each of these keys by dimension, in their alphabetical order; three queries."""
    types: dict[str, str] = {}
    for code, name, country in (
        ProcessType.objects.filter(code__in=keys.get("type", ()))
        .order_by("pk")
        .values_list("code", "name", "jurisdiction__name")
    ):
        types[code] = f"{country}: {name}"
    places = dict(Jurisdiction.objects.filter(code__in=keys.get("country", ())).values_list("code", "name"))
    known: dict[str, Mapping[str, str]] = {
        "team": {str(pk): name for pk, name in provider.ordinary_teams().values_list("pk", "name")},
        "country": {code: places.get(code) or countries.name(code) or code for code in keys.get("country", ())},
        "type": types,
        "kind": {str(kind): str(kind.label) for kind in RequestKind},
        "channel": {str(channel): str(channel.label) for channel in Channel},
    }
    found = {}
    for dimension in DIMENSIONS:
        said = {key: _words(dimension, key, known[dimension]) for key in keys.get(dimension, ())}
        found[dimension] = dict(sorted(said.items(), key=lambda one: (one[0] == NONE, one[1].casefold())))
    return found


def _words(dimension: str, key: str, known: Mapping[str, str]) -> str:
    if key == NONE:
        return _NONE_WORDS.get(dimension, "None")
    return str(known.get(key, key))
