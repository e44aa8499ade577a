"""User IDs, e-mail addresses, telephone numbers and user names."""

import re
import unicodedata

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from foundation.core.identifier_readers.reading import Reading, Refused

_COUNTRY_CODE = "Write the number with its country code, for example +44 7700 900461."


def uid(text: str) -> Reading:
    """Read the number of an account."""
    folded = re.sub(r"[\s\u00a0.\-_]", "", text) if re.fullmatch(r"[0-9]+([\s\u00a0.\-][0-9]{2,})+", text) else text
    folded = re.sub(r"(?i)^(uid|id|user id)\s*[:#]?\s*", "", folded).removeprefix("#")
    if not re.fullmatch(r"[0-9]{4,20}", folded):
        raise Refused("A user ID has 4 to 20 digits. For a name or address choose another kind.")
    return Reading(folded, "" if folded == text else "Written as digits only.")


def email(text: str) -> Reading:
    """Read an address, also out of `Name <address>` and `mailto:`; it is compared in small letters."""
    named = re.fullmatch(r"[^<>]*<\s*([^<>\s]+)\s*>", text)
    bare = re.sub(r"(?i)^mailto:", "", named[1] if named else text)
    if bare.count("@") > 1 or re.search(r"[\s,;]", bare):
        raise Refused("Write one whole address, for example name@example.com.")
    if "xn--" not in bare.lower() and mixes_scripts(bare):
        raise Refused(MIXED)
    try:
        found = validate_email(bare, check_deliverability=False, allow_smtputf8=True)
    except (EmailNotValidError, UnicodeError):
        raise Refused("Write the whole address, for example name@example.com.") from None
    same = found.normalized.lower()
    if same == text:
        return Reading(same)
    if named or bare != text:
        return Reading(same, "Only the address was taken.")
    return Reading(same, "Written in small letters." if same == text.lower() else "Written in its usual form.")


def phone(text: str) -> Reading:
    """Read a telephone number with its country code; it is compared in E.164."""
    bare = re.sub(r"(?i)^tel:", "", text)
    if re.search(r"(?i)(ext|extension|x|#|durchwahl|poste)\.?\s*[0-9]{1,7}$|;ext=", bare):
        raise Refused("Leave the extension off. Only the number itself can belong to an account.")
    if not bare.startswith(("+", "00")):
        raise Refused(_COUNTRY_CODE)
    if not re.fullmatch(r"[+0-9 \u00a0().\-/\u2010-\u2015]+", bare):
        raise Refused(_COUNTRY_CODE)
    international = "+" + bare[2:] if bare.startswith("00") else bare
    try:
        number = phonenumbers.parse(re.sub(r"\(0\)", "", international))
    except phonenumbers.NumberParseException:
        raise Refused(_COUNTRY_CODE) from None
    if not phonenumbers.is_possible_number(number):
        raise Refused("This number is too long or too short for its country. Check each digit.")
    same = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return Reading(same, "" if same == text else "Written as country code and digits (E.164).")


def username(text: str) -> Reading:
    """Read the name somebody signs in with; a display name with spaces names nobody."""
    bare = text.removeprefix("@")
    folded = unicodedata.normalize("NFC", bare.lower())
    if not re.fullmatch(r"[^\s,;\"<>]{2,100}", folded):
        raise Refused("Write it without spaces. A display name does not identify an account.")
    if mixes_scripts(bare):
        raise Refused(MIXED)
    same = unicodedata.normalize("NFC", folded.lower())
    if same == text:
        return Reading(same)
    return Reading(same, "The sign @ was taken off." if bare != text else "Written in small letters.")


MIXED = "This mixes letters of several alphabets that look alike. Type it again instead of copying it."
# Written together in one language.
_TOGETHER = {"HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK", "BOPOMOFO": "CJK"}


def mixes_scripts(text: str) -> bool:
    """Say whether letters of Latin stand among letters of Cyrillic, Greek or another alphabet in one word."""
    for word in re.split(r"[^\w]|[\d_]", text):
        found = {_script(sign) for sign in word if sign.isalpha()}
        if len(found - {"CJK"}) > 1:
            return True
    return False


def _script(sign: str) -> str:
    first = "LATIN" if sign.isascii() else unicodedata.name(sign, "UNKNOWN").partition(" ")[0]
    return _TOGETHER.get(first, "LATIN" if first in {"FEMININE", "MASCULINE", "MICRO"} else first)
