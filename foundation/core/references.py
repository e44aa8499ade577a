"""What people read out or copy from paper: references (MX-26-7K4Q9TX) and check codes (V7QK-4M2X-9TDH-3B).

Both end in a check character, and neither can be counted or guessed.
"""

import re
import secrets
from datetime import datetime

# Crockford base 32 (no I, L, O, U: nothing is misread on the phone) without Z, because 31 symbols are a prime
# number of them: the check character then finds every single wrong character and every swap of two.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"
_FOLD = str.maketrans("ILO", "110")


def _check(body: str) -> str:
    """Weighted sum modulo the prime size of the alphabet."""
    total = sum((i + 2) * ALPHABET.index(c) for i, c in enumerate(body))
    return ALPHABET[total % len(ALPHABET)]


def new_reference(prefix: str, at: datetime) -> str:
    """Return a new random reference: prefix, two digits of the year, six random characters, one check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(6))
    return f"{prefix}-{at:%y}-{body}{_check(f'{at:%y}{body}')}"


def normalise_reference(text: str) -> str | None:
    """Return the reference somebody typed (any case, with or without dashes), or None if it is not one."""
    folded = text.strip().upper().replace(" ", "")
    match = re.fullmatch(r"([A-Z]{1,4}?)-?(\d\d)-?([0-9A-Z]{7})", folded)
    if not match:
        return None
    prefix, year, body = match[1], match[2], match[3].translate(_FOLD)
    if not set(body) <= set(ALPHABET) or _check(year + body[:6]) != body[6]:
        return None
    return f"{prefix}-{year}-{body}"


# 13 random symbols are 64 bits: nobody finds a code by trying. The 14th is the check character.
_CODE_SYMBOLS = 13
_CODE_GROUP = 4


def new_check_code() -> str:
    """Return a new random code for a paper, in groups as it is printed: 4, 4, 4 and 2 symbols."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_CODE_SYMBOLS))
    return _grouped(body + _check(body))


def normalise_check_code(text: str) -> str | None:
    """Return the code somebody typed (any case, with or without dashes and spaces), or None if it is not one."""
    code = re.sub(r"[\s.,;:\-\u2010-\u2015]+", "", text).upper().translate(_FOLD)
    if len(code) != _CODE_SYMBOLS + 1 or not set(code) <= set(ALPHABET) or _check(code[:-1]) != code[-1]:
        return None
    return _grouped(code)


def _grouped(code: str) -> str:
    return "-".join(code[at : at + _CODE_GROUP] for at in range(0, len(code), _CODE_GROUP))
