"""What the agency itself confirmed by phone: the request, the supervisor of an emergency, the destination of a seizure.

Only what was said at a number of our directory counts, or by a listed way that a second person vouched for; a number
that was confirmed less than 7 days ago takes that second person too. A later call that did not confirm takes back what
was said before about the same thing, and a number that was retired since counts for nothing any more.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.call_answers import UNDOES
from accounts.deadlines import NEW_NUMBER
from accounts.enums import CallBackResult, CallPurpose, CallWay
from accounts.models import CallBack
from requests_app.enums import FreezeAct, LineDecision, ProposalStatus, ProposedResult, RequestKind
from requests_app.models import EmergencyCase

# A letter takes days: whoever says that one confirmed an emergency has called nobody.
TOO_SLOW = frozenset({CallWay.POST})
NO_LETTER = "A letter confirms no emergency. Call a confirmed number, or use another listed way."
_APART = (CallPurpose.SUPERVISOR, CallPurpose.WALLET)
_CALL = "Call the agency back at its directory number first, and record that it confirmed this {what}."
_SUPERVISOR = "Reach the officer's supervisor through the same switchboard first, and record that they confirmed it."
_MINIMUM = "State first why each kind of records that leaves averts the harm, and what was left out."
_SECOND = "Nobody approved this emergency as the second person."


def is_emergency(data_request: Any) -> bool:
    """Say whether the rules for emergencies hold: urgency never skips the call-back or the second person."""
    return bool(data_request.kind == RequestKind.EMERGENCY or data_request.is_exigent)


def needs_call_back(data_request: Any) -> bool:
    """Say whether somebody calls the agency before this is granted: an emergency, and whatever moves or stops money."""
    return is_emergency(data_request) or bool(data_request.kind == RequestKind.FREEZE)


def too_slow(data_request: Any) -> frozenset[str]:
    """Return the listed ways that confirm nothing of this request, nor its supervisor: post, in an emergency."""
    return TOO_SLOW if is_emergency(data_request) else frozenset()


def calls_about(purpose: str) -> QuerySet[CallBack]:
    """Return the calls about requests for this purpose, of all requests; what is no other purpose is the request."""
    rows = CallBack.objects.exclude(about_reference="")
    return rows.filter(purpose=purpose) if purpose in _APART else rows.exclude(purpose__in=_APART)


def still_said(purpose: str) -> QuerySet[CallBack]:
    """Return the calls that confirmed and that no later one for the same purpose took back, vouched for or not."""
    later = Q(called_at__gt=OuterRef("called_at")) | Q(called_at=OuterRef("called_at"), pk__gt=OuterRef("pk"))
    undone = calls_about(purpose).filter(later, about_reference=OuterRef("about_reference"), result__in=UNDOES)
    return calls_about(purpose).filter(~Exists(undone), result=CallBackResult.CONFIRMED)


def counting(purpose: str) -> QuerySet[CallBack]:
    """Return the calls that count: still said, at a number of old standing or with a second person who vouched.

    The number must be in use; whose it is, the caller asks.
    """
    in_use = Q(number__retired_at=None, number__confirmed_at__isnull=False)
    known_long = Q(number__isnull=False, number__confirmed_at__lte=F("called_at") - NEW_NUMBER)
    vouched = Q(seconded_at__isnull=False)
    return still_said(purpose).filter(Q(number=None) | in_use).filter(known_long | vouched)


def _own(data_request: Any, purpose: str) -> QuerySet[CallBack]:
    rows = counting(purpose).filter(about_reference=data_request.reference or "")
    rows = rows.filter(Q(number=None) | Q(number__agency_id=data_request.agency_id))
    return rows.exclude(number=None, alternative__in=too_slow(data_request))


def call_back_confirmed(data_request: Any) -> bool:
    """Say whether the agency confirmed officer and request at its own directory number, and nobody took it back."""
    return _own(data_request, CallPurpose.REQUEST).exists()


def call_back_words(data_request: Any) -> tuple[str, bool]:
    """Say how the call about the request stands, from the last answer, and whether the agency confirmed it."""
    if call_back_confirmed(data_request):
        return "The agency was called back and confirmed it.", True
    answers = (CallBackResult.CONFIRMED, *UNDOES)
    rows = calls_about(CallPurpose.REQUEST).filter(about_reference=data_request.reference or "", result__in=answers)
    last = rows.order_by("-called_at", "-pk").values_list("result", flat=True).first()
    if last is None:
        return "The agency was not called back yet.", False
    if last == CallBackResult.CONFIRMED:
        return "A call confirmed it, and does not count.", False
    return "The agency was called back and did not confirm it.", False


def supervisor_confirmed(data_request: Any) -> bool:
    """Say whether the supervisor confirmed, reached at the very number (or way) that confirmed the request.

    Somebody with the officer's name is no supervisor of the officer.
    """
    request_calls = _own(data_request, CallPurpose.REQUEST)
    ways = set(request_calls.order_by().values_list("number_id", "alternative"))
    said = _own(data_request, CallPurpose.SUPERVISOR).values_list("number_id", "alternative", "spoke_to")
    officer = data_request.officer.get_full_name()
    return any((number, way) in ways and not same_name(name, officer) for number, way, name in said)


def same_name(one: str, other: str) -> bool:
    """Say whether two names are the same words, however they are ordered and written."""
    first, second = (sorted(name.replace(",", " ").casefold().split()) for name in (one, other))
    return first == second


def destination_words(data_request: Any) -> str:
    """Return the destination of a seizure as a call about it names it; empty where nothing is transferred."""
    freeze = getattr(data_request, "freeze", None)
    if freeze is None or freeze.act != FreezeAct.TRANSFER or not freeze.destination:
        return ""
    return f"Destination {freeze.destination_network} {freeze.destination}.".replace("  ", " ")


def wallet_confirmed(data_request: Any) -> bool:
    """Say whether the agency confirmed the destination of a transfer as it stands now; a changed one is called anew."""
    return wallet_confirmed_at(data_request) is not None


def wallet_confirmed_at(data_request: Any) -> datetime | None:
    """Return since when the agency's word on the destination counts, as it stands now: the first call, vouched for."""
    words = destination_words(data_request)
    if not words:
        return None
    said = _own(data_request, CallPurpose.WALLET).filter(note__startswith=words)
    times = (seconded or called for called, seconded in said.values_list("called_at", "seconded_at"))
    return min(times, default=None)


