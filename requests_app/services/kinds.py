"""Enquiries, freezes and seizures at their receipt: whether we answer, and the one line that each identifier gets."""

from collections.abc import Sequence
from datetime import UTC, datetime

from foundation.core.errors import Incomplete, NotAllowed
from foundation.providers.models import AnswersEnquiries, LegalEntity, Provider
from requests_app.deadlines import instants
from requests_app.enums import DataCategory, RequestKind
from requests_app.models import DataRequest, FreezeOrder, OrderVersion, RequestLine
from requests_app.services import orders
from requests_app.services.preflight.kind_rules import MOST_ENQUIRED

CATEGORY_OF_KIND = {RequestKind.ENQUIRY: DataCategory.ACCOUNT, RequestKind.FREEZE: DataCategory.ASSETS}
NEVER = (
    "{name} does not answer enquiries. Name the company that serves your account holder in your order: "
    "the companies and their addresses stand on the page on which an enquiry begins."
)


def enquiry_refusal(provider: Provider) -> str | None:
    """Say that this company answers no enquiries, or None. Its word when an enquiry is sent counts, not before."""
    if provider.answers_enquiries == AnswersEnquiries.VETTED:
        return None
    return NEVER.format(name=provider.name)


def companies(providers: Sequence[Provider]) -> list[LegalEntity]:
    """Return the companies an order can name, so that an officer finds the right one without asking."""
    found = LegalEntity.objects.filter(provider__in=providers).select_related("provider")
    return list(found.order_by("provider__name", "-is_default", "name"))


def make_lines(data_request: DataRequest, *, at: datetime) -> None:
    """Give each identifier of an enquiry or a freeze its one line, for the UTC day of receipt; others stay as they are.

    Raises NotAllowed where our policy says that enquiries are not answered, Incomplete with more than MOST_ENQUIRED.
    """
    category = CATEGORY_OF_KIND.get(RequestKind(data_request.kind))
    if category is None:
        return
    targets = list(data_request.targets.order_by("pk").values_list("pk", flat=True))
    if data_request.kind == RequestKind.ENQUIRY:
        if refusal := enquiry_refusal(data_request.provider):
            raise NotAllowed(refusal)
        if len(targets) > MOST_ENQUIRED:
            raise Incomplete(f"An enquiry takes up to {MOST_ENQUIRED} identifiers. Take some out.")
    today = at.astimezone(UTC).date()
    begins, ends = instants(today, today)
    version = _version(data_request, at)
    data_request.lines.all().delete()
    RequestLine.objects.bulk_create(
        RequestLine(
            data_request=data_request, target_id=pk, category=category, period_from=begins, period_to=ends,
            order_version=version,
        )
        for pk in targets
    )  # fmt: skip


def _version(data_request: DataRequest, at: datetime) -> OrderVersion | None:
    """Return the version of the order that a freeze rests on: the order named with the assets, else the leading one."""
    freeze = FreezeOrder.objects.filter(data_request=data_request).select_related("process").first()
    process = (freeze.process if freeze else None) or orders.leading(data_request)
    return orders.version_for(process, at) if process else None
