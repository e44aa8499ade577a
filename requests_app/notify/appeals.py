"""What officers and the desk are told of an appeal: no reasons, no facts of the case."""

from datetime import datetime

from accounts.permissions import Permission
from foundation.notifications.outbox import send
from requests_app.models import DataRequest
from requests_app.notify.recipients import holders, officers, responsible


def appeal_received(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the officer and who follows that a refusal is looked at again, and by when."""
    for person in officers(data_request):
        send(
            "appeal_received",
            dedupe_key=f"request:{data_request.pk}:appealed:{person.pk}",
            to_user=person,
            context={"due": data_request.deadline_at},
            reference=data_request.reference or "",
            at=at,
        )


def appeal_waits(data_request: DataRequest, *, at: datetime) -> None:
    """Tell who can take it that an appeal waits for other people than before; who decided it is left out."""
    earlier = data_request.proposals.filter(signed_at__isnull=False).values_list("proposed_by", "signed_by")
    decided = {pk for pair in earlier for pk in pair}
    for person in responsible(data_request):
        if person.pk not in decided:
            send(
                "appeal_waits",
                dedupe_key=f"request:{data_request.pk}:appeal_waits:{person.pk}",
                to_user=person,
                context={"due": data_request.deadline_at},
                reference=data_request.reference or "",
                at=at,
            )


def no_signer(data_request: DataRequest, *, at: datetime) -> None:
    """Tell the administrators that nobody is left who can sign; without a reference, which they may not read."""
    for person in holders(data_request.provider, [Permission.MANAGE_PEOPLE]):
        send("no_signer", dedupe_key=f"request:{data_request.pk}:no_signer:{person.pk}", to_user=person, context={},
             at=at)  # fmt: skip
