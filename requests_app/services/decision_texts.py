"""The prepared text of a decision: found by what was chosen, put into the field on request, never over typed words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from foundation.core.errors import Incomplete, NotAllowed
from requests_app.enums import Outcome, ProposedResult, RedirectChannel, RequestKind, TextPurpose
from requests_app.kind_words import FULL, NATIONAL, PART
from requests_app.models import DataRequest
from requests_app.permissions import review_refusal
from requests_app.refusals import text_about
from requests_app.services import templates
from requests_app.services.contents import lines_of, outcome_of
from requests_app.services.locks import lock
from requests_app.services.review import review_of

# The text of a referral whose request rests on no order.
EMERGENCY = "emergency"
_FIELD = "text_for_officer"


def prepared(data_request: DataRequest, terms: Mapping[str, Any]) -> str:
    """Return the prepared text for what is chosen in the review, in the officer's language; empty where none fits."""
    choice = str(terms.get("choice", ""))
    if choice in {FULL, PART}:
        if outcome_of(lines_of(data_request)) == Outcome.NO_RECORDS:
            return templates.text_for(data_request, TextPurpose.NO_RECORDS)
        return templates.text_for(data_request, TextPurpose.GRANT, "partial" if choice == PART else "")
    if choice == ProposedResult.REFUSE:
        about = text_about(str(terms.get("refusal_code", "")), data_request.kind)
        return templates.text_for(data_request, TextPurpose.REFUSE, about)
    if choice in {ProposedResult.REDIRECT, NATIONAL}:
        channel = RedirectChannel.NATIONAL if choice == NATIONAL else RedirectChannel.MLA
        if data_request.kind == RequestKind.EMERGENCY and channel == RedirectChannel.MLA:
            return templates.text_for(data_request, TextPurpose.REDIRECT, EMERGENCY)
        return templates.text_for(data_request, TextPurpose.REDIRECT, str(channel))
    return ""


@transaction.atomic
def use(data_request: DataRequest, *, over: bool = False, by: User, at: datetime | None = None) -> bool:
    """Put the prepared text into the stored decision; False where other words stand there and `over` is not said.

    Raises Incomplete where no text fits, NotAllowed where this person may not change the review.
    """
    at = at or timezone.now()
    data_request = lock(data_request)
    if refusal := review_refusal(by, data_request):
        raise NotAllowed(refusal)
    review = review_of(data_request)
    words = prepared(data_request, review.terms)
    if not words:
        chosen = review.terms.get("choice")
        raise Incomplete("No prepared text fits this decision." if chosen else "Choose the decision first.")
    typed = str(review.terms.get(_FIELD, "")).strip()
    if typed and typed != words and not over:
        return False
    review.terms = {**review.terms, _FIELD: words}
    review.lock_version, review.updated_at, review.updated_by = review.lock_version + 1, at, by
    review.save()
    return True
