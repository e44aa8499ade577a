"""Two emergencies that are over: one of which records left and are called back since, and one that was none."""

from datetime import datetime, timedelta
from typing import Any

from foundation.providers.connectors.demo import cases as accounts
from foundation.providers.models import Provider
from lers.demo import desk, filing, leaving
from lers.demo.people import who
from requests_app.enums import DataCategory
from requests_app.models import DataRequest
from requests_app.services import intake, not_emergency

_CONTACT = {
    "phone": "+441632960118",
    "supervisor": "Superintendent L. Holm",
    "supervisor_phone": "+441632960100",
}


def given(name: str, provider: Provider, now: datetime) -> DataRequest:
    """Decided within the half hour, given voluntarily yesterday: legal process is to follow.

    It was the wrong account: since this morning the download is stopped, and a second person confirms the recall.
    """
    values = _CONTACT | {
        "danger": "A woman of 31 left a note and her telephone. Her family saw her wallet being emptied at noon.",
        "imminence": "now",
        "needed_by": None,
        "why_data": "The last sign-in shows which town she is in.",
        "why_no_process": "The court needs a day.",
        "process_follows": "yes",
        "process_by": (now + timedelta(days=4)).date().isoformat(),
    }
    at = now - timedelta(days=1)
    made = _filed(name, provider, values, accounts.EMAIL_C, [DataCategory.LOGINS], role="officer", at=at)
    desk.take(made, at=at + timedelta(minutes=2))
    desk.match(made, at=at + timedelta(minutes=4))
    desk.sign(desk.propose_voluntary(made, at=at + timedelta(minutes=20)), at=at + timedelta(minutes=26))
    desk.produce(made, at=at + timedelta(minutes=28))
    leaving.stop_for_wrong_account(made, taken_at=at + timedelta(hours=2), at=at + timedelta(hours=19))
    return made


def none_at_all(name: str, provider: Provider, now: datetime) -> DataRequest:
    """A fraud in a hurry: it waits for its officer as an ordinary request."""
    values = _CONTACT | {
        "danger": "The suspect moves the money of several victims tonight and will be abroad tomorrow.",
        "imminence": "day",
        "needed_by": None,
        "why_data": "The account shows where the money goes.",
        "why_no_process": "The prosecutor is not in the office before tomorrow.",
        "process_follows": "no",
        "process_by": "",
    }
    at = now - timedelta(hours=5)
    made = _filed(name, provider, values, accounts.EMAIL_B, [DataCategory.TRANSACTIONS], role="us_officer", at=at)
    desk.take(made, at=at + timedelta(minutes=3))
    reason = "Money is in danger, and nobody's life. Send the order, and hold the records until you have it."
    return not_emergency.go_on_as_ordinary(made, reason=reason, by=who("analyst"), at=at + timedelta(minutes=9))


def _filed(
    name: str,
    provider: Provider,
    values: dict[str, Any],
    email: str,
    categories: list[DataCategory],
    *,
    role: str,
    at: datetime,
) -> DataRequest:
    return intake.submit_emergency(
        provider, key=filing.key_of(name), values=values, identifiers=filing.read([("email", email, "")]),
        categories=categories, by=who(role), at=at,
    )  # fmt: skip
