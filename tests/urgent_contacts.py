"""Emergencies told without an account, for tests.

contact = contact_at("new")                       # told now, of an agency with a confirmed number
contact = contact_at("taken", taken_by=analyst)
call = call_about(contact, by=analyst)            # a call to the directory's number that confirmed
"""

from datetime import datetime, timedelta
from uuid import uuid4

from django.utils import timezone

from accounts.models import Agency, CallBack
from foundation.core.references import new_reference
from requests_app.models import UrgentContact
from tests.people import make_agency, make_provider, make_staff

WALLET = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
KNOWN = [
    {"kind": "email", "network": "", "given": "target@mail.example", "value": "target@mail.example", "detail": ""},
]


def contact_at(status: str, *, agency: Agency | None = None, at: datetime | None = None, **changes) -> UrgentContact:
    """An emergency that somebody told us of, at this moment of its life."""
    at = at or timezone.now()
    agency = agency or make_agency()
    values = {
        "provider": make_provider(), "reference": new_reference("EC", at), "key": uuid4(), "status": status,
        "full_name": "Torunn Vaage", "rank": "Sergeant", "email": f"t.vaage@{agency.domains.first().domain}",
        "phone": "+441632960777", "agency": agency, "agency_words": agency.name, "country": "NO",
        "supervisor": "Ola Berg", "danger": "A girl of 14 is held, the ransom note names a wallet.",
        "identifiers": KNOWN, "created_at": at, "take_by": at + timedelta(minutes=5), "place_hash": "a" * 64,
    }  # fmt: skip
    if status == "taken":
        values |= {"taken_at": at, "taken_by": changes.get("taken_by") or make_staff("analyst")}
    return UrgentContact.objects.create(**(values | changes))


def call_about(contact: UrgentContact, *, by, alternative: str = "", **changes) -> CallBack:
    """A call that was written down, to the directory's number unless another way is named."""
    number = None if alternative else contact.agency.numbers.first()
    values = {
        "purpose": "emergency", "agency": contact.agency, "about_reference": contact.reference, "number": number,
        "alternative": alternative, "called_at": timezone.now(), "called_by": by, "spoke_to": "Sgt Berg",
        "result": "confirmed",
    }  # fmt: skip
    return CallBack.objects.create(**(values | changes))
