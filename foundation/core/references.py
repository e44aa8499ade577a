"""References people can read out: MX-26-7K4Q9TX, with a check character, not countable or guessable."""

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
