"""Countries as jurisdictions: their names in English, and who is a member of the European Union."""

from django.utils import translation
from django_countries import countries

EU, INTERNATIONAL = "EU", "INT"

EU_MEMBERS = frozenset(
    (
        *("AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE"),
        *("IT", "LV", "LT", "LU", "MT", "NL", "PL", "PT", "RO", "SK", "SI", "ES", "SE"),
    )
)


def jurisdiction_names() -> dict[str, str]:
    """Return the name of every jurisdiction by its code."""
    with translation.override("en"):
        names = {code: str(name) for code, name in countries}
    # Not in ISO 3166-1; the code that the European Union and most registers use.
    names.setdefault("XK", "Kosovo")
    return names | {EU: "European Union", INTERNATIONAL: "International"}


# Who is party to an executive agreement under the US CLOUD Act: UK-US in force since 3 October 2022, AU-US since
# 31 January 2024.
_CLOUD_ACT, _CLOUD_ACT_PARTIES = "INT-CLOUD", frozenset(("US", "GB", "AU"))

# EU acts that do not bind a Member State: Protocol 22 (Denmark) and Protocol 21 (Ireland) to the Treaties.
_NOT_BOUND = {
    "DK": ("EU-EIO", "EU-EPOC-SUB", "EU-EPOC-TRAFFIC", "EU-EPOC-PR"),
    "IE": ("EU-EIO",),
}


def not_bound_by(country: str) -> tuple[str, ...]:
    """Return the codes of the EU acts and agreements that do not bind this country."""
    codes = _NOT_BOUND.get(country, ())
    return codes if country in _CLOUD_ACT_PARTIES else (*codes, _CLOUD_ACT)
