"""What is asked, and what the orders reach, side by side and in words."""

from dataclasses import dataclass, field
from datetime import datetime

from requests_app.deadlines import instants, time_zones
from requests_app.enums import RECORD_CATEGORIES
from requests_app.limit_words import limit_words
from requests_app.services.preflight import Facts, reach_refusal
from requests_app.services.preflight.facts import AskedFacts


@dataclass
class ScopeRow:
    """One kind of records: what the orders reach, and the periods that are asked for."""

    label: str
    reached: str
    reaches: bool | None
    periods: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def mismatch(self) -> bool:
        """Say whether something is asked for that nothing reaches."""
        return bool(self.periods) and self.reaches is False


def scope_table(facts: Facts) -> list[ScopeRow]:
    """Return a row for every kind of records: what the legal process reaches beside what is asked."""
    rows = []
    for category in RECORD_CATEGORIES:
        known = [order for order in facts.orders if order.type]
        reaching = [order for order in known if reach_refusal(order.type, category) is None]
        words = "Reached" if reaching else "Not reached" if known else "Choose the type of legal process first"
        if reaching and len(facts.orders) > 1:
            words = f"Reached by {', '.join(order.label for order in reaching)}"
        row = ScopeRow(str(category.label), words, bool(reaching) if known else None)
        row.periods = [_period(facts, asked) for asked in facts.asked if asked.category == category]
        rows.append(row)
    return rows


def _period(facts: Facts, asked: AskedFacts) -> tuple[str, str, str]:
    """Return the days as given, the same in UTC, and the assets and the order where that needs saying."""
    order = facts.order_of(asked.order) if len(facts.orders) > 1 and asked.order else None
    under = [limit_words(asked.category, assets=asked.assets), f"Under {order.label}" if order else ""]
    return days_words(asked), utc_words(asked), ". ".join(filter(None, under))


def days_words(asked: AskedFacts) -> str:
    """Return a period as its days: "1 Mar 2026 to 30 Sep 2026, Europe/Oslo"."""
    first, last = (f"{day:%-d %b %Y}" if day else "no date" for day in (asked.first, asked.last))
    return f"{first} to {last}, {asked.zone.replace('_', ' ')}"


def utc_words(asked: AskedFacts) -> str:
    """Return exactly what is asked for, in UTC; empty while the period is none."""
    if not asked.first or not asked.last or asked.last < asked.first or asked.zone not in time_zones():
        return ""
    if asked.first.year < 2 or asked.last.year > 9990:
        return ""
    begins, ends = instants(asked.first, asked.last, asked.zone)
    return f"{_instant(begins)} until {_instant(ends)} UTC"


def _instant(moment: datetime) -> str:
    return f"{moment:%-d %b %Y, %H:%M}"
