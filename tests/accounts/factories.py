"""Applications for access that have come so far."""

from itertools import count

from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts.deadlines import access_review
from accounts.enums import AddressVerdict, ApplicationStatus, CallBackResult
from accounts.models import AccessApplication, Agency
from accounts.services import signals, vetting
from foundation.core.references import new_reference
from foundation.documents import services as documents
from tests.documents.files import make_image
from tests.people import make_factor, make_user

_number = count(1)


def make_application(agency: Agency | None = None, *, document: bool = False, **changes) -> AccessApplication:
    """An application that was sent just now, with its checks done."""
    at = changes.pop("at", None) or timezone.now()
    domain = agency.domains.first().domain if agency else "douane-valclair.example"
    n = next(_number)
    user = make_user(changes.pop("email", f"applicant{n}@{domain}"), full_name="")
    make_factor(user)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    due = access_review(at)
    values = {
        "reference": new_reference("AC", at), "email": user.email, "user": user, "created_at": at, "submitted_at": at,
        "verdict": AddressVerdict.KNOWN_AGENCY if agency else AddressVerdict.NOT_RECOGNISED,
        "status": ApplicationStatus.SUBMITTED, "due_at": due.at, "due_rule": due.rule, "attested_at": at,
        "full_name": "Mireille Aubanel", "rank": "inspectrice", "badge": f"20{n:03}",
        "phone": f"+4416329601{n % 100:02}",
        "supervisor_name": "S. Carrow", "supervisor_contact": "ext 12", "agency": agency,
        "proposed_agency": {} if agency else {"name": "Douane de Valclair", "country": "FR", "kind": "tax"},
    }  # fmt: skip
    application = AccessApplication.objects.create(**(values | changes))
    if document:
        application.identity_document = documents.receive(
            make_image(), filename="card.png", purpose="identity", by=user, limit=10**7
        )
        application.save()
    signals.plan(application, at=at)
    signals.sweep(at=at)
    return application


def confirmed_call(application: AccessApplication, *, by, number=True) -> None:
    """A call that confirmed the officer."""
    numbers = vetting.usable_numbers(application) if number else []
    vetting.record_call_back(
        application, by=by, number=numbers[0] if numbers else None, alternative="" if numbers else "interpol",
        spoke_to="Personnel office", result=CallBackResult.CONFIRMED,
    )  # fmt: skip
