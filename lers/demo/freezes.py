"""Freezes of the demo that are not over: one that the officer asks to lift, one whose wallet nobody confirmed yet."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import kinds, papers
from lers.demo.filing import Filing
from lers.demo.people import who
from requests_app.enums import FreezeAct
from requests_app.models import DataRequest
from requests_app.services import lifting

_DAY = timedelta(days=1)
_WALLET = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"


def to_lift(name: str, provider: Provider, now: datetime) -> DataRequest:
    """A freeze that ends in a few days, and that the court lifted before: the officer asks for it."""
    made = _granted(name, provider, at=now - 20 * _DAY, asset="ETH", docket="26-MAG-4102", case="NM/2026/3108",
                    expires_on=(now + 6 * _DAY).date(), everything=True, amount=None)  # fmt: skip
    kinds.carry_out(made, at=now - 19 * _DAY)
    order = papers.Order(
        court="United States District Court, Southern District of New York", title="Order lifting a restraint",
        docket="26-MAG-4102", issued=(now - 2 * _DAY).date(), judge="M. Harlow", addressee="Meridian Exchange",
        orders="The restraint of 26-MAG-4102 is lifted", accounts=(), records=(),
    )  # fmt: skip
    upload = papers.upload(papers.order_pdf(order), "lifting-order.pdf")
    lifting.ask(made, reason="The court lifted it: the owner was a victim, too.", upload=upload, by=made.officer,
                at=now - timedelta(hours=3))  # fmt: skip
    return made


def to_carry_out(name: str, provider: Provider, now: datetime) -> DataRequest:
    """A seizure that was granted; nobody read the wallet to the agency yet, so that nothing can be recorded."""
    return _granted(name, provider, at=now - 2 * _DAY, asset="BTC", docket="26-MAG-4498", case="NM/2026/3391",
                    act=FreezeAct.TRANSFER, destination=_WALLET, destination_network="bitcoin")  # fmt: skip


def _granted(
    name: str, provider: Provider, *, at: datetime, asset: str, docket: str, case: str, **changes: Any
) -> DataRequest:
    by = who("second_officer")
    what = Filing(
        title="Operation Quayside", case_number=case, offence="Fraud Act 2006, s.2",
        facts="A courier firm was paid for goods that were never sent. The United States issued this warrant on a "
              "treaty request of ours, because the firm's bank is there.",
        connection="The payments were turned into coins that lie on this account.",
        identifiers=(("email", accounts.EMAIL_C, ""),), categories=(), process_type="US-SEIZURE",
        section_of_law="18 USC 981(b)", court="United States District Court, Southern District of New York",
        judge="M. Harlow", docket=docket, assets=f"{asset} on these accounts",
    )  # fmt: skip
    assets = {
        "act": FreezeAct.RESTRAIN, "asset": asset, "amount": Decimal("0.05"), "everything": False, "destination": "",
        "destination_network": "", "expires_on": None,
    }  # fmt: skip
    return kinds.granted_freeze(name, what, assets | changes, provider, by=by, at=at)
