"""Requests that were granted: who is told, and what is collected, are journeys of their own."""

import re
from dataclasses import dataclass

from tests.journeys.stack import Stack

# Signed by two people before. Their accounts are ordinary ones of the generated exchange, about which nothing else is
# on file. Of the one whose order forbids telling, the records have left; two more packages are under way.
_FILE = """
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from uuid import uuid4
from django.db import transaction
from django.utils import timezone
from foundation.providers.connectors.base import Channel
from foundation.providers.connectors.demo import answers, cases as known
from foundation.providers.connectors.demo.exchange import exchange
from foundation.providers.models import Provider
from lers.demo import cases, desk, filing
from lers.demo.people import who
from requests_app.models import DataRequest, Target
from requests_app.services import packages

now, provider = timezone.now(), Provider.objects.get()
seed = provider.connector_settings["seed"]
taken = {*known.KNOWN, *Target.objects.values_list("account", flat=True)}

def ordinary(language):
    for uid in exchange(seed).customers:
        contact = answers.contact(seed, uid)
        plain = contact.channel == Channel.MAIL and not (contact.traits or contact.linked or contact.changed_at)
        if plain and uid not in taken and contact.language == language:
            yield contact

french, portuguese = ordinary("fr"), ordinary("pt")
asked = (
    ("Operation Skjaergard", next(portuguese), cases._ALL[2:], 90),
    ("Operation Lanterne", next(french), cases._ALL[:1], None),
    ("Operation Taushet", next(portuguese), cases._ALL[:1], 90),
    ("Operation Motvind", next(french), cases._ALL[1:2], None),
)
with transaction.atomic():
    for number, (title, holder, categories, bar) in enumerate(asked):
        what = replace(cases._FRAUD, title=title, case_number=f"NV 26/4300{number}", docket=f"26-43000{number}",
                       identifiers=(("uid", holder.account, ""),), categories=categories, bar_days=bar)
        made = filing.file(uuid4().hex, what, provider, by=who("officer"), at=now - timedelta(hours=9))
        desk.take(made, at=now - timedelta(hours=8))
        desk.match(made, at=now - timedelta(hours=7))
        desk.confirm_bars(made, at=now - timedelta(hours=7))
        desk.sign(desk.propose_grant(made, at=now - timedelta(hours=4)), at=now - timedelta(hours=3))
        if title == "Operation Taushet":
            desk.produce(made, at=now - timedelta(minutes=70))
        elif number:
            packages.start(DataRequest.objects.get(pk=made.pk), by=who("analyst"))
        print("granted:", made.reference, holder.account, holder.address)
"""


@dataclass(frozen=True)
class Granted:
    """A granted request about one account, and where its holder reads letters."""

    reference: str
    account: str
    address: str


@dataclass(frozen=True)
class Requests:
    """One to collect for, one whose holder is told, one whose order forbids it, one whose holder objects."""

    collected: Granted
    told: Granted
    barred: Granted
    objected: Granted


def files(stack: Stack) -> Requests:
    """Put four granted requests on file."""
    done = stack.manage("shell", "-c", _FILE)
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.findall(r"granted: (\S+) (\S+) (\S+)", done.stdout)
    assert len(found) == 4, done.stdout
    return Requests(*(Granted(*words) for words in found))
