"""Wallet addresses against published vectors of each network, and against every mistyped character."""

import pytest

from foundation.core.identifier_kinds import Network
from foundation.core.identifier_readers import wallets
from foundation.core.identifiers import Verdict, read_identifier

# BIP-173 and BIP-350.
SEGWIT = [
    "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4",
    "bc1pw508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kt5nd6y",
    "BC1SW50QGDZ25J",
    "bc1zw508d6qejxtdg4y5r3zarvaryvaxxpcs",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0",
]
SEGWIT_TESTNET = [
    "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sl5k7",
    "tb1qqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesrxh6hy",
    "tb1pqqqqp399et2xygdj5xreqhjjvcmzhxw4aywxecjdzew6hylgvsesf3hn0c",
]
NOT_SEGWIT = [
    "tc1qw508d6qejxtdg4y5r3zarvary0c5xw7kg3g4ty", "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",
    "BC13W508D6QEJXTDG4Y5R3ZARVARY0C5XW7KN40WF2", "bc1rw5uspcuh",
    "bc10w508d6qejxtdg4y5r3zarvary0c5xw7kw508d6qejxtdg4y5r3zarvary0c5xw7kw5rljs90",
    "BC1QR508D6QEJXTDG4Y5R3ZARVARYV98GJ9P", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3q0sL5k7",
    "bc1zw508d6qejxtdg4y5r3zarvaryvqyzf3du", "tb1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3pjxtptv",
    "bc1gmk9yu", "tc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq5zuyut",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
    "tb1z0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqglt7rf",
    "BC1S0XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ54WELL",
    "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kemeawh",
    "tb1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq24jc47",
    "bc1p38j9r5y49hruaue7wxjce0updqjuyyx0kh56v8s25huc6995vvpql3jow4",
    "BC130XLXVLHEMJA6C4DQV22UAPCTQUPFHLXM9H8Z3K2E72Q4K9HCZ7VQ7ZWS8R", "bc1pw5dgrnzv",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v8n0nx0muaewav253zgeav",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq47Zagq",
    "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7v07qwwzcrf",
    "tb1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vpggkg4j",
]  # fmt: skip
# EIP-55: all capitals, all small, mixed.
EIP55 = [
    "0x52908400098527886E0F7030069857D2E4169EE7", "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77", "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]  # fmt: skip
VALID = {
    "bitcoin": ["1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", SEGWIT[3], SEGWIT[4]],
    "ethereum": EIP55,
    "tron": ["TJCnKsPa7y5okkXvQAidZBzqx3QyQ6sxMW", "TDvr6Jpwfp1wDiV7PhaB19YMsMHRSXmY7p"],
    "solana": ["7EcDhSYGxXyscszYEp35KHN8vvw3svAuLKTzXwCFLtV", "GjJyeC1r2RgkuoCWMyPYkCWSGSGLcz266EaAkLA27AhL"],
    "xrp": ["rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY", "rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf"],
    "litecoin": ["LM2WMpR1Rp6j3Sa59cMXMs1SPzj9eXpGc1", "MTf4tP1TCNBn8dNkyxeBVoPrFCcVzxJvvh"],
    "ton": ["UQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqEBI"],
    "bitcoin_cash": ["bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a",
                     "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq"],
    "dogecoin": ["DH5yaieqoZN36fDVciNyRueRGvGLR3mr7L"],
    "dash": ["XuQQkwA4FYkq2XERzMY2CiAZhJTEDAbtcg"],
    "monero": ["44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7f2wfn3RVGQBEP3A"],
    "cardano": ["addr1qx2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzer3n0d3vllmyqwsx5wktcd8cc3sq835lu7drv2xwl2wywfgse35a3x",  # noqa: E501
                "stake1uyehkck0lajq8gr28t9uxnuvgcqrc6070x3k9r8048z8y5gh6ffgw",
                "Ae2tdPwUPEZFRbyhz3cpfC2CumGzNkFBN2L42rcUc2yjQpEkxDbkPodpMAi"],
    "polkadot": ["12bzRJfh7arnnfPPUZHeJUaE62QLEwhK48QnH9LXeK2m1iZU"],
    "kusama": ["FoTxsgYKH4AUngJAJNsqgmK85RzCc6cerkrsN18wiFfwBrn"],
    "cosmos": ["cosmos1zewfm2c4s6uv5s4rywksqden8dvya4wmqyyvek"],
    "injective": ["inj1mzq3yfumesk52sc25zznc4ug49ts5met4w3hal"],
    "stellar": ["GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"],
    "algorand": ["TGKBRNX3LBNAL2I5ZAYSWFJWJ2Y2LRNZF7XXI4VZ5B34ITGWJBWBQ7O4GE"],
    "near": ["8dc5989dcb090a36b348f7bb236e1fc8e7c2c25d8b0f8221ffa04169cee9e96a", "nordlys.near"],
    "aptos": ["0x03aa1ceed625af8407d25e5894a165272b5d196dcdb8dc66456d2ac039bcf198"],
    "sui": ["0xc94486e9d364391964952ffe820a7e4c224a2065675f24166ffc3fa300dec922"],
    "tezos": ["tz1VgeyGiyNEA2JfqJH4utRqox9fkN2uwhbp"],
    "filecoin": ["f1hqdqidehi276cscqehffoyr7qzxn2foumjpq5zq", "f410fkkld55ioe7qg24wvt7fu6pbknb56ht7pt4zamxa"],
    "eos": ["binancecleos"],
    "hedera": ["0.0.123"],
}  # fmt: skip
# Xrp: classic address, tag, X-address (XLS-5, ripple-address-codec).
X_ADDRESSES = [
    ("r9cZA1mLK5R5Am25ArfXFmqgNwjZgnfk59", "", "X7AcgcsBL6XDcUb289X4mJ8djcdyKaB5hJDWMArnXr61cqZ"),
    ("r9cZA1mLK5R5Am25ArfXFmqgNwjZgnfk59", "tag:1", "X7AcgcsBL6XDcUb289X4mJ8djcdyKaGZMhc9YTE92ehJ2Fu"),
    ("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf", "", "XVLhHMPHU98es4dbozjVtdWzVrDjtV5fdx1mHp98tDMoQXb"),
    ("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf", "tag:0", "XVLhHMPHU98es4dbozjVtdWzVrDjtV8AqEL4xcZj5whKbmc"),
    ("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf", "tag:32", "XVLhHMPHU98es4dbozjVtdWzVrDjtVoYiC9UvKfjKar4LJe"),
    ("rGWrZyQqhTp9Xu7G5Pkayo7bXjH4k4QYpf", "tag:16781933", "XVLhHMPHU98es4dbozjVtdWzVrDjtVqrDUk2vDpkTjPsY73"),
    ("rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY", "tag:12345", "XV5sbjUmgPpvXv4ixFWZ5ptAYZ6PD28Sq49uo34VyjnmK5H"),
    ("rsA2LpzuawewSBQXkiju3YQTMzW13pAAdW", "tag:23480", "X7d3eHCXzwBeWrZec1yT24iZerQjYL8m8zCJ16ACxu1BrBY"),
]
CHECKSUMMED = sorted(VALID.keys() - {"solana", "near", "aptos", "sui", "eos", "hedera"})
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0OIl"


def read(network, text, detail=""):
    return read_identifier("wallet", text, network=network, detail=detail)


@pytest.mark.parametrize(("network", "text"), [(network, text) for network, many in VALID.items() for text in many])
def test_a_published_address_is_accepted_and_reads_the_same_again(network, text):
    found = read(network, text)
    assert (found.verdict, found.why, found.changed) == (Verdict.ACCEPTED, "", "")
    again = read(network, found.normalised, found.detail)
    assert (again.verdict, again.normalised, again.detail) == (Verdict.ACCEPTED, found.normalised, found.detail)


def test_every_network_has_a_reader():
    assert set(wallets.READERS) == set(Network.values)


@pytest.mark.parametrize("text", SEGWIT)
def test_a_witness_program_in_any_case_is_one_address(text):
    found = read("bitcoin", text)
    assert found.normalised == text.lower()
    assert found.verdict == (Verdict.ACCEPTED if text.islower() else Verdict.CORRECTED)


@pytest.mark.parametrize("text", NOT_SEGWIT)
def test_what_the_standards_call_invalid_is_refused(text):
    assert read("bitcoin", text).verdict == Verdict.REFUSED


@pytest.mark.parametrize(
    ("network", "text"),
    [
        *(("bitcoin", text) for text in SEGWIT_TESTNET),
        ("bitcoin", "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"),
        ("ton", "kQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqKYH"),
        ("ton", "0QCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqPvC"),
        ("xrp", "T719a5UwUCnEs54UsxG9CJYYDhwmFCqkr7wxCcNcfZ6p5GZ"),
        ("cardano", "addr_test1vz2fxv2umyhttkxyxp8x0dlpdt3k6cwng5pxj3jhsydzerspjrlsz"),
        ("near", "nordlys.testnet"),
    ],
)
def test_an_address_of_a_test_network_is_refused(network, text):
    assert "test network" in read(network, text).why


@pytest.mark.parametrize(("classic", "detail", "text"), X_ADDRESSES)
def test_an_x_address_is_its_classic_address_and_tag(classic, detail, text):
    found = read("xrp", text)
    assert (found.verdict, found.normalised, found.detail) == (Verdict.CORRECTED, classic, detail)
    assert read("xrp", classic, detail).key == found.key


@pytest.mark.parametrize(
    ("network", "text", "normalised", "detail"),
    [
        ("bitcoin", "bitcoin:1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa?amount=1", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", ""),
        ("bitcoin_cash", "1BpEi6DfDAUFd7GtittLSdBeYJvcoaVggu",
         "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", ""),
        ("bitcoin_cash", "3CWFddi6m4ndiGyKqzYvsFYagqDLPVMTzC",
         "bitcoincash:ppm2qsznhks23z7629mms6s4cwef74vcwvn0h829pq", ""),
        ("bitcoin_cash", "QPM2QSZNHKS23Z7629MMS6S4CWEF74VCWVY22GDX6A",
         "bitcoincash:qpm2qsznhks23z7629mms6s4cwef74vcwvy22gdx6a", ""),
        ("litecoin", "3MSvaVbVFFLML86rt5eqgA9SvW23upaXdY", "MTf4tP1TCNBn8dNkyxeBVoPrFCcVzxJvvh", ""),
        ("bsc", EIP55[0].lower().replace("0x", ""), EIP55[0].lower(), ""),
        ("polygon", EIP55[4].upper().replace("0X", "0x"), EIP55[4].lower(), ""),
        ("xrp", "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY:00012345", "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY", "tag:12345"),
        ("xrp", "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY?dt=0", "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY", "tag:0"),
        ("ton", "EQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqB2N",
         "UQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqEBI", ""),
        ("ton", "0:83dfd552e63729b472fcbcc8c45ebcc6691702558b68ec7527e1ba403a0f31a8",
         "UQCD39VS5jcptHL8vMjEXrzGaRcCVYto7HUn4bpAOg8xqEBI", ""),
        ("stellar", "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ",
         "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ", "tag:0"),
        ("hedera", "0.0.123-vfmkw", "0.0.123", ""),
        ("polkadot", "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
         "15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5", ""),
    ],
)  # fmt: skip
def test_another_writing_of_the_same_address_is_corrected(network, text, normalised, detail):
    found = read(network, text)
    assert (found.verdict, found.normalised, found.detail) == (Verdict.CORRECTED, normalised, detail)
    assert found.changed.endswith(".")


@pytest.mark.parametrize("network", CHECKSUMMED)
def test_one_changed_character_is_always_noticed(network):
    for text in VALID[network]:
        if network == "ethereum" and text[2:] in {text[2:].lower(), text[2:].upper()}:
            continue  # letters of one case hold no checksum
        for place, sign in enumerate(text):
            for other in ALPHABET.replace(sign, ""):
                found = read(network, text[:place] + other + text[place + 1 :])
                assert not found.accepted, (text, found)


@pytest.mark.parametrize("network", CHECKSUMMED)
def test_two_neighbours_that_changed_places_are_noticed(network):
    for text in VALID[network]:
        for place in range(5, len(text) - 1):
            swapped = text[:place] + text[place + 1] + text[place] + text[place + 2 :]
            if swapped != text and (network != "ethereum" or text[2:] not in {text[2:].lower(), text[2:].upper()}):
                assert not read(network, swapped).accepted, (text, swapped)


def test_what_is_mistyped_is_called_so():
    assert "checksum does not fit" in read("bitcoin", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb").why
    assert "capital letters" in read("ethereum", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1Beaed").why
    assert "this has 39" in read("ethereum", EIP55[4][:-1]).why


@pytest.mark.parametrize(
    ("network", "text", "words"),
    [
        ("bitcoin", VALID["tron"][0], "This is a Tron address: choose Tron"),
        ("tron", EIP55[4], "This is an Ethereum address: choose Ethereum"),
        ("ethereum", VALID["xrp"][0], "choose XRP Ledger"),
        ("solana", VALID["bitcoin"][0], "choose Bitcoin"),
        ("ethereum", "vitalik.eth", "name"),
        ("bitcoin", "hello", "not written like an address of Bitcoin"),
        ("stellar", "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA", "contract"),
        ("zcash", "zs1" + "q" * 75, "shielded"),
    ],
)
def test_the_refusal_says_what_to_do(network, text, words):
    assert words in read(network, text).why


@pytest.mark.parametrize(
    ("network", "text", "detail", "kept"),
    [
        ("xrp", VALID["xrp"][0], "12345", "tag:12345"),
        ("xrp", VALID["xrp"][0], "Memo: 4294967295", "tag:4294967295"),
        ("ton", VALID["ton"][0], "order 77", "tag:order 77"),
        ("stellar", VALID["stellar"][0], "ab" * 32, "tag:q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s="),
        ("eos", "binancecleos", "10482213", "tag:10482213"),
        ("cosmos", VALID["cosmos"][0], "48213377", "tag:48213377"),
    ],
)
def test_a_memo_or_tag_is_kept_beside_the_address(network, text, detail, kept):
    found = read(network, text, detail)
    assert (found.why, found.detail) == ("", kept)
    assert read(network, text, found.detail).detail == kept


@pytest.mark.parametrize(
    ("network", "text", "detail", "words"),
    [
        ("xrp", VALID["xrp"][0], "4294967296", "0 to 4294967295"),
        ("xrp", VALID["xrp"][0], "abc", "whole number"),
        ("xrp", "rPEPPER7kfTD9w2To4CQk6UCfuHM9c6GDY:1", "2", "another tag"),
        ("bitcoin", VALID["bitcoin"][0], "12345", "no memo"),
        ("stellar", VALID["stellar"][0], "x" * 29, "28 bytes"),
        ("ton", VALID["ton"][0], "x" * 57, "at most 56"),
    ],
)
def test_a_memo_the_network_cannot_have_is_refused(network, text, detail, words):
    assert words in read(network, text, detail).why


SECRETS = [
    "5KJvsngHeMpm884wtkJNzQGaCErckhHJBGFsvd3VyK5qMZXj3hS",
    "KwdMAjGmerYanjeui5SHS7JkmpZvVipYvB2LJGU1ZxJwYvP98617",
    "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
    "sEdTM1uX8pu2do5XvTnutH6HsouMaM2",
    "snoPBrXtMeMyMHUVTgbuqAfg1SUTb",
    "E9873D79C6D87DC0FB6A5778633389F4453213303DA61F20BD67FC233AA33262",
    "SDJHRQF4GCMIIKAAAQ6IHY42X73FQFLHUULAPSKKD4DFDM7UXWWCRHBE",
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about",
]


@pytest.mark.parametrize("text", SECRETS)
@pytest.mark.parametrize("network", ["bitcoin", "stellar", ""])
def test_a_private_key_is_refused_and_never_shown(text, network):
    found = read(network, text)
    if network == "" and len(text) == 64:
        return  # without a network it is asked for first
    assert found.verdict == Verdict.REFUSED
    assert found.masked
    assert "do not send it to anybody" in found.why.lower()
    assert text[5:20] not in repr(found)
    if len(text) != 64:
        assert read_identifier("username", text).masked
