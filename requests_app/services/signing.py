"""Who may be the second person of a decision, and that nobody can be where nobody is left."""

from accounts.models import User
from accounts.permissions import Permission
from requests_app.enums import RequestStatus
from requests_app.models import DataRequest
from requests_app.permissions import decided_before_refusal, involved, staff_may_see

_TO_SIGN = (RequestStatus.SUBMITTED, RequestStatus.IN_REVIEW, RequestStatus.AWAITING_OFFICER,
            RequestStatus.AWAITING_APPROVAL)  # fmt: skip


def signers(data_request: DataRequest) -> list[User]:
    """Return who could be the second person: may sign, worked on nothing here and decided nothing before an appeal."""
    left_out = involved(data_request)
    people = [person for person in approvers(data_request) if person.pk not in left_out]
    return [person for person in people if decided_before_refusal(person, data_request) is None]


def nobody_signs(data_request: DataRequest, people: list[User] | None = None) -> str:
    """Say that nobody can be the second person, and what helps; empty where somebody can or nothing is to be signed.

    people: what signers() says, where that is known already.
    """
    if data_request.status not in _TO_SIGN or (signers(data_request) if people is None else people):
        return ""
    if data_request.restricted:
        return "Nobody can sign this now: none of its named readers may. Name another approver on the page “Readers”."
    why = "worked on this request"
    if data_request.appealed_at is not None:
        why += " or decided it before the officer appealed"
    return (
        f"Nobody can sign a decision here: everybody who may approve {why}. An administrator must give the right to "
        "approve to one more person first."
    )


def approvers(data_request: DataRequest) -> list[User]:
    """Return who may sign for this request, whoever works on it left out by the guard when they sign."""
    people = User.objects.holding([Permission.APPROVE_DECISION]).order_by("full_name")
    return [person for person in people if staff_may_see(person, data_request)]
