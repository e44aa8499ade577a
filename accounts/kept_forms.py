"""What somebody typed, kept while they show their second factor once more.

A view that needs a fresh factor says `@access(…, step_up=True, keep_form=True)`. The middleware then keeps what was
posted, encrypted in the session and for 10 minutes, before it asks for the factor. The page that draws the form takes
it back once and says that nothing was decided yet:

    kept = take_back(request, reverse("accounts:decide", args=[reference]))
    form = DecisionForm(kept, …)          # a QueryDict, or None

Nothing is ever done with what was kept: the person reads it and sends it again. Uploads, passwords and codes are not
kept.
"""

from django.http import HttpRequest, QueryDict

from accounts.sealed import seal, unseal

SECONDS = 10 * 60
_KEY = "kept_form"
# Far above every form of ours, far below what a session should carry.
_MOST_CHARACTERS = 60_000
_NEVER = ("csrfmiddlewaretoken", "password", "code", "recovery")


def keep(request: HttpRequest) -> None:
    """Keep what was posted to this address; the last form that was interrupted wins."""
    values = request.POST.copy()
    for name in _NEVER:
        values.pop(name, None)
    text = values.urlencode()
    if len(text) <= _MOST_CHARACTERS:
        request.session[_KEY] = seal({"path": request.path, "user": str(request.user.pk), "values": text})


def take_back(request: HttpRequest, path: str) -> QueryDict | None:
    """Return what this person posted to `path` before the second factor, once; None where there is nothing."""
    kept = unseal(request.session.get(_KEY), seconds=SECONDS)
    if not isinstance(kept, dict) or kept.get("path") != path or kept.get("user") != str(request.user.pk):
        return None
    del request.session[_KEY]
    return QueryDict(str(kept["values"]))
