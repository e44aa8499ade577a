"""The demo's applications for access: two that wait for the desk, made as a visitor would make them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction

from accounts.models import AccessApplication, Agency, User
from accounts.services import applications, signals, vetting
from foundation.documents import services as documents
from foundation.notifications.models import OutboundMessage
from lers.demo import papers
from lers.demo.people import NORDVIK, NORTHMOOR, VALCLAIR, who

_LIMIT = 5 * 1024 * 1024
_TOKEN = re.compile(r"/access/confirm/(?P<reference>[^/]+)/(?P<token>[^/]+)/")
_PASSWORD = "harbour-light-applicant-26"  # noqa: S105 - the demo gives everybody's password away


@dataclass(frozen=True)
class Applicant:
    """Somebody who wants to be let in."""

    name: str
    email: str
    rank: str
    unit: str
    badge: str
    phone: str
    supervisor: str
    supervisor_contact: str
    sent_before: timedelta
    taken_before: timedelta | None = None
    # The domain of the agency that is picked, where it is not the one of the address; or a proposed agency.
    picks: str = ""
    proposes: Mapping[str, str] = field(default_factory=dict)
    address_note: str = ""

    @property
    def domain(self) -> str:
        """The part of the address that names the employer."""
        return self.email.rpartition("@")[2]


APPLICANTS = (
    Applicant("Silje Myrvang", f"s.myrvang@{NORDVIK}", "Sergeant", "Financial crime", "21933", "+441632960118",
              "Ola Berg", "extension 115", timedelta(hours=5)),
    Applicant("Marcel Aubanel", f"m.aubanel@{VALCLAIR}", "Inspector", "Investigations", "DV 882", "+441632960311",
              "Odile Montbrun", "o.montbrun@douane-valclair.example", timedelta(days=2), timedelta(days=1)),
    # Somebody who is not who he says: a domain that imitates an agency's, and a mobile number.
    Applicant("Mark Hollis", "m.hollis@northmoor-police-uk.example", "Detective Sergeant", "Economic crime", "NP 4471",
              "+447700900582", "DI S. Carrow", "extension 9", timedelta(days=1), picks=NORTHMOOR,
              address_note="Our force moves its mail to a new domain this month."),
    # An honest officer of an agency nobody entered yet, waiting for longer than was promised.
    Applicant("Ilse Brandt", "i.brandt@lka-westmark.example", "Kriminalhauptkommissarin", "Cybercrime", "WM 30918",
              "+4930901820", "Jens Ohlsen", "extension 21", timedelta(days=8),
              address_note="The ministry lists our addresses at https://lka-westmark.example/kontakt.",
              proposes={"name": "Landeskriminalamt Westmark", "country": "DE", "kind": "police",
                        "address": "Hafenstrasse 9, 24999 Westmark", "website": "https://lka-westmark.example",
                        "switchboard": "+4930901800"}),
)  # fmt: skip


@transaction.atomic
def ensure(applicant: Applicant, agencies: dict[str, Agency], *, now: datetime) -> bool:
    """Make an application that is not there yet, whole or not at all; say whether it was made."""
    if AccessApplication.objects.filter(email=applicant.email).exists():
        return False
    sent = now - applicant.sent_before
    user, application = _confirmed(applicant, at=sent - timedelta(hours=1))
    agency = None if applicant.proposes else agencies[applicant.picks or applicant.domain]
    _fill_in(application, applicant, agency, user, at=sent - timedelta(minutes=30))
    application = applications.submit(application, by=user, at=sent)
    for signal in application.signals.all():
        signals.run(signal.pk, at=sent + timedelta(minutes=1))
    if applicant.taken_before:
        vetting.take(application, by=who("analyst"), at=now - applicant.taken_before)
    return True


def _confirmed(applicant: Applicant, *, at: datetime) -> tuple[User, AccessApplication]:
    """Ask for access, and follow the link in the mail: the token stands nowhere else."""
    applications.start(applicant.email, place="demo", at=at)
    mail = OutboundMessage.objects.filter(to_address=applicant.email).latest("pk")
    link = _TOKEN.search(mail.body_text.replace("\n", ""))
    if link is None:
        raise LookupError("The mail has no link.")
    application = AccessApplication.objects.get(reference=link["reference"])
    user = applications.confirm(application, token=link["token"], password=_PASSWORD, at=at)
    application.refresh_from_db()
    return user, application


def _fill_in(
    application: AccessApplication, applicant: Applicant, agency: Agency | None, user: User, *, at: datetime
) -> None:
    if applicant.address_note:
        applications.save_address(application, by=user, note=applicant.address_note, at=at)
    names = ("rank", "unit", "badge", "phone")
    person = {name: getattr(applicant, name) for name in names} | {"full_name": applicant.name}
    applications.save_person(application, by=user, values=person, at=at)
    applications.save_agency(application, by=user, agency=agency, proposal=applicant.proposes, at=at)
    applications.save_supervisor(
        application, by=user, name=applicant.supervisor, contact=applicant.supervisor_contact, at=at
    )
    employer = agency.name if agency else applicant.proposes["name"]
    card = papers.card_pdf(agency=employer, name=applicant.name, rank=applicant.rank, badge=applicant.badge)
    document = documents.receive(
        papers.upload(card, "service-card.pdf"), filename="service-card.pdf", purpose="identity", by=user,
        limit=_LIMIT, at=at,
    )  # fmt: skip
    documents.process(document, at=at)
    applications.save_proof(application, by=user, document=document, explanation="", at=at)