def granted_categories(data_request: Any) -> list[str]:
    """Return the kinds of records of which a line is to leave, in the order of the lines."""
    lines = data_request.lines.filter(decision=LineDecision.PRODUCE).order_by("target_id", "id")
    return list(dict.fromkeys(lines.values_list("category", flat=True)))


def nothing_leaves(data_request: Any) -> bool:
    """Say whether every line is decided and none of them leaves: searched, nothing found."""
    going = data_request.lines.filter(decision__in=(LineDecision.OPEN, LineDecision.PRODUCE)).exists()
    return not going and not data_request.packages.filter(lines__isnull=False).exists()


def minimum_confirmed(data_request: Any) -> bool:
    """Say whether somebody stated for each kind of records that leaves why it averts the harm, or none leaves."""
    if nothing_leaves(data_request):
        return True
    case = EmergencyCase.objects.filter(data_request=data_request).first()
    return case is not None and case.minimum_at is not None and not unstated(case, granted_categories(data_request))


def unstated(case: Any, categories: Iterable[str]) -> list[str]:
    """Return those of the kinds of records for which nobody said why they avert the harm."""
    return [name for name in categories if not str(case.minimum_why.get(name, "")).strip()]


def call_back_refusal(data_request: Any) -> str | None:
    """Say why an emergency or a freeze cannot be granted yet, or None: what is missing first."""
    if not needs_call_back(data_request):
        return None
    what = "freeze" if data_request.kind == RequestKind.FREEZE else "emergency"
    return next(_lacks(data_request, what), None)


def lacking(data_request: Any) -> list[str]:
    """Return everything an emergency lacks before it is granted, beside the second person; empty for other requests."""
    return list(_lacks(data_request, "emergency")) if is_emergency(data_request) else []


def _lacks(data_request: Any, what: str) -> Iterator[str]:
    """Yield what is to be confirmed first, in the order of the steps; of a freeze only the call about the request."""
    if not call_back_confirmed(data_request):
        yield _CALL.format(what=what)
    if is_emergency(data_request):
        if not supervisor_confirmed(data_request):
            yield _SUPERVISOR
        if not minimum_confirmed(data_request):
            yield _MINIMUM


def release_refusal(data_request: Any) -> str | None:
    """Say why records of an emergency or a freeze cannot leave, or None; an emergency was approved by two people."""
    if refusal := call_back_refusal(data_request):
        return refusal
    if not is_emergency(data_request):
        return None
    signed = data_request.proposals.filter(status=ProposalStatus.APPROVED, result=ProposedResult.GRANT)
    return None if signed.filter(signed_by__isnull=False).exists() else _SECOND


def call_words(data: Mapping[str, Any]) -> str:
    """Say of an entry of the trail what a call was about, how the agency was reached, and what came of it."""
    result = f"{str(data.get('result', '')).replace('_', ' ').capitalize()}."
    if "about" not in data:
        return result
    about = dict(CallPurpose.choices).get(data["about"], "")
    way = data.get("number") or dict(CallWay.choices).get(data.get("way", ""), "")
    return " ".join(filter(None, (about and f"{about}.", way and f"{way}.", result if "result" in data else "")))
