"""The same request from five countries: one account, a wallet and a transaction, typed from an order of each.

Names, dockets and telephone numbers belong to nobody; statutes and the parts of an order are those of the country.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from foundation.core.identifiers import Network
from foundation.providers.connectors.demo.addresses import address
from foundation.providers.models import Provider
from lers.demo import country_filing as filing
from lers.demo import desk, papers, typed
from lers.demo.cases import Case
from lers.demo.country_filing import Asked, Investigator, Part
from lers.demo.filing import Given, key_of
from lers.demo.people import HARLOW, NORTHMOOR, OSTHEIDE, PORTO_SERENO, STRAITS_QUAY, who
from requests_app.enums import CertificateForm, DataCategory, OrderRelation
from requests_app.models import DataRequest
from requests_app.services import answer_time, copies, order_versions, questions

_DAY = timedelta(days=1)
# Where the coins went on to: part C of the order of the Crown Court.
SCHEDULE: tuple[Given, ...] = tuple(
    ("wallet", address(Network.BITCOIN, f"schedule {number}"), Network.BITCOIN) for number in range(1, 61)
)
US = Asked(
    role="us_officer", agency="Harlow Financial Crimes Task Force", zone="America/New_York",
    title="Operation Paper Harbor", case_number="HFC-2026-0417", offence="18 U.S.C. 1343 (wire fraud)",
    facts="31 residents of the district paid for shares in a trading platform that does not exist. The loss is "
          "USD 640,000.",
    authority="United States District Court for the District of Harlow", rank="United States Magistrate Judge",
    signatory="Rosalind L. Hensley", docket="1:26-mc-00418-RLH", paper="us", days_as="us",
    parts=(Part("US-COURT-ORDER-2703D", "18 USC 2703(d)"),),
    investigator=Investigator("Curtis Amory", "Special Agent", f"c.amory@{HARLOW}", "+1 202 555 0147"),
    certificate=CertificateForm.US_902_11, clause="Order, page 1, paragraph 5; 18 USC 2705(b)", bar_days=180,
    answer_days=14, filename="2703d-order-1-26-mc-00418",
)  # fmt: skip
GB = Asked(
    role="second_officer", agency="Northmoor Police", zone="Europe/London", title="Operation Dunlin",
    case_number="NM/2026/3390", offence="Fraud by false representation, Fraud Act 2006, section 1",
    facts="19 people in Northmoor paid for shares in a trading platform that does not exist. The loss is GBP 288,000.",
    authority="Crown Court at Northmoor", rank="His Honour Judge", signatory="HHJ D. Pellow", docket="U20260419",
    paper="gb", parts=(Part("GB-PACE-PO", "PACE 1984, section 9 and Schedule 1, paragraph 4"),),
    investigator=Investigator("Amir Sethi", "Detective Inspector", f"a.sethi@{NORTHMOOR}", "+44 1632 960231"),
    certificate=CertificateForm.UK_S9, schedule=SCHEDULE, filename="production-order-U20260419",
)  # fmt: skip
DE = Asked(
    role="de_officer", agency="Polizeidirektion Ostheide, Kommissariat 34", zone="Europe/Berlin",
    title="EK Seerose", case_number="OH-20260-88172", offence="Gewerbsmäßiger Betrug (commercial fraud), § 263 StGB",
    facts="23 people from Ostheide paid for shares in a trading platform that does not exist. The loss is "
          "EUR 412,000. The money was changed into bitcoin and credited to the account named below.",
    authority="Staatsanwaltschaft Ostheide", rank="Staatsanwältin", signatory="Dr. K. Wernicke",
    docket="412 Js 20817/26", paper="de", language="de",
    parts=(Part("DE-HERAUSGABE", "§ 95 Abs. 1, § 161a StPO"),),
    investigator=Investigator("Henning Voss", "Kriminalhauptkommissar", f"h.voss@{OSTHEIDE}", "+49 30 23125 117"),
    certificate=CertificateForm.GENERIC, answer_days=21, filename="herausgabeverlangen-412-js-20817-26",
)  # fmt: skip
_LEI = "Lei 12.965/2014"
BR = Asked(
    role="br_officer", agency="Civil Police of Porto Sereno", agency_local="Polícia Civil de Porto Sereno",
    zone="America/Sao_Paulo", title="Operação Maré Baixa", case_number="1184/2026",
    offence="Estelionato eletrônico (electronic fraud), art. 171, § 2º-A, Código Penal",
    facts="17 people of this district paid for shares in a trading platform that does not exist. The loss is "
          "BRL 890,000.",
    authority="2ª Vara Criminal da Comarca de Porto Sereno", rank="Juíza de Direito",
    signatory="Helena Prado Vasques", docket="0004182-66.2026.8.99.0042", paper="br", language="pt",
    parts=(
        Part("BR-SIGILO-BANCARIO", "Lei Complementar 105/2001, art. 1º, § 4º", (DataCategory.TRANSACTIONS,), ", 2 (a)"),
        Part("BR-ORDEM-REGISTROS", f"{_LEI}, arts. 10, § 1º, 15 e 22", (DataCategory.LOGINS,), ", 2 (b)", narrow=True),
        Part("BR-CADASTRAIS", f"{_LEI}, art. 10, § 3º", (DataCategory.REGISTRATION,), ", 2 (c)"),
    ),
    investigator=Investigator("Otávio Lins", "Delegado de Polícia", f"o.lins@{PORTO_SERENO}", "+44 1632 960415"),
    certificate=CertificateForm.GENERIC, clause=f"Decision, paragraph 4; {_LEI}, art. 23", bar_days=180, answer_days=15,
    filename="decisao-0004182-66-2026",
)  # fmt: skip
SG = Asked(
    role="sg_officer", agency="Straits Quay Police Division", zone="Asia/Singapore", title="Operation Lantern Pier",
    case_number="SQ/20261108/2094", offence="Cheating, Penal Code 1871, section 420",
    facts="12 people paid for shares in a trading platform that does not exist. The loss is SGD 305,000.",
    authority="Straits Quay Police Division, Commercial Crime Branch", rank="Deputy Superintendent of Police",
    signatory="Lim Hui Shan", docket="SQPD/CCB/26/004417", paper="sg",
    parts=(Part("SG-CPC-20", "Criminal Procedure Code 2010, section 20"),),
    investigator=Investigator("Ravi Menon", "Station Inspector", f"r.menon@{STRAITS_QUAY}", "+44 1632 960514"),
    certificate=CertificateForm.GENERIC, answer_days=14, filename="section-20-order-26-004417",
)  # fmt: skip
_CARRIED_ON = replace(
    GB, title="Operation Dunlin, part C",
    connection="These 60 addresses received the coins from the account of our first request within a day.",
)  # fmt: skip
# A corporal may not sign such an order, and the draft is not complete.
TOO_LOW = replace(
    SG, title="Operation Lantern Pier, second report", case_number="SQ/20261115/1177", rank="Corporal",
    signatory="Goh Kai Ming", docket="SQPD/CCB/26/004462", answer_days=10,
)  # fmt: skip


def granted_us(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Granted under a 2703(d) order that the court narrowed before anybody decided.

    The first package is blocked: the company's export of log-ins began before the period that was granted.
    """
    filed = now - 11 * _DAY
    made = filing.file(name, US, provider, at=filed)
    desk.take(made, at=filed + _DAY)
    narrowed = typed.paper("us_amended", filing.said(US, filed) | {"issued": filing.in_words(_on(now, 8), "us")})
    note = "Attachment A, part II (c), is limited to transactions in bitcoin."
    values = {
        "relation": OrderRelation.NARROWS, "issued_on": _on(now, 8), "valid_until": None, "note": note,
        "upload": papers.upload(narrowed, "amended-order-1-26-mc-00418.pdf"),
    }  # fmt: skip
    version = order_versions.add(made, made.orders.get(), values, seen=1, by=who(US.role), at=now - 8 * _DAY)
    filing.look_through(version.document, at=now - 8 * _DAY)
    desk.match(made, at=now - 7 * _DAY)
    desk.confirm_bars(made, at=now - 7 * _DAY)
    desk.sign(desk.propose_grant(made, at=now - 6 * _DAY), at=now - 5 * _DAY)
    desk.collect_too_much(made, only=DataCategory.LOGINS, at=now - _DAY)
    return made


