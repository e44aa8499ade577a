"""The company asks before it answers its customer's access or deletion request."""

import json
from zoneinfo import ZoneInfo

from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.access import Audience, access
from foundation.providers.inbound import Caller
from requests_app.customer_words import customer_words
from requests_app.models import RestrictionQuestion
from requests_app.notice_enums import CustomerAsks
from requests_app.services.restrictions import DifferentQuestion, Question, ask
from requests_app.views.company.calls import Refusal, signed_calls

_LONGEST = {"key": 100, "account": 100, "asks": 8, "language": 10}


@access(Audience.COMPANY)
@csrf_exempt  # no browser comes here: the signature says who asks
@require_POST
@signed_calls
def restrictions(caller: Caller, body: bytes) -> dict[str, object]:
    """Say what the company does, and give the words and the day that are the same for everybody."""
    question = _read(body)
    try:
        row = ask(caller.provider, question)
    except DifferentQuestion as error:
        raise Refusal(409, "key_used_for_something_else", str(error)) from error
    return _answer(row)


def _answer(row: RestrictionQuestion) -> dict[str, object]:
    asked_on = row.asked_at.astimezone(ZoneInfo(row.provider.calendar.time_zone)).date()
    words = customer_words(
        asks=row.kind, language=row.language, company=row.provider.name, asked_on=asked_on, answer_on=row.answer_on
    )
    return {
        "key": row.key,
        "account": row.account,
        "asks": row.kind,
        "does": row.answer,
        "customer": {
            "language": words.language,
            "answer_on": row.answer_on.isoformat(),
            "received": words.received,
            "answer": words.answer,
        },
    }


def _read(body: bytes) -> Question:
    """Return the question, or refuse a body that is none."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(422, "cannot_do", "The body is not JSON.") from error
    if not isinstance(given, dict) or not given.keys() <= _LONGEST.keys():
        raise Refusal(422, "cannot_do", f"The body has {', '.join(_LONGEST)}, and nothing else.")
    values = {name: _text(name, given.get(name, "")) for name in _LONGEST}
    if values["asks"] not in CustomerAsks.values:
        raise Refusal(422, "cannot_do", f"asks is one of {', '.join(CustomerAsks.values)}.")
    return Question(values["key"], values["account"], CustomerAsks(values["asks"]), values["language"])


def _text(name: str, value: object) -> str:
    if (
        not isinstance(value, str)
        or len(value) > _LONGEST[name]
        or not (value.isprintable() and value == value.strip())
    ):
        raise Refusal(422, "cannot_do", f"{name} is a text of at most {_LONGEST[name]} characters.")
    if not value and name != "language":
        raise Refusal(422, "cannot_do", f"{name} is missing.")
    return value
