"""The accounts, wallets and transactions that documentation, demo data and tests call by name."""

from datetime import UTC, datetime

from foundation.core.identifiers import Network
from foundation.providers.connectors.demo.addresses import NETWORKS, address

ENTITY = "Meridian Exchange Operations Ltd"
US_ENTITY = "Meridian US LLC"

# A: the trader of the sample order. B: the account his coins go to. C: had A's phone number before him.
ACCOUNT_A, ACCOUNT_B, ACCOUNT_C = "48213377", "51920846", "33071254"
ACCOUNT_CLOSED, ACCOUNT_OTHER_ENTITY, ACCOUNT_MINOR, ACCOUNT_STAFF = "20417763", "60388125", "71150934", "15580402"

# Two holders, each with an address and a phone; a company; one whose address and second factor were changed by somebody
# else; one with very many log-ins; a person with two accounts; one who reads letters only in the exchange's own pages.
ACCOUNT_JOINT, ACCOUNT_BUSINESS, ACCOUNT_TAKEN_OVER, ACCOUNT_BUSY = "64075519", "27734106", "83560241", "73308824"
ACCOUNT_LINKED, ACCOUNT_LINKED_SECOND, ACCOUNT_OWN_PAGES = "46902815", "58147730", "95218437"
HOLDERS = ("1", "2")

EMAIL_A = "nordlys.trading@mail.example"
EMAIL_A_OLD = "j.hagelund@mail.example"
EMAIL_B = "t.lindqvist@mail.example"
EMAIL_C = "quayside.courier@mail.example"
EMAIL_CLOSED = "harbour.lights@mail.example"
EMAIL_OTHER_ENTITY = "dakota.fields@mail.example"
EMAIL_MINOR = "skate.and.sound@mail.example"
EMAIL_STAFF = "night.shift@mail.example"
EMAIL_JOINT_1, EMAIL_JOINT_2 = "marisol.pedralba@mail.example", "gonzalo.arrieta@mail.example"
EMAIL_BUSINESS = "quillmoor.trading@mail.example"
EMAIL_TAKEN_OVER, EMAIL_TAKEN_OVER_BEFORE = "rk.secure.9921@mail.example", "rowan.kettlewell@mail.example"
EMAIL_LINKED, EMAIL_LINKED_SECOND = "s.desrosiers@mail.example", "odile.savings@mail.example"
EMAIL_OWN_PAGES = "minazuki.h@mail.example"
EMAIL_BUSY = "tallow.mm@mail.example"
# When the taken-over account got another address and another second factor, from a place it never used before.
TAKEN_OVER_AT = datetime(2026, 11, 14, 3, 12, tzinfo=UTC)
TAKEN_OVER_FROM = "198.51.100.77"

# Used by C until February 2024 and by A since: it leads to two accounts.
PHONE_OF_TWO = "+447700900461"
WALLET_B = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"

# A withdrew to an address outside; and once to B, so that this transaction has an account on each side.
TXID_A = "9f3c61d0a7be42f5c8801b7d64e93fa2550e7c1b98d3f6a4472e0b51caad9913"
TXID_A_AT = datetime(2026, 4, 14, 9, 31, tzinfo=UTC)
TXID_A_TO_B = "41d7be0c93a25f68e4b10977d2cc8a3f6e51b8402f9d7c6ba0e3581947f2d0aa"
TXID_A_TO_B_AT = datetime(2026, 5, 22, 17, 4, tzinfo=UTC)

# The company's own wallet, and the shared one where only the tag says whose deposit it is.
HOT_WALLETS = {network.value: address(network, "meridian hot wallet") for network in NETWORKS}
OMNIBUS_XRP = address(Network.XRP, "meridian shared deposits")
OMNIBUS_TON = address(Network.TON, "meridian shared deposits")
TAG_A = "48213377"

KNOWN = (
    ACCOUNT_A, ACCOUNT_B, ACCOUNT_C, ACCOUNT_CLOSED, ACCOUNT_OTHER_ENTITY, ACCOUNT_MINOR, ACCOUNT_STAFF, ACCOUNT_JOINT,
    ACCOUNT_BUSINESS, ACCOUNT_TAKEN_OVER, ACCOUNT_BUSY, ACCOUNT_LINKED, ACCOUNT_LINKED_SECOND, ACCOUNT_OWN_PAGES,
)  # fmt: skip
