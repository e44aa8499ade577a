import hashlib

import pytest

from foundation.core.identifier_readers.codecs import BITCOIN58, RIPPLE58, polymod
from foundation.providers.connectors.demo.addresses import NETWORKS, _segwit, address

BECH32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def decoded(text, alphabet):
    number = 0
    for character in text:
        number = number * 58 + alphabet.index(character)
    return number.to_bytes(25)


@pytest.mark.parametrize(("network", "alphabet", "prefix"), [("tron", BITCOIN58, 0x41), ("xrp", RIPPLE58, 0)])
def test_base58_has_its_prefix_and_its_checksum(network, alphabet, prefix):
    payload = decoded(address(network, "somebody"), alphabet)
    assert payload[0] == prefix
    assert hashlib.sha256(hashlib.sha256(payload[:21]).digest()).digest()[:4] == payload[21:]


def test_bech32_writes_the_address_of_the_standard():
    program = bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")
    assert _segwit("bc", program) == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


@pytest.mark.parametrize(("network", "prefix"), [("bitcoin", "bc"), ("litecoin", "ltc")])
def test_bech32_has_its_checksum(network, prefix):
    text = address(network, "somebody")
    values = [BECH32.index(character) for character in text.removeprefix(f"{prefix}1")]
    assert polymod([ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix] + values) == 1


def test_a_name_has_one_address_on_each_network():
    assert address("bitcoin", "a") == address("bitcoin", "a") != address("bitcoin", "b")
    assert len({address(network, "a") for network in NETWORKS}) == len(NETWORKS)
