"""An enquiry and a freeze at any point of their lives."""

from decimal import Decimal

from django.utils import timezone

from accounts.models import AgencyNumber, CallBack
from foundation.providers.models import AnswersEnquiries, LegalEntity
from requests_app.enums import DataCategory, FreezeAct
from requests_app.models import FreezeOrder
from tests.factories import process_type, request_at
from tests.people import make_provider

WALLET = "bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq"
# What staff and officers would recognise anywhere.
WORDS = {"title": "Operation Zebrafink", "case_number": "NV 26/77123-Q", "facts": "The marmalade ledger."}


def answering(provider=None):
    """The provider, which answers enquiries and has two companies."""
    provider = provider or make_provider()
    provider.answers_enquiries = AnswersEnquiries.VETTED
    provider.save(update_fields=["answers_enquiries"])
    LegalEntity.objects.get_or_create(
        provider=provider, name="Meridian US LLC",
        defaults={"country": "US", "service_address": "200 Sample Street, Dover"},
    )  # fmt: skip
    return provider


def enquiry_at(status, **more):
    """An enquiry in this status."""
    answering()
    return request_at(status, kind="enquiry", categories=(DataCategory.ACCOUNT,), process_type=None, **more)


def freeze_type():
    return process_type("TEST-FREEZE", name="Freezing order", reaches=["assets"])


def freeze_at(status, *, called=True, freeze=None, **more):
    """A freeze in this status, called back unless `called` is False; `freeze` changes what it asks."""
    data_request = request_at(
        status, kind="freeze", categories=(DataCategory.ASSETS,), **({"process_type": freeze_type()} | more)
    )
    wanted = {"act": FreezeAct.RESTRAIN, "asset": "BTC", "amount": Decimal("2.5")} | (freeze or {})
    FreezeOrder.objects.create(data_request=data_request, **wanted)
    if called and data_request.reference:
        call_back(data_request)
    data_request.refresh_from_db()
    return data_request


def call_back(data_request):
    """The agency confirmed at its directory number."""
    number = AgencyNumber.objects.filter(agency=data_request.agency).first()
    return CallBack.objects.create(
        about_reference=data_request.reference, number=number, called_at=timezone.now(),
        called_by=data_request.assignee or data_request.officer, spoke_to="Duty officer", result="confirmed",
    )  # fmt: skip
