"""What pages share whose buttons do one thing at once."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse

from foundation.core.errors import PortalError

# No row of any table has a longer number.
_DIGITS = 18


def press(request: HttpRequest, act: Callable[[], object], said: str, *, back: HttpResponse) -> HttpResponse:
    """Do what a button says and go back to its page; a refusal is a sentence there. A GET only goes back."""
    if request.method == "POST":
        try:
            act()
        except PortalError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, said)
    return back


def number_sent(request: HttpRequest, name: str) -> int:
    """Return the number of a row that a form sends; 0, which no row has, for anything else."""
    given = request.POST.get(name, "")
    return int(given) if given.isdecimal() and len(given) < _DIGITS else 0
