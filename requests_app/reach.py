"""What a type of legal process reaches, in the portal's own categories."""

from collections.abc import Collection

from requests_app.enums import REACH_OF_CATEGORY, DataCategory

# Words of the catalogue that no record of this portal answers to.
_NOT_KEPT = {"traffic": "Traffic data of communications (this service has no records of that kind)"}


def categories_reached(reaches: Collection[str]) -> list[DataCategory]:
    """Return the categories that a list of the catalogue's words reaches, by the one mapping there is."""
    return [category for category in DataCategory if REACH_OF_CATEGORY[category] in reaches]


def reach_words(reaches: Collection[str]) -> list[str]:
    """Say what is reached, one line each; also what the law would reach and this portal has not."""
    kept = [str(category.label) for category in categories_reached(reaches)]
    return [*kept, *(words for name, words in _NOT_KEPT.items() if name in reaches)]
