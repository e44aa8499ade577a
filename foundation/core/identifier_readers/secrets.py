"""Private keys and seed phrases: refused with a warning, and never shown, stored or logged as a whole."""

import re

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from foundation.core.identifier_kinds import Network
from foundation.core.identifier_readers import codecs
from foundation.core.identifier_readers.reading import Refused

WARNING = (
    "This looks like {}. Whoever has it can take the money, so we do not keep it and show only its beginning. "
    "Do not send it to anybody. Give the public address."
)
_ONLY_PART = (
    "Of a number that can be a card number only the first six and last four digits are kept here. Write card,NUMBER if "
    "it is a card, else give the whole number again with its kind: uid,NUMBER or imei,NUMBER."
)
_WORDS = {12, 15, 18, 21, 24, 25}
# Among other words: so many in a row, each as the words of a seed phrase are.
_PHRASE = re.compile(r"\b[a-z]{3,8}(?:[\s,;]+[a-z]{3,8}){11,}\b", re.IGNORECASE)
# Networks whose addresses are 32 bytes in hexadecimal, as private keys are elsewhere.
_HEX_ADDRESSES = {Network.NEAR, Network.APTOS, Network.SUI}
_EXTENDED = "xyztuvYZUV"


def refuse_secret(text: str, network: str = "") -> None:
    """Raise Refused, masked, where the text of a wallet is a private key or a seed phrase."""
    what = secret_in(text)
    if not what and network not in _HEX_ADDRESSES and re.fullmatch(r"(0x)?[0-9a-fA-F]{64}", text):
        raise Refused(
            "These 64 digits are a private key or a transaction hash, but no address. If it is a transaction, choose "
            "that as the kind. If it is a private key, do not send it to anybody: we show only its beginning.",
            masked=beginning(text),
        )
    if what:
        raise Refused(WARNING.format(what), masked=beginning(text))


def refuse_beginning(text: str) -> None:
    """Refuse what `beginning` has left of a secret, where a form comes back with it."""
    if re.fullmatch(r"[0-9]{6}\*{6}[0-9]{4} \?", text):
        raise Refused(_ONLY_PART, masked=text)
    if re.fullmatch(r"\S{1,4}…|\(a phrase of [0-9]+ words\)", text):
        raise Refused(
            "This is only the beginning of a private key, which we do not keep. Do not send it to anybody. "
            "Give the public address.",
            masked=text,
        )


def secret_in(text: str) -> str:
    """Say what secret this text is beyond doubt, by shape and checksum; empty where it is none."""
    words = re.split(r"[\s,;]+", text.lower())
    if len(words) in _WORDS and all(re.fullmatch(r"[a-z]{3,8}", word) for word in words):
        return "a seed phrase"
    if len(text) < 29 or len(words) != 1:
        return ""
    return _by_name(text) or _by_checksum(text)


def secret_part(text: str) -> tuple[str, str]:
    """Return what secret stands in this text, alone or among other words, and the secret; empty where none does."""
    if what := secret_in(text):
        return what, text
    if found := _PHRASE.search(re.sub(r"\b[0-9]{1,2}[.):]\s*", "", text)):
        return "a seed phrase", found[0]
    for part in re.findall(r"[^\s,;=\"'<>()\[\]]{29,400}", text):
        for bare in dict.fromkeys((part, part.rpartition(":")[2], part.rstrip(".!?:"))):
            if what := secret_in(bare):
                return what, bare
    return "", ""


def _by_name(text: str) -> str:
    patterns = (
        (rf"[{_EXTENDED}]prv[1-9A-HJ-NP-Za-km-z]{{90,120}}", "an extended private key"),
        (r"(?i)(xprv|root_xsk|acct_xsk|addr_xsk|ed25519e?_sk|addr_sk|nsec|suiprivkey|age-secret-key-)1[0-9a-z]{40,300}",
         "a private key"),
        (r"6P[1-9A-HJ-NP-Za-km-z]{56}", "an encrypted private key"),
        (r"(edsk|spsk|p2sk|edesk)[1-9A-HJ-NP-Za-km-z]{50,94}", "a private key"),
        (r"(PVT_(K1|R1|WA)_|ed25519:|ed25519-priv-0x|secp256k1-priv-0x)[0-9A-Za-z]{43,130}", "a private key"),
    )  # fmt: skip
    return next((what for pattern, what in patterns if re.fullmatch(pattern, text)), "")


def _by_checksum(text: str) -> str:
    if re.fullmatch(r"[5KLcT679QX][1-9A-HJ-NP-Za-km-z]{50,51}", text):
        payload = _try(text, codecs.BITCOIN58)
        if len(payload) == 33 or (len(payload) == 34 and payload[-1] == 1):
            return "a private key"
    if re.fullmatch(r"s[1-9A-HJ-NP-Za-km-z]{27,30}", text) and _try(text, codecs.RIPPLE58).startswith(
        (b"\x21", b"\x01\xe1\x4b")
    ):
        return "the secret of an account"
    if re.fullmatch(r"S[A-Z2-7]{55}", text):
        key = codecs.base32(text)
        if codecs.crc16(key[:-2]) == int.from_bytes(key[-2:], "little"):
            return "the secret of an account"
    return "a private key" if _is_key_pair(text) else ""


def _try(text: str, alphabet: str) -> bytes:
    try:
        return codecs.base58check(text, alphabet)
    except Refused:
        return b""


def _is_key_pair(text: str) -> bool:
    """Say whether this is a secret of Solana: 32 bytes, and the public key that belongs to them."""
    if not re.fullmatch(r"[1-9A-HJ-NP-Za-km-z]{80,90}", text):
        return False
    pair = codecs.base58(text)
    if len(pair) != 64:
        return False
    return Ed25519PrivateKey.from_private_bytes(pair[:32]).public_key().public_bytes_raw() == pair[32:]


def beginning(text: str) -> str:
    """Return what is shown of a secret."""
    words = len(re.split(r"[\s,;]+", text))
    return f"(a phrase of {words} words)" if words > 1 else f"{text[:4]}…"
