"""What the journeys of emergencies, batches and freezes find on file: writing it in the browser is another journey."""

import re
from dataclasses import dataclass

from tests.journeys.stack import Stack

DANGER = "The buyers are told to come to a house in Torvik tonight."
CASE, INDIAN = "NV 26/41110", "cyber.kesarpur.example"
_FILE = """
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4
from django.db import transaction
from django.utils import timezone
from accounts.enums import AgencyKind
from accounts.models import AgencyDomain
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import filing, registry
from lers.demo.people import who
from requests_app.enums import FreezeAct, RequestKind
from requests_app.services import drafts, intake
from requests_app.services.preflight import Step

now, provider, by = timezone.now(), Provider.objects.get(), who("lead")
said = {"danger": "%(danger)s", "imminence": "day", "needed_by": None, "why_data": "The sign-ins show the house.",
        "why_no_process": "The court is closed.", "phone": "+441632960115", "supervisor": "Superintendent L. Holm",
        "supervisor_phone": "+441632960118", "process_follows": "no", "process_by": ""}
for email in (accounts.EMAIL_A, accounts.EMAIL_B):
    print(intake.submit_emergency(provider, key=uuid4(), values=said, identifiers=filing.read([("email", email, "")]),
                                  categories=["logins"], by=by).reference)

what = filing.Filing(title="Operation Issplitt", case_number="%(case)s", offence="Fraud, Penal Code section 371",
                     facts="Coins of nine victims went to this account.", connection="It received them.",
                     identifiers=(("uid", accounts.ACCOUNT_A, ""),), categories=(), process_type="INT-COURT-ORDER",
                     section_of_law="Criminal Procedure Act, section 203", court="Nordvik District Court",
                     judge="A. Fossheim", docket="26-411100", assets="900 BTC on this account are kept where they are")
assets = {"act": FreezeAct.RESTRAIN, "asset": "BTC", "amount": Decimal(900), "everything": False, "destination": "",
          "destination_network": "", "expires_on": (now + timedelta(days=90)).date()}
with transaction.atomic():  # or the worker takes the order before it is sent
    draft = filing.start(uuid4().hex, what, provider, by=by, at=now - timedelta(minutes=40), kind=RequestKind.FREEZE)
    draft = filing.complete(draft, what, by=by, at=now - timedelta(minutes=30))
    drafts.save_step(draft, Step.ASSETS, assets, version=draft.lock_version, by=by, at=now - timedelta(minutes=10))
    draft.refresh_from_db()
    print(filing.send(draft, by=by, at=now - timedelta(minutes=5)).reference)
if not AgencyDomain.objects.filter(domain="%(domain)s").exists():
    registry._ensure(registry.Known("Kesarpur Cyber Police", "", "IN", "Kesarpur", AgencyKind.POLICE, "%(domain)s",
                                    "+441632960610", "Control room", "Directory of the state, 2026"), now)
"""


@dataclass(frozen=True)
class OnFile:
    """References of requests of the lead that nobody took yet."""

    not_confirmed: str
    no_emergency: str
    freeze: str


def files(stack: Stack) -> OnFile:
    """Put two emergencies and a freeze into the queue, and an agency of India into the registry."""
    done = stack.manage("shell", "-c", _FILE % {"danger": DANGER, "case": CASE, "domain": INDIAN})
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.findall(r"\b[A-Z]{2}-\d\d-[0-9A-Z]{7}\b", done.stdout)
    assert len(found) == 3, done.stdout
    return OnFile(*found)
