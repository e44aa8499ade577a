"""Somebody checks whether a letter is ours: by its reference, and nothing more than yes or no and a day is said."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.services.limits import Limit, try_once
from foundation.audit.middleware import client_ip
from foundation.notifications.moments import written_day
from requests_app.letter_check_words import WORDS, CheckWords
from requests_app.services.letter_checks import sent_on
from requests_app.views.public import languages

# For somebody who mistypes, not for trying references out: there are 31 to the power of 6 for each year.
CHECKS = Limit("letter.check", 20, timedelta(hours=1))
_MOST = 40


@access(Audience.PUBLIC)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest) -> HttpResponse:
    """Ask for a reference; the answer to a POST stands on the page, so that no reference is in an address or a log."""
    spoken = languages.spoken(request)
    words, typed, answer, status = WORDS[spoken], "", None, 200
    error = ""
    if request.method == "POST":
        typed = request.POST.get("reference", "").replace("\x00", "").strip()[:_MOST]
        if not typed:
            error, status = words.missing, 422
        elif not try_once(CHECKS, client_ip(request)):
            error, status = words.too_many, 429
        else:
            answer = _answer(typed, words, spoken)
    context = {
        "words": words,
        "spoken": spoken,
        "typed": typed,
        "answer": answer,
        "error": error,
        "choices": languages.choices(spoken),
    }
    return render(request, "public/letter_check.html", context, status=status)


def _answer(typed: str, words: CheckWords, spoken: str) -> dict[str, str]:
    """Return what is said of a reference: the same words for every one that no letter of ours has."""
    found = sent_on(typed)
    if found is None:
        return {"said": words.unknown, "more": words.unknown_more, "style": ""}
    company, day = found
    said = words.ours.format(company=company, day=written_day(day, language=spoken))
    return {"said": said, "more": words.ours_more, "style": "yes"}
