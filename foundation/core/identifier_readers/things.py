"""Devices, bank accounts and cards."""

import re

from foundation.core.identifier_readers.reading import Mistyped, Reading, Refused

_UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_MAC = r"[0-9a-fA-F]{2}([:-])[0-9a-fA-F]{2}(?:\1[0-9a-fA-F]{2}){4}|(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}"
_SMALL = "Written in small letters."


def device(text: str) -> Reading:
    """Read an IMEI, an advertising id (UUID), a MAC address, or another id of a device."""
    bare = re.sub(r"(?i)^(imei|imeisv|idfa|gaid|aaid|mac|android id)\s*[:#]?\s+", "", text)
    digits = re.sub(r"[\s/\-]", "", bare)
    if re.fullmatch(r"[0-9]{14,16}", digits):
        return _imei(digits, text)
    if re.fullmatch(_UUID, bare.strip("{}")):
        same = bare.strip("{}").lower()
        if not same.strip("0-"):
            raise Refused("This is the empty advertising ID that a phone gives where tracking is off. It names nobody.")
        return Reading(same, "" if same == text else _SMALL)
    if re.fullmatch(_MAC, bare):
        plain = re.sub(r"[:.\-]", "", bare).lower()
        same = ":".join(plain[place : place + 2] for place in range(0, 12, 2))
        if plain in {"0" * 12, "f" * 12}:
            raise Refused("This MAC address stands for no device.")
        return Reading(same, "" if same == text else "Written as MAC addresses are: six pairs with colons.")
    folded = bare.lower()
    if not re.fullmatch(r"[a-z0-9._:\-]{4,100}", folded):
        raise Refused("Write the ID of the device in letters and digits without spaces, for example its IMEI.")
    return Reading(folded, "" if folded == text else _SMALL)


def _imei(digits: str, text: str) -> Reading:
    """Read an IMEI: 15 digits of which the last is a check digit (Luhn), 14 without it, 16 with the version."""
    if len(digits) == 15 and not luhn(digits):
        raise Mistyped("The check digit of this IMEI does not fit: a digit was mistyped. Copy it again.")
    same = digits if len(digits) == 15 else next(digits[:14] + str(n) for n in range(10) if luhn(digits[:14] + str(n)))
    words = {14: "The check digit was added.", 16: "Written as IMEI, without the version of the software."}
    return Reading(same, "" if same == text else words.get(len(digits), "Written as digits only."))


def luhn(digits: str) -> bool:
    """Say whether the last digit is the check digit of the others (ISO/IEC 7812-1)."""
    odd, even = digits[-1::-2], digits[-2::-2]
    return not (sum(map(int, odd)) + sum(sum(divmod(2 * int(digit), 10)) for digit in even)) % 10


_LENGTHS = """
    AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BI27 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DJ27 DK18 DO28 EE20 EG29 ES24
    FI18 FK18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HN28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32
    LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MN20 MR27 MT31 MU30 NI28 NL18 NO15 OM23 PK24 PL28 PS29 PT25 QA29 RO24
    RS22 RU33 SA24 SC31 SD18 SE24 SI19 SK24 SM27 SO23 ST25 SV28 TL23 TN24 TR26 UA29 VA22 VG24 XK20 YE30
"""
_IBAN = {word[:2]: int(word[2:]) for word in _LENGTHS.split()}
_NEEDS_BANK = "Write an IBAN, or country, bank code and account number: GB 20-00-00 55779911."


