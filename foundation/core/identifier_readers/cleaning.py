"""What copying and spreadsheets do to a text: invisible signs, wide letters, numbers cut to 15 digits."""

import re
import unicodedata

from foundation.core.identifier_readers.reading import Refused, both

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_HYPHENS = dict.fromkeys(map(ord, "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63"), "-")
_SPACES = dict.fromkeys([0xA0, *range(0x2000, 0x200B), 0x202F, 0x205F, 0x3000], " ")
_UNSEEN = {"Cc", "Cf", "Co", "Cn"}
AS_TEXT = "Format the column as text, then paste the value again."


def clean(text: str) -> tuple[str, str]:
    """Return the text as it was meant, and what was changed; spaces around it are nobody's concern."""
    if text.isascii() and text.isprintable():
        return text.strip(), ""
    if any(0xD800 <= ord(sign) <= 0xDFFF or sign == "\ufffd" for sign in text):
        raise Refused("This holds signs that were damaged on the way. Save the file as UTF-8, or type it again.")
    seen = "".join(sign for sign in text if sign in "\t\n" or unicodedata.category(sign) not in _UNSEEN)
    hidden = "Invisible signs were taken out." if seen.strip() != text.strip() else ""
    plain = seen.translate(_WIDE).translate(_SPACES)
    plain = "".join(str(unicodedata.digit(sign)) if sign.isdecimal() and not sign.isascii() else sign for sign in plain)
    wide = "Wide or foreign signs were replaced." if plain.replace(" ", "") != re.sub(r"\s", "", seen) else ""
    return re.sub(r"[\t\n]", " ", plain).strip(), both(hidden, wide)


def plain_hyphens(text: str) -> str:
    """Return the text with every dash as a hyphen."""
    return text.translate(_HYPHENS)


def refuse_spreadsheet(text: str) -> None:
    """Refuse what a spreadsheet has made of a value: the rest of it is lost, or cannot be known."""
    if re.fullmatch(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]{1,3}", text):
        raise Refused(f"A spreadsheet has rounded this number, so its digits are lost. {AS_TEXT}")
    if text.startswith("="):
        raise Refused(f"This is a formula, not a value. {AS_TEXT}")
    if text.startswith(("'", "\u2018", "\u2019", "`")):
        raise Refused(f"A spreadsheet has put an apostrophe in front. Take it away. {AS_TEXT}")
    if re.fullmatch(r"#+|#(?:N/A|NAME|REF|VALUE|NULL|NUM|DIV/0|SPILL)[!?]?", text):
        raise Refused(f"A spreadsheet shows this instead of the value. Make the column wider. {AS_TEXT}")


def refuse_foreign(text: str) -> None:
    """Refuse a letter outside of ASCII where the kind has none: it only looks like one that belongs there."""
    for sign in text:
        if not sign.isascii():
            name = unicodedata.name(sign, "an unknown sign").lower()
            raise Refused(f"The sign {sign} is not what it looks like ({name}). Type it again instead of copying it.")
