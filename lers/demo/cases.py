"""The demo's requests: one at every stage, each made whole in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.db import transaction

from foundation.audit.trail import record
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import acceptance, desk, emergencies, filing, freezes, kinds, leaving, signing
from lers.demo.events import Event
from lers.demo.filing import Filing
from lers.demo.people import who
from requests_app.enums import DataCategory
from requests_app.models import DataRequest
from requests_app.services import intake, questions

Make = Callable[[str, Provider, datetime], DataRequest]

_COURT: dict[str, Any] = {"court": "Nordvik District Court", "judge": "A. Fossheim", "process_type": "INT-COURT-ORDER",
          "section_of_law": "Criminal Procedure Act, section 210"}  # fmt: skip
_CROWN: dict[str, Any] = {"court": "Crown Court at Northmoor", "judge": "H. Ashdown", "process_type": "GB-PACE-PO",
          "section_of_law": "PACE 1984, section 9 and Schedule 1"}  # fmt: skip
_ALL = (DataCategory.REGISTRATION, DataCategory.LOGINS, DataCategory.TRANSACTIONS)
_FRAUD = Filing(
    title="Operation Fjordlys",
    case_number="NV 26/19884",
    offence="Aggravated fraud, Penal Code section 372",
    facts="41 people paid for shares in a trading platform that does not exist. The loss is EUR 1.2 million.",
    connection="The victims were told to pay to an address that belongs to this account.",
    identifiers=(("email", accounts.EMAIL_A, ""), ("uid", accounts.ACCOUNT_A, "")),
    categories=_ALL,
    docket="26-109155",
    **_COURT,
)
_NEVER = (
    "The account holder lives in one household with the girl who told the police. Whoever reads the letter knows that "
    "it was her: the child protection service writes that she would be in danger."
)
_OBJECTS = (
    "I let a room in my flat last summer, and the deposits are for that room. The tenants live here; I can send the "
    "contracts. None of this has anything to do with flats that do not exist."
)


@dataclass(frozen=True)
class Case:
    """A demo request by its key, and what makes it."""

    name: str
    make: Make
    # Waits for a signature of what stands now: a bar that another case adds later would change that.
    last: bool = False


def _draft(name: str, provider: Provider, now: datetime) -> DataRequest:
    what = replace(
        _FRAUD, title="Operation Skumring", case_number="NV 26/20417", docket="26-110873",
        facts="A courier service was paid in coins for parcels with stolen phones.",
    )  # fmt: skip
    return filing.start(name, what, provider, by=who("officer"), at=now - timedelta(hours=20))


def _submitted(name: str, provider: Provider, now: datetime) -> DataRequest:
    what = replace(
        _FRAUD, title="Operation Tidevann", case_number="NV 26/20391", docket="26-110640",
        offence="Extortion, Penal Code section 330",
        facts="A shipping company paid a ransom after its systems were locked.",
        connection="The ransom was paid to this wallet.",
        identifiers=(("wallet", accounts.WALLET_B, "bitcoin"),), categories=_ALL[:2], paper=signing.CHANGED,
    )  # fmt: skip
    return filing.file(name, what, provider, by=who("officer"), at=now - timedelta(hours=3))


def _in_question(name: str, provider: Provider, now: datetime) -> DataRequest:
    what = replace(
        _FRAUD, title="Operation Kaia", case_number="NV 26/19402", docket="26-107330",
        offence="Receiving stolen goods, Penal Code section 332",
        facts="Stolen goods were offered in a group, and paid for by phone number.",
        connection="The seller gave this number to be paid.",
        identifiers=(("phone", accounts.PHONE_OF_TWO, ""),), categories=_ALL[:1], paper=signing.SCRIPT,
    )  # fmt: skip
    made = filing.file(name, what, provider, by=who("officer"), at=now - timedelta(days=6))
    desk.take(made, at=now - timedelta(days=5), role="second_analyst")
    desk.match(made, at=now - timedelta(days=4), role="second_analyst")
    text = "This number belonged to two customers, one after the other. On which day was it used for the payment?"
    questions.ask(made, text=text, by=who("second_analyst"), at=now - timedelta(days=2))
    return made


def _in_review(name: str, provider: Provider, now: datetime) -> DataRequest:
    what = replace(
        _FRAUD, title="Operation Larkspur", case_number="NM/2026/3381", docket="T20267114",
        offence="Fraud Act 2006, s.1", facts="A false landlord took deposits from 17 tenants.",
        connection="The deposits were turned into coins here.",
        identifiers=(("email", accounts.EMAIL_C, ""),), paper=signing.SIGNED, **_CROWN,
    )  # fmt: skip
    made = filing.file(name, what, provider, by=who("second_officer"), at=now - timedelta(days=3))
    return desk.take(made, at=now - timedelta(days=2))


def _with_counsel(name: str, provider: Provider, now: datetime) -> DataRequest:
    """In review, referred to counsel; names the same account as the one that waits for a second signature."""
    what = replace(
        _FRAUD, title="Operation Sandpiper", case_number="NM/2026/3290", docket="T20267002",
        offence="Proceeds of Crime Act 2002, s.327", facts="A courier paid drivers in coins for parcels of cash.",
        connection="The drivers were paid from this account.",
        identifiers=(("email", accounts.EMAIL_B, ""),), categories=_ALL[:1], **_CROWN,
    )  # fmt: skip
    made = filing.file(name, what, provider, by=who("second_officer"), at=now - timedelta(days=6))
    desk.take(made, at=now - timedelta(days=5))
    desk.match(made, at=now - timedelta(days=5))
    question = "The order is addressed to the group and not to one company. Does it bind the company of the account?"
    desk.refer(made, question=question, at=now - timedelta(days=1))
    desk.notice_searching(made, at=now - timedelta(days=5))
    return made


def _awaiting_approval(name: str, provider: Provider, now: datetime) -> DataRequest:
    what = replace(
        _FRAUD, title="Operation Nattlys", case_number="NV 26/19955", docket="26-109420",
        facts="The money of the victims of Operation Fjordlys went on to a second account.",
        connection="The second account received it within minutes.",
        identifiers=(("email", accounts.EMAIL_B, ""),),
    )  # fmt: skip
    made = filing.file(name, what, provider, by=who("officer"), at=now - timedelta(days=4))
    desk.take(made, at=now - timedelta(days=3))
    desk.match(made, at=now - timedelta(days=3))
    desk.settle(made, note="Own order of another court, answered apart.", at=now - timedelta(days=2))
    desk.propose_grant(made, at=now - timedelta(hours=18))
    return made


def _told(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Granted; the account holder was told, the time to object is over, the records are released."""
    made = filing.file(name, _FRAUD, provider, by=who("officer"), at=now - timedelta(days=20))
    _granted(made, now - timedelta(days=19))
    desk.tell(made, at=now - timedelta(days=15))
    desk.produce(made, at=now - timedelta(days=7))
    return made