def bank(text: str) -> Reading:
    """Read an IBAN, or an account number together with the country or the code of its bank."""
    bare = re.sub(r"(?i)^iban\s*:?\s*", "", text).upper()
    joined = re.sub(r"[\s\-.]", "", bare)
    if re.match(r"[A-Z]{2}[0-9]{2}", bare) and re.fullmatch(r"[A-Z0-9]{12,34}", joined) and joined[:2] in _IBAN:
        return _iban(joined, text)
    parts = [part for part in re.split(r"[\s/:|]+", bare) if part]
    parts = [re.sub(r"[-.]", "", part) for part in parts]
    country = parts.pop(0) if parts and re.fullmatch(r"[A-Z]{2}", parts[0]) else ""
    if country == "US" and parts and re.fullmatch(r"[0-9]{9}", parts[0]) and len(parts) == 2 and not _aba(parts[0]):
        raise Mistyped("The check digit of this routing number does not fit: a digit was mistyped. Copy it again.")
    known = 1 <= len(parts) <= 2 if country else len(parts) == 2
    if not known or not all(re.fullmatch(r"[A-Z0-9]{3,34}", part) for part in parts):
        raise Refused(_NEEDS_BANK)
    if not any(sign.isdigit() for sign in parts[-1]) or len(parts[-1]) < 4:
        raise Refused(_NEEDS_BANK)
    same = " ".join([country, *parts] if country else parts)
    return Reading(same, "" if same == text else "Written as country, bank code and account number.")


def _iban(joined: str, text: str) -> Reading:
    if len(joined) != _IBAN[joined[:2]]:
        right = _IBAN[joined[:2]]
        raise Refused(f"An IBAN of {joined[:2]} has {right} characters, this has {len(joined)}. Copy it again.")
    if not iban_fits(joined):
        raise Mistyped("The check digits of this IBAN do not fit: a character was mistyped. Copy it again.")
    return Reading(joined, "" if joined == text else "Written without spaces, in capitals.")


def is_iban(joined: str) -> bool:
    """Say whether this is written like an IBAN of some country, whether or not its check digits fit."""
    return bool(re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", joined)) and _IBAN.get(joined[:2]) == len(joined)


def iban_fits(joined: str) -> bool:
    """Say whether the check digits fit (ISO 13616, modulo 97); 98 minus what is left with 00 makes them."""
    number = int("".join(str(int(sign, 36)) for sign in joined[4:] + joined[:4]))
    return number % 97 == 1 and "02" <= joined[2:4] <= "98"


def _aba(number: str) -> bool:
    return not sum(int(digit) * weight for digit, weight in zip(number, (3, 7, 1) * 3, strict=True)) % 10


def card(text: str) -> Reading:
    """Read a reference of a card. A full number is masked at once and never kept (PCI DSS, requirement 3)."""
    plain = re.sub(r"[\s\-]", "", text)
    if re.fullmatch(r"[0-9]{12,19}", plain):
        if not luhn(plain):
            raise Refused(
                "The check digit of this card number does not fit: a digit was mistyped. Copy it again.",
                masked=unclear(plain),
            )
        return Reading(masked(plain), "Only the first six and last four digits are kept of a card number.")
    if hidden := re.fullmatch(r"(?i)([0-9]{6})[0-9]{0,2}(?:[*x•.…]+)([0-9]{4})", plain):
        same = f"{hidden[1]}******{hidden[2]}"
        return Reading(same, "" if same == text else "Written as the first six and last four digits.")
    if re.fullmatch(r"(?i)[*x•.…]*[0-9]{4}", plain):
        raise Refused("The last four digits fit many cards. Give the first six too: 411111******1111.")
    if not re.fullmatch(r"[A-Za-z0-9_\-]{4,64}", text):
        raise Refused("Write the reference of the card without spaces, or its first six and last four digits.")
    return Reading(text)


def masked(digits: str) -> str:
    """Return what may be kept of a card number."""
    return f"{digits[:6]}******{digits[-4:]}"


def unclear(digits: str) -> str:
    """Return what is shown of digits that may be a card number: nothing reads it as an identifier."""
    return f"{masked(digits)} ?"


def is_card(digits: str) -> bool:
    """Say whether these digits can be a full card number, which must not be kept; with 15 digits it is no IMEI then.

    Cards of 15 digits are of one issuer and begin with 34 or 37. No type of phone has a number that begins so.
    """
    if len(digits) == 15 and digits[:2] not in {"34", "37"}:
        return False
    return 13 <= len(digits) <= 19 and digits[0] in "23456" and luhn(digits)
