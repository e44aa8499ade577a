"""The buttons of the review that search: one identifier, all of the part that is shown, one account of several."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from requests_app.models import DataRequest
from requests_app.services import matching
from requests_app.services.pages import Part

_FAILURES = 3  # of many, named one by one


def search(request: HttpRequest, data_request: DataRequest, part: Part, verb: str, key: str) -> None:
    """Find one account, those of the part that is shown, or say which of several is meant."""
    user: Any = request.user
    if verb == "match_part":
        found = matching.match_targets(data_request, [target.pk for target in part.targets], by=user)
        _tell(request, found)
        return
    pk, _, account = key.partition(":")
    target = get_object_or_404(
        data_request.targets, pk=int(pk) if pk.isascii() and pk.isdigit() and len(pk) < 18 else 0
    )
    if verb == "match":
        matching.match_target(target, by=user)
    else:
        matching.choose_account(target, account=account, by=user)


def _tell(request: HttpRequest, found: matching.Searched) -> None:
    """Say what a search for many identifiers led to; of failures the first few by name."""
    count, failed = len(found.targets), len(found.failures)
    if not count and not failed:
        messages.info(request, "All identifiers shown here were searched already.")
    if count:
        searched = "1 identifier was searched" if count == 1 else f"{count} identifiers were searched"
        messages.success(request, f"{searched}, {found.single} led to a single account.")
    if failed:
        more = f" And {failed - _FAILURES} more." if failed > _FAILURES else ""
        who = "1 identifier" if failed == 1 else f"{failed} identifiers"
        messages.error(request, f"{who} could not be searched. {' '.join(found.failures[:_FAILURES])}{more}")
