"""The filters of the staff's list of holds in words."""

from accounts.models import Agency
from preservation import status_words
from preservation.list_filters import GROUNDS, TAB_WORDS, Filters


def said(filters: Filters, name: str) -> str:
    """Say one of the filters in force."""
    match name:
        case "within":
            return f"Ends within {filters.within} days"
        case "ends":
            return f"Ends on {filters.ends:%-d %b %Y}"
        case "country":
            return status_words.country(filters.country)
        case "ground":
            return GROUNDS[filters.ground]
    agency = Agency.objects.filter(uid=filters.agency).first() if filters.agency else None
    return agency.name if agency else "An agency that is not known"


def sentence(filters: Filters) -> str:
    """Say the tab and its filters: "All running, Norway, Ends within 7 days"."""
    return ", ".join([TAB_WORDS[filters.state], *(said(filters, name) for name in filters.set)])
