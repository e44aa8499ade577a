"""Wallet addresses: read by network with their checksum, their memo or tag, and which network a bare one is of."""

import base64
import re
from collections.abc import Callable

from foundation.core.identifier_kinds import EVM, Network
from foundation.core.identifier_readers import wallets_accounts, wallets_coins, wallets_others
from foundation.core.identifier_readers.reading import Mistyped, Reading, Refused, Unlike, both
from foundation.core.identifier_readers.secrets import refuse_secret

READERS: dict[str, Callable[[str], Reading]] = wallets_coins.READERS | wallets_accounts.READERS | wallets_others.READERS
# Networks whose addresses cannot be told from others by looking: they must be named.
_NEVER_GUESSED = {*EVM, Network.BITCOIN_CASH, Network.EOS, Network.NEAR, Network.APTOS, Network.SUI} - {
    Network.ETHEREUM
}
LONGEST_DETAIL = 60


def read(text: str, network: str, detail: str) -> Reading:
    """Read an address of a known network; detail is its memo or destination tag, as somebody writes it."""
    bare = _without_scheme(text)
    refuse_secret(bare, network)
    try:
        found = READERS[network](bare)
    except (Unlike, Mistyped) as error:
        raise Refused(_why(bare, network, error)) from None
    said = read_detail(network, detail)
    if said and found.detail and said != found.detail:
        raise Refused("The address holds another tag than the one beside it. Check which one is meant.")
    changed = "The prefix before the address was taken off." if bare != text else ""
    typed = re.sub(r"(?i)^(tag|memo):", "", detail.strip())
    if said and said.removeprefix("tag:") != typed:
        changed = both(changed, "The tag was written as the network writes it.")
    return Reading(found.value, both(changed, found.changed), found.detail or said)


def networks_of(text: str) -> list[Network]:
    """Return the networks this can be an address of, by shape and checksum; Ethereum stands for all like it."""
    bare, fits = _without_scheme(text), []
    for network in Network:
        if network not in _NEVER_GUESSED:
            try:
                found = READERS[network](bare)
            except (Unlike, Mistyped):
                continue
            except Refused:
                fits.append(network)  # an address of it that cannot be used: its reader says why
                continue
            if found.changed != wallets_coins.OLD_FORM:
                fits.append(network)
    return fits or [Network.BITCOIN_CASH] * _reads(bare, Network.BITCOIN_CASH)


def _reads(text: str, network: str) -> bool:
    try:
        READERS[network](text)
    except Refused:
        return False
    return True


def mistyped(text: str) -> str:
    """Say what is wrong with a text that looks like an address of some network whose checksum does not fit."""
    for network in Network:
        try:
            READERS[network](text)
        except Mistyped as error:
            return str(error)
        except Refused:
            continue
    return ""


def _without_scheme(text: str) -> str:
    """Take off `bitcoin:` and the like, and what a payment link says behind a question mark."""
    scheme = re.fullmatch(r"(?i)(bitcoin|litecoin|dogecoin|dash|zcash|monero|ethereum|solana):([^?\s]+)(\?\S*)?", text)
    return scheme[2] if scheme else text


def _why(text: str, network: str, error: Refused) -> str:
    """Say what is wrong: an address of another network first, then the checksum, then the shape."""
    own = Network(network)
    others = [other for other in networks_of(text) if other != own]
    if others and not (isinstance(error, Mistyped) and others == [Network.SOLANA]):
        names = " or ".join(str(other.label) for other in others[:3])
        article = "an" if names[0] in "AEIO" else "a"
        return f"This is {article} {names} address: choose {names}, or check the address."
    return str(error) or f"This is not written like an address of {own.label}. Check the network and each character."


def read_detail(network: str, detail: str) -> str:
    """Return a memo or destination tag as `tag:…`, empty where there is none."""
    text = re.sub(r"(?i)^(destination tag|tag|memo|dt|comment)\s*[:=]\s*", "", detail.strip()).strip()
    if not text:
        return ""
    own = Network(network)
    if own == Network.XRP:
        return wallets_accounts.xrp_tag(text)
    if own not in {Network.STELLAR, Network.TON, Network.COSMOS, Network.CELESTIA, Network.INJECTIVE, Network.EOS,
                   Network.HEDERA, Network.ALGORAND}:  # fmt: skip
        raise Refused(f"{own.label} has no memo and no tag. Leave that empty, or choose the other network.")
    if own == Network.STELLAR:
        text = _stellar_memo(text)
    if len(text) > LONGEST_DETAIL - 4:
        raise Refused(f"A memo has at most {LONGEST_DETAIL - 4} characters here. Give the part that names the account.")
    return f"tag:{text}"


def _stellar_memo(text: str) -> str:
    """Return a text or number as it is, a hash of 32 bytes in Base64, which is shorter than hexadecimal."""
    if re.fullmatch(r"[0-9a-fA-F]{64}", text):
        return base64.b64encode(bytes.fromhex(text)).decode()
    if len(text.encode()) > 28 and not re.fullmatch(r"[0-9A-Za-z+/]{43}=", text):
        raise Refused("A memo on Stellar is a number, a text of at most 28 bytes, or 64 hex digits.")
    return text
