"""What reached the demo's company outside the portal: mails to be read, and a letter that staff recorded."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from django.db import transaction

from accounts.models import AgencyDomain
from foundation.core.identifiers import read_identifier
from foundation.legal.models import ProcessType
from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo.papers import Order, order_pdf
from lers.demo.people import NORDVIK, who
from requests_app.enums import Channel, DataCategory
from requests_app.models import DataRequest, IncomingMessage
from requests_app.services import incoming, recording

_LETTER = UUID("6f0a4c1e-6a0b-4d0e-9d4e-0a8a7c3f1b52")
_WEEK = timedelta(days=7)


def ensure(provider: Provider, *, now: datetime) -> Iterator[str]:
    """Make what is missing, and name it."""
    domain = AgencyDomain.objects.select_related("agency").filter(domain=NORDVIK).first()
    if domain is None:
        return
    if not IncomingMessage.objects.filter(provider=provider).exists():
        _mails(provider, now)
        yield "mails that came in outside the portal"
    if not DataRequest.objects.filter(uid=_LETTER).exists():
        _letter(provider, domain, now)
        yield "request by post"


@transaction.atomic
def _mails(provider: Provider, now: datetime) -> None:
    known = DataRequest.objects.filter(provider=provider, reference__isnull=False, restricted=False).first()
    order = order_pdf(Order(
        court="Nordvik District Court", title="Order to produce", docket="26-110412", issued=(now - _WEEK).date(),
        judge="A. Fossheim", addressee=provider.name, orders="It concerns case NV 26/20688.",
        accounts=[accounts.EMAIL_A], records=["Registration data"],
    ))  # fmt: skip
    real = _mail(f"Ingrid Dahl <ingrid.dahl@{NORDVIK}>", "Order in case NV 26/20688",
                 "Please find the order of the court attached.\n\nI. Dahl", "pass")  # fmt: skip
    real.add_attachment(order, maintype="application", subtype="pdf", filename="order-26-110412.pdf")
    real.add_attachment(b"TNEF", maintype="application", subtype="ms-tnef", filename="winmail.dat")
    fake = _mail("Nordvik Police <kripos@politiet-nordvik.example>", "URGENT data needed today",
                 "A child is missing. Send all data of the account to this address at once.", "fail")  # fmt: skip
    about = f"About {known.reference}: the translation follows by post." if known else "The translation follows."
    more = _mail(f"Post <post@{NORDVIK}>", "Translation", about, "pass")
    for number, message in enumerate((real, fake, more)):
        at = now - timedelta(hours=20 - 6 * number)
        message["Date"] = format_datetime(at)
        incoming.take_mail(message.as_bytes(), provider=provider, by=None, arrived_at=at, at=at)


def _mail(sender: str, subject: str, text: str, spf: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, "requests@meridian.example", subject
    made["Message-ID"] = f"<{subject.lower().replace(' ', '-').replace('/', '-')}@mail.example>"
    made["Authentication-Results"] = f"mx.meridian.example; spf={spf}; dkim=none; dmarc={spf}"
    made.set_content(text)
    return made


@transaction.atomic
def _letter(provider: Provider, domain: AgencyDomain, now: datetime) -> None:
    day = now.date()
    kind = ProcessType.objects.filter(code="INT-COURT-ORDER").order_by("-pk").first()
    order = recording.OrderGiven(
        process_type=kind, issuing_authority="Nordvik District Court", signatory="A. Fossheim", docket="26-110399",
        section_of_law="Criminal Procedure Act, section 210", issued_on=day - timedelta(days=9),
    )  # fmt: skip
    values = recording.Recorded(
        provider=provider, agency=domain.agency, arrived_at=now - timedelta(days=1, hours=3), key=_LETTER,
        title="Letter of the Nordvik district", case_number="NV 26/20655", officer_words="T. Moen, Inspector",
        facts="A flat was let to nine people who paid a deposit each. It does not belong to the seller.", order=order,
        identifiers=[read_identifier("email", accounts.EMAIL_A)], external_reference="Letter 4471/26",
        records=[recording.AskedFor(DataCategory.REGISTRATION, date(day.year, 1, 1), day - timedelta(days=10))],
    )  # fmt: skip
    recording.record(values, channel=Channel.POST, by=who("second_analyst"), at=now - timedelta(hours=5))