def _not_told(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Granted and released in two packages while a confirmed order forbids to tell the account holder.

    Since yesterday somebody asks that he is never told; a second person has not signed it. He himself asked for a copy
    of his data, and counsel has not decided what the company answers.
    """
    what = replace(
        _FRAUD, title="Operation Morild", case_number="NV 26/18811", docket="26-104092",
        offence="Money laundering, Penal Code section 337",
        facts="Cash from the sale of drugs is paid in at machines and turned into coins.",
        connection="A seized phone held the sign-in of this account.",
        identifiers=(("email", accounts.EMAIL_CLOSED, ""),), bar_days=120,
    )  # fmt: skip
    made = filing.file(name, what, provider, by=who("officer"), at=now - timedelta(days=12))
    _granted(made, now - timedelta(days=11))
    desk.produce(made, at=now - timedelta(days=9), only=DataCategory.REGISTRATION)
    desk.produce(made, at=now - timedelta(days=6))
    desk.customer_asks(provider, accounts.ACCOUNT_CLOSED, at=now - timedelta(days=2))
    desk.propose_waiver(made, reason=_NEVER, at=now - timedelta(days=1))
    return made


def _objected(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Granted; one holder was told and objects, and an analyst must look who would read the letter to the other."""
    what = replace(
        _FRAUD, title="Operation Isfugl", case_number="NV 26/20102", docket="26-109981",
        facts="A broker of flats that do not exist took deposits from 26 students.",
        connection="The deposits were divided between these two accounts.",
        identifiers=(("email", accounts.EMAIL_LINKED, ""), ("email", accounts.EMAIL_JOINT_1, "")), categories=_ALL[:1],
    )  # fmt: skip
    made = filing.file(name, what, provider, by=who("officer"), at=now - timedelta(days=13))
    _granted(made, now - timedelta(days=12))
    desk.tell(made, at=now - timedelta(days=5))
    desk.object_to(made, accounts.ACCOUNT_LINKED, words=_OBJECTS, ticket="SUP-118204", at=now - timedelta(hours=26))
    return made


def _refused(name: str, provider: Provider, now: datetime) -> DataRequest:
    what = replace(
        _FRAUD, title="Operation Bracken", case_number="NM/2026/3102", docket="T20266870",
        offence="Theft Act 1968, s.1", facts="Coins were taken from a wallet after a phone was stolen.",
        connection="They arrived at this account.",
        identifiers=(("email", accounts.EMAIL_OTHER_ENTITY, ""),), categories=_ALL[:1], **_CROWN,
    )  # fmt: skip
    made = filing.file(name, what, provider, by=who("second_officer"), at=now - timedelta(days=15))
    desk.take(made, at=now - timedelta(days=14))
    desk.match(made, at=now - timedelta(days=13))
    desk.sign(desk.propose_refusal(made, at=now - timedelta(days=12)), at=now - timedelta(days=11))
    return made


def _appealed(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Refused, and the officer asks once that other people look at it again."""
    what = replace(
        _FRAUD, title="Operation Heather", case_number="NM/2026/3177", docket="T20266931",
        offence="Fraud Act 2006, s.1", facts="A pensioner was talked into sending savings to a stranger.",
        connection="The savings arrived at this account.",
        identifiers=(("uid", accounts.ACCOUNT_A, ""),), categories=_ALL[:1], **_CROWN,
    )  # fmt: skip
    made = filing.file(name, what, provider, by=who("second_officer"), at=now - timedelta(days=13))
    desk.take(made, at=now - timedelta(days=12))
    desk.match(made, at=now - timedelta(days=12))
    desk.sign(desk.propose_refusal(made, at=now - timedelta(days=11)), at=now - timedelta(days=10))
    desk.appeal(made, at=now - timedelta(days=1))
    return made


def _referred(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Sent to mutual legal assistance."""
    what = replace(
        _FRAUD, title="Operation Gorse", case_number="NM/2026/2954", docket="T20266702",
        offence="Proceeds of Crime Act 2002, s.327", facts="Money of several frauds was changed into coins.",
        connection="The coins were bought through this account.",
        identifiers=(("uid", accounts.ACCOUNT_A, ""),), categories=_ALL[2:], **_CROWN,
    )  # fmt: skip
    made = filing.file(name, what, provider, by=who("second_officer"), at=now - timedelta(days=21))
    desk.take(made, at=now - timedelta(days=20))
    desk.match(made, at=now - timedelta(days=20))
    desk.sign(desk.propose_referral(made, at=now - timedelta(days=19)), at=now - timedelta(days=18))
    return made


def _exigent(name: str, provider: Provider, now: datetime) -> DataRequest:
    values = {
        "danger": "A boy of 16 is missing since yesterday evening. He wrote that he has been told to pay or be hurt.",
        "imminence": "now",
        "needed_by": now + timedelta(hours=2),
        "why_data": "The place of the last sign-in shows where he is.",
        "why_no_process": "No court sits before Monday.",
        "phone": "+441632960220",
        "supervisor": "Inspector R. Thackwood",
        "supervisor_phone": "+441632960201",
        "process_follows": "no",
        "process_by": "",
    }
    return intake.submit_emergency(
        provider,
        key=filing.key_of(name),
        values=values,
        identifiers=filing.read([("email", accounts.EMAIL_MINOR, "")]),
        categories=[DataCategory.REGISTRATION, DataCategory.LOGINS],
        by=who("second_officer"),
        at=now - timedelta(minutes=3),
    )


def _granted(made: DataRequest, at: datetime) -> None:
    """From the queue to the second signature, in four days."""
    day = timedelta(days=1)
    desk.take(made, at=at)
    desk.match(made, at=at + day)
    desk.confirm_bars(made, at=at + day)
    desk.sign(desk.propose_grant(made, at=at + 2 * day), at=at + 4 * day)


CASES = (
    Case("answered long ago", partial(leaving.long_ago, _FRAUD)),
    Case("told", _told),
    Case("refused", _refused),
    Case("appealed", _appealed),
    Case("referred", _referred),
    Case("not told", _not_told),
    Case("objected", _objected),
    Case("in question", _in_question),
    Case("with counsel", _with_counsel),
    Case("awaiting approval", _awaiting_approval, last=True),
    Case("in review", _in_review),
    Case("enquiry", kinds.answered),
    Case("freeze", kinds.frozen),
    Case("freeze to lift", freezes.to_lift),
    Case("seizure to carry out", freezes.to_carry_out),
    Case("restricted", partial(kinds.restricted, _FRAUD)),
    Case("draft", _draft),
    Case("submitted", _submitted),
    Case("given in an emergency", emergencies.given),
    Case("no emergency", emergencies.none_at_all),
    Case("exigent", _exigent),
)


@transaction.atomic
def ensure(case: Case, provider: Provider, *, now: datetime) -> bool:
    """Make a case that is not there yet, whole or not at all; say whether it was made."""
    if DataRequest.objects.filter(uid=filing.key_of(case.name)).exists():
        return False
    made = case.make(case.name, provider, now)
    acceptance.accept_receipts(made, now=now)
    acceptance.accept_letters(made, now=now)
    record(Event.CASE_MADE, by=None, obj=DataRequest.objects.get(pk=made.pk), data={"case": case.name}, at=now)
    return True
