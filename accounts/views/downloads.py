"""After the factor of a download: a file leaves the browser where it stands, so a page says what happens."""

from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Audience, access, declared
from accounts.services.sign_in import is_local
from accounts.views.going_on import wanted


@access(Audience.VERIFIED)
@never_cache
@require_safe
def starts(request: HttpRequest) -> HttpResponse:
    """Say that the download starts, start it without a script, and lead back to the page it was asked for on."""
    url = wanted(request)
    if not _is_download(url):
        return redirect("accounts:landing")
    return render(request, "accounts/download_starts.html", {"file": url, "back_to": _back(request)})


def to_download(request: HttpRequest) -> HttpResponse | None:
    """Lead to that page where a file was wanted; None where it was a page."""
    url = wanted(request)
    if not _is_download(url):
        return None
    query = {"next": url} | ({"back": back} if (back := _back(request)) else {})
    return HttpResponseRedirect(f"{reverse('accounts:download_starts')}?{urlencode(query)}")


def _is_download(url: str) -> bool:
    """Say whether a path of ours answers with a file after a fresh factor."""
    try:
        rule = declared(resolve(urlsplit(url).path).func) if url else None
    except Resolver404:
        return False
    return rule is not None and rule.download


def _back(request: HttpRequest) -> str:
    """Return the page that the file was asked for on; nothing where that was a step of signing in."""
    url = request.GET.get("back", "")
    return url if is_local(url) and not url.startswith("/sign-in/") else ""
