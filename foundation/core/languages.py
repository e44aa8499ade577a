"""Languages by their codes (ISO 639-1) and English names: one list for every form and every page."""

from collections.abc import Iterable

from django.conf.locale import LANG_INFO

# Asked for here and not among Django's own, or there only as variants.
_BESIDES = {"am": "Amharic", "mt": "Maltese", "si": "Sinhala", "tl": "Filipino", "zh": "Chinese"}
NAMES: dict[str, str] = _BESIDES | {
    code: str(info["name"]) for code, info in LANG_INFO.items() if len(code) == 2 and "name" in info
}
# English first, then by name.
CHOICES = sorted(NAMES.items(), key=lambda pair: (pair[0] != "en", pair[1]))


def language_name(code: str) -> str:
    """Return the English name of a language; of a variant its base's; the code itself where it is not known."""
    return NAMES.get(code) or NAMES.get(code.partition("-")[0]) or code


def language_names(codes: Iterable[str]) -> str:
    """Return the names of languages for a sentence, in the order that is given: "English, Norwegian and Danish"."""
    names = [language_name(code) for code in codes]
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))
