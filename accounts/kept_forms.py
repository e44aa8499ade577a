"""What somebody typed, kept while they sign in again or show their second factor once more.

1. The second factor, in a form that its view draws again: the view says `@access(…, step_up=True, keep_form=True)`. The
   middleware keeps what was posted, encrypted in the session and for 10 minutes, before it asks for the factor. The
   page that draws the form takes it back once and says that nothing was decided yet:

       kept = take_back(request, reverse("accounts:decide", args=[reference]))
       form = DecisionForm(kept, …)          # a QueryDict, or None

2. Everything else, in every form behind the second factor and without the view's help: the session was over when the
   form arrived, its token belonged to an earlier sign-in, or the view asks for the factor and keeps nothing itself.
   `keep_typed` seals it for the person whom the form was given to. That is known from the secret in the form's token
   (accounts.models.UserSession), which no other site can know: nobody can plant words in somebody else's form.
   `put_back` fills the form when this person, second factor shown, opens the page again, until they send it or
   throw it away, for 12 hours at most.

Nothing is ever done with what was kept: the person reads it and sends it again. Uploads, passwords and codes are not
kept, and of a private key or seed phrase in a box for identifiers only its beginning is. A form in which nobody
types, only presses a button, is not kept either, and nothing is said of it.
"""

import re
from datetime import datetime
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.utils import timezone

from accounts import kept_files
from accounts.access import Audience, declared, is_verified, signed_in
from accounts.form_filling import Filled, fill
from accounts.models import User
from accounts.sealed import seal, unseal
from accounts.services import sessions, typed_forms
from accounts.services.sign_in import is_local
from accounts.services.typed_forms import Typed
from accounts.session_life import form_hash
from foundation.core.secret_boxes import mask_field

