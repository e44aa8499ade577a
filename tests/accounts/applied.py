"""Applications as the checks see them, without the work of having all checks done."""

from itertools import count

from django.utils import timezone

from accounts.enums import AddressVerdict, ApplicationStatus
from accounts.models import AccessApplication, Agency
from foundation.core.references import new_reference
from foundation.documents import services as documents
from tests.people import make_user

_number = count(1)


def applied(agency: Agency | None = None, *, document: tuple[str, bytes] | None = None, **changes) -> AccessApplication:
    """An application that was sent just now; document is a file name and its content, already looked at."""
    at, n = timezone.now(), next(_number)
    first = agency.domains.first() if agency else None
    domain = first.domain if first else "douane-valclair.example"
    user = changes.pop("user", None) or make_user(changes.get("email", f"m.hollis{n}@{domain}"), full_name="")
    values = {
        "reference": new_reference("AC", at), "email": user.email, "user": user, "agency": agency, "created_at": at,
        "submitted_at": at, "due_at": at, "verdict": AddressVerdict.KNOWN_AGENCY, "badge": f"NP {n}",
        "status": ApplicationStatus.SUBMITTED, "full_name": f"Mark Hollis {n}", "rank": "Sergeant",
        "phone": f"+4722{n:06}",
        "proposed_agency": {} if agency else {"name": "Douane de Valclair", "country": "FR", "kind": "tax"},
    }  # fmt: skip
    application = AccessApplication(**(values | changes))
    if document is not None:
        name, content = document
        row = documents.receive(content, filename=name, purpose="identity", by=user, limit=10**7)
        application.identity_document = documents.process(row, at=timezone.now())
    application.save()
    return application