def questioned_gb(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Waits for an answer of the officer."""
    made = filing.file(name, GB, provider, at=now - 5 * _DAY)
    desk.take(made, at=now - 4 * _DAY, role="second_analyst")
    desk.match(made, at=now - 4 * _DAY, role="second_analyst")
    text = "The transaction led to a second customer, who received it. Does the order mean that account as well?"
    asked = questions.ask(made, text=text, by=who("second_analyst"), at=now - 3 * _DAY)
    later = (asked.due_at + 7 * _DAY).date()
    reason = "The court sits again only next week."
    answer_time.ask_more(asked, until=later, reason=reason, by=made.officer, at=now - 2 * _DAY)
    return made


def carried_on_gb(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Sixty addresses under the same order."""
    first = DataRequest.objects.get(uid=key_of("GB production order"))
    return filing.file_under(name, _CARRIED_ON, first, SCHEDULE, at=now - timedelta(hours=26))


def in_review_de(name: str, provider: Provider, now: datetime) -> DataRequest:
    """In review: a prosecutor's letter in German, with a translation."""
    made = filing.file(name, DE, provider, at=now - 4 * _DAY)
    desk.take(made, at=now - 3 * _DAY)
    desk.match(made, at=now - 2 * _DAY)
    return made


def submitted_br(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Sent yesterday: one decision that orders three things under three laws, one of them for fewer days."""
    return filing.file(name, BR, provider, at=now - timedelta(hours=30))


def submitted_sg(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Sent this morning: a written order of a police officer of sufficient rank."""
    return filing.file(name, SG, provider, at=now - timedelta(hours=5))


def draft_sg(name: str, provider: Provider, now: datetime) -> DataRequest:
    """A draft that cannot be sent: the rank is too low, the order is not attached, nothing is said about notice."""
    return filing.begin(name, TOO_LOW, provider, at=now - timedelta(hours=2))


def copied_de(name: str, provider: Provider, now: datetime) -> DataRequest:
    """A draft that was made of the German request: no order, dates or documents yet."""
    source = DataRequest.objects.get(uid=key_of("DE surrender demand"))
    return copies.copy(source, key=key_of(name), identifiers=True, by=who(DE.role), at=now - timedelta(hours=1))


def _on(now: datetime, days: int) -> date:
    return (now - days * _DAY).date()


CASES = (
    Case("US 2703(d) order", granted_us),
    Case("GB production order", questioned_gb),
    Case("GB production order, part C", carried_on_gb),
    Case("DE surrender demand", in_review_de),
    Case("DE copied draft", copied_de),
    Case("BR decision", submitted_br),
    Case("SG written order", submitted_sg),
    Case("SG draft", draft_sg),
)
