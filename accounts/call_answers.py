"""What several calls say together: the newest answer decides, and where nobody could answer nothing changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q

from accounts.enums import CallBackResult

# An answer after which an earlier "yes" counts no more.
UNDOES = (CallBackResult.NOT_CONFIRMED, CallBackResult.OFFICER_ONLY)
CALL_AGAIN = "A later call did not confirm: call again."

# A moment from which calls count anew, and what happened then.
Moment = tuple[datetime, str]


@dataclass(frozen=True)
class Heard:
    """A call as a page lists it; `void` says why a call that confirmed counts no more, or is empty."""

    call: Any
    void: str


def standing(calls: Any) -> Any:
    """Return those of the calls that confirmed and that no later one of them took back."""
    later = Q(called_at__gt=OuterRef("called_at")) | Q(called_at=OuterRef("called_at"), pk__gt=OuterRef("pk"))
    return calls.filter(~Exists(calls.order_by().filter(later, result__in=UNDOES)), result=CallBackResult.CONFIRMED)


def newest_first(calls: Iterable[Any], *, moments: Iterable[Moment] = ()) -> list[Heard]:
    """Return the calls, the newest first, each with why it counts no more: before one of the moments, or taken back."""
    rows = sorted(calls, key=lambda call: (call.called_at, call.pk), reverse=True)
    since, heard, taken_back = list(moments), [], False
    for call in rows:
        void = ""
        if call.result == CallBackResult.CONFIRMED:
            void = next((words for moment, words in since if call.called_at < moment), "")
            void = void or ("a later call did not confirm" if taken_back else "")
        taken_back = taken_back or call.result in UNDOES
        heard.append(Heard(call, void))
    return heard


def contradict(calls: Iterable[Any]) -> bool:
    """Say whether one of the calls confirmed and another did not."""
    results = {call.result for call in calls}
    return CallBackResult.CONFIRMED in results and not results.isdisjoint(UNDOES)