SECONDS = 10 * 60
_KEY = "kept_form"
# Something was kept for whoever is signed in here: only then is there anything to look up.
WAITS = "typed_form_waits"
_KEPT_NOW = "_typed_form_kept"
# Addresses of one form on the page that was filled in: whoever sends it to one of them has sent it.
_TOGETHER = "typed_form_together"
_MOST_CHARACTERS = 60_000
_NEVER = ("csrfmiddlewaretoken", "code", "recovery", "credential", "pin", "pin_again")
# Hidden fields and buttons, in every form that has them (a test compares): nobody typed these.
NOT_TYPED = frozenset({
    "action", "amended", "chosen", "day", "expected", "factor", "find", "form", "guidelines_version",
    "instead_of_appeal", "into", "key", "lock_version", "more", "next", "on_call", "opened", "remove", "row", "rules",
    "search", "seen", "step", "switched", "turn", "undo", "version", "view", "what",
})  # fmt: skip
# On one page a button alone stands for this choice; where it is a choice, it is soon made again.
_PRESSED = ("decision", "confirm")
# What the browser's script sends when it keeps a form itself: see frontend/session.js.
PATH, PAGE, FILES = "_typed_path", "_typed_page", "_typed_files"
# Numbers of ticked lines, seals and random ids: what boxes and hidden fields carry.
_MARK = re.compile(r"\d{1,3}|[0-9a-f]{32,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAIN = '<main class="govuk-main-wrapper" id="main-content">'


def keep(request: HttpRequest) -> None:
    """Keep what was posted to this address in the session; the last form that was interrupted wins."""
    text = _typed_values(request).urlencode()
    if len(text) <= _MOST_CHARACTERS:
        request.session[_KEY] = seal({"path": request.path, "user": str(request.user.pk), "values": text})


def take_back(request: HttpRequest, path: str) -> QueryDict | None:
    """Return what this person posted to `path` before the second factor, once; None where there is nothing."""
    kept = unseal(request.session.get(_KEY), seconds=SECONDS)
    if not isinstance(kept, dict) or kept.get("path") != path or kept.get("user") != str(request.user.pk):
        return None
    del request.session[_KEY]
    return QueryDict(str(kept["values"]))


def keep_typed(request: HttpRequest, *, signed_out: bool = True) -> bool:
    """Keep the form that this request carries for whom it was given to; False where that is unknown or there is none.

    The caller has not done what the form asks for, and says so. signed_out: because the session was over.
    """
    at = timezone.now()
    owner = _owner_of_token(request, at) or _signed_in(request)
    return owner is not None and _keep_for(owner, request, at, signed_out=signed_out)


def keep_refused(request: HttpRequest) -> tuple[User | None, str]:
    """Keep a form that the CSRF check refused, if it is one of ours; return for whom, and the page it stood on.

    Another site knows no secret of a session, so what it sends belongs to nobody and is not kept.
    """
    at = timezone.now()
    owner = _owner_of_token(request, at)
    kept = owner is not None and _keep_for(owner, request, at, signed_out=request.user != owner)
    return owner if kept else None, sent_from(request)


def behind_sign_in(request: HttpRequest) -> bool:
    """Say whether the form of this request belongs to a page that only people who are signed in see."""
    try:
        rule = declared(resolve(request.POST.get(PATH) or request.path).func)
    except Resolver404:
        return False
    return rule is not None and rule.audience not in {Audience.PUBLIC, Audience.PASSWORD}


def _keep_for(owner: User, request: HttpRequest, at: datetime, *, signed_out: bool) -> bool:
    typed = _typed(request, signed_out=signed_out)
    if typed is None or not typed_forms.keep(owner, typed, at=at):
        return False
    setattr(request, _KEPT_NOW, True)
    if request.user.is_authenticated and request.user.pk == owner.pk:
        request.session[WAITS] = True
    return True


def look_up(request: HttpRequest, user: User) -> None:
    """Note in a session that was just opened whether something was kept for this person."""
    if typed_forms.waits(user, at=timezone.now()):
        request.session[WAITS] = True


def put_back(request: HttpRequest, response: HttpResponse) -> None:
    """Fill in what this person had typed on this page; forget it once they have sent it."""
    if not request.session.get(WAITS) or not request.user.is_authenticated or not is_verified(request):
        return
    if request.method == "POST":
        # Done. Some views draw a form with errors with 200: that has not been sent yet.
        if not hasattr(request, _KEPT_NOW) and 300 <= response.status_code < 400:
            _drop_sent(request)
        return
    is_page = response.status_code == 200 and response.headers.get("Content-Type", "").startswith("text/html")
    if request.method == "GET" and is_page and not response.streaming:
        _fill(request, response)


def _drop_sent(request: HttpRequest) -> None:
    """Forget the form that was sent, by whichever of its buttons it was kept."""
    together = [group for group in request.session.get(_TOGETHER, []) if request.path in group]
    for path in {request.path, *(path for group in together for path in group)}:
        typed_forms.drop(signed_in(request), path)


def _fill(request: HttpRequest, response: HttpResponse) -> None:
    """Fill in the forms of this page, and say above it what happened. Of one form the newest state wins."""
    kept = typed_forms.kept_for(signed_in(request), at=timezone.now())
    if not kept:
        del request.session[WAITS]
        request.session.pop(_TOGETHER, None)
        return
    html = response.content.decode(response.charset)
    notes, filled_in = "", set[str]()
    for typed in kept:
        if typed.path in filled_in:  # the same form, kept earlier by another of its buttons
            typed_forms.drop(signed_in(request), typed.path)
            continue
        values, rows = kept_files.drawn(typed.values, user=signed_in(request))
        here = urlsplit(typed.page).path == request.path
        filled = fill(html, page=request.path, path=typed.path, values=values, rows=rows, stood_here=here)
        html = filled.html
        filled_in |= filled.paths
        if len(filled.paths) > 1:
            _remember_together(request, sorted(filled.paths))
        if filled.found or here:
            notes += _note(request, typed, filled)
    if notes:
        response.content = html.replace(_MAIN, f"{_MAIN}{notes}", 1).encode(response.charset)


def _remember_together(request: HttpRequest, paths: list[str]) -> None:
    groups = [group for group in request.session.get(_TOGETHER, []) if group != paths]
    request.session[_TOGETHER] = [*groups[-typed_forms.MOST_FORMS :], paths]


def _note(request: HttpRequest, typed: Typed, filled: Filled) -> str:
    """Say what came back, with the words that have no field any more; nothing where there is nothing to read."""
    words = [(name, value) for name, value in filled.left_over if name not in NOT_TYPED and not _is_mark(value)]
    if not filled.found and not words and not typed.files:
        return ""
    said = {"typed": typed, "left_over": words, "found": filled.found}
    return render_to_string("_components/typed_again.html", said, request)


def _is_mark(value: str) -> bool:
    """Say whether this is what a tick or a hidden field carries: nothing that anybody needs to copy."""
    return value == "on" or bool(_MARK.fullmatch(value))


def _typed(request: HttpRequest, *, signed_out: bool) -> Typed | None:
    """Return the form of this request, if somebody typed in it and it belongs to a page behind the second factor."""
    if not behind_sign_in(request):
        return None
    path = request.POST.get(PATH) or request.path
    values = [(name, value) for name, given in _typed_values(request).lists() for value in given]
    files = request.POST.getlist(FILES) or kept_files.lost(request)
    if not files and not any(_is_typed(name, str(value)) for name, value in values):
        return None
    return Typed(path, sent_from(request), [(name, str(value)) for name, value in values], files, signed_out)


def _is_typed(name: str, value: str) -> bool:
    return name not in NOT_TYPED and (name, value) != _PRESSED and bool(value.strip())


def _typed_values(request: HttpRequest) -> QueryDict:
    values = request.POST.copy()
    for name in list(values):
        if name in _NEVER or "password" in name or name in {PATH, PAGE, FILES}:
            values.pop(name)
        else:
            values.setlist(name, [mask_field(name, str(value)) for value in values.getlist(name)])
    kept_files.add_uids(request, values)
    return values


def sent_from(request: HttpRequest) -> str:
    """Return the page on which a form stood: named by our script, or by the browser."""
    named = urlsplit(request.POST.get(PAGE) or request.headers.get("Referer", ""))
    page = f"{named.path}?{named.query}".rstrip("?")
    return page if named.netloc in {"", request.get_host()} and is_local(page) else request.path


def _owner_of_token(request: HttpRequest, at: datetime) -> User | None:
    """Return whom the form was given to, by the secret in it."""
    return sessions.owner_of_forms(form_hash(request.POST.get("csrfmiddlewaretoken", "")), at=at)


def _signed_in(request: HttpRequest) -> User | None:
    """Return who is signed in; the CSRF check let the form pass, so it is theirs."""
    return signed_in(request) if is_verified(request) else None
