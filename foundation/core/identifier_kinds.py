"""The words for identifiers: kinds, networks, verdicts."""

from django.db import models


class IdentifierKind(models.TextChoices):
    """What an officer can name an account by."""

    UID = "uid", "User ID"
    EMAIL = "email", "E-mail address"
    PHONE = "phone", "Phone number"
    WALLET = "wallet", "Wallet address"
    TXID = "txid", "Transaction hash"
    USERNAME = "username", "User name"
    IP = "ip", "IP address with time"
    DEVICE = "device", "Device ID"
    BANK = "bank", "Bank account"
    CARD = "card", "Card reference"


class Network(models.TextChoices):
    """Networks of wallets and transactions, those that are asked for most first."""

    BITCOIN = "bitcoin", "Bitcoin"
    ETHEREUM = "ethereum", "Ethereum"
    TRON = "tron", "Tron"
    SOLANA = "solana", "Solana"
    XRP = "xrp", "XRP Ledger"
    LITECOIN = "litecoin", "Litecoin"
    TON = "ton", "TON"
    BSC = "bsc", "BNB Smart Chain"
    POLYGON = "polygon", "Polygon"
    ARBITRUM = "arbitrum", "Arbitrum"
    OPTIMISM = "optimism", "Optimism"
    BASE = "base", "Base"
    AVALANCHE = "avalanche", "Avalanche C-Chain"
    ETHEREUM_CLASSIC = "ethereum_classic", "Ethereum Classic"
    BITCOIN_CASH = "bitcoin_cash", "Bitcoin Cash"
    DOGECOIN = "dogecoin", "Dogecoin"
    DASH = "dash", "Dash"
    ZCASH = "zcash", "Zcash"
    MONERO = "monero", "Monero"
    CARDANO = "cardano", "Cardano"
    POLKADOT = "polkadot", "Polkadot"
    KUSAMA = "kusama", "Kusama"
    COSMOS = "cosmos", "Cosmos Hub"
    CELESTIA = "celestia", "Celestia"
    INJECTIVE = "injective", "Injective"
    STELLAR = "stellar", "Stellar"
    ALGORAND = "algorand", "Algorand"
    NEAR = "near", "NEAR"
    APTOS = "aptos", "Aptos"
    SUI = "sui", "Sui"
    TEZOS = "tezos", "Tezos"
    FILECOIN = "filecoin", "Filecoin"
    EOS = "eos", "EOS"
    HEDERA = "hedera", "Hedera"


EVM = frozenset({
    Network.ETHEREUM, Network.BSC, Network.POLYGON, Network.ARBITRUM, Network.OPTIMISM, Network.BASE,
    Network.AVALANCHE, Network.ETHEREUM_CLASSIC,
})  # fmt: skip


class Verdict(models.TextChoices):
    """What becomes of a given identifier; corrected: the same meaning in another writing."""

    ACCEPTED = "accepted", "Accepted"
    CORRECTED = "corrected", "Corrected"
    REFUSED = "refused", "Refused"


_KINDS = """
uid: user id, userid, account, account id, account number, customer id, user
email: e-mail, mail, e-mail address, email address
phone: telephone, tel, mobile, phone number, telephone number, msisdn
wallet: address, wallet address, deposit address, crypto address
txid: tx, hash, transaction, transaction hash, tx hash, txhash, transaction id, tx id
username: user name, login, nickname, handle
ip: ip address, ip-address, ipv4, ipv6
device: device id, imei, idfa, gaid, mac, mac address, android id
bank: iban, bank account
card: card number, card reference, pan
"""
_NETWORKS = """
bitcoin: btc, xbt, lightning
ethereum: eth, ether, erc20, erc-20, evm
tron: trx, trc20, trc-20
solana: sol, spl
xrp: ripple, xrpl
litecoin: ltc
ton: toncoin, the open network
bsc: bnb, bep20, bep-20, binance smart chain, bnb chain, binance
polygon: matic, pol
arbitrum: arb, arbitrum one
optimism: op, op mainnet
avalanche: avax, avalanche-c, c-chain, avaxc
ethereum_classic: etc
bitcoin_cash: bch, bcash, bitcoincash
dogecoin: doge
zcash: zec
monero: xmr
cardano: ada
polkadot: dot
kusama: ksm
cosmos: atom, cosmoshub
celestia: tia
injective: inj
stellar: xlm, lumens
algorand: algo
near: near protocol
aptos: apt
tezos: xtz
filecoin: fil
hedera: hbar
"""


def _names(text: str, choices: type[models.TextChoices]) -> dict[str, str]:
    known = {value: value for value in choices.values}
    known |= {str(label).lower(): value for value, label in choices.choices}
    for line in text.strip().splitlines():
        value, _, others = line.partition(": ")
        known |= dict.fromkeys(others.split(", "), value)
    return known


_KIND_NAMES, _NETWORK_NAMES = _names(_KINDS, IdentifierKind), _names(_NETWORKS, Network)


def kind_named(word: str) -> str:
    """Return the kind that people call so, empty where none is."""
    return _KIND_NAMES.get(word.strip().lower().replace("_", " "), "")


def network_named(word: str) -> str:
    """Return the network that people call so, by name or sign (BTC, TRC20), empty where none is."""
    folded = word.strip().lower()
    return _NETWORK_NAMES.get(folded, "") or _NETWORK_NAMES.get(folded.replace("_", " "), "")
