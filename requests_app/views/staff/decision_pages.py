"""Where the buttons beside a decision lead: its prepared text, and the letter before it is sent."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.urls import reverse

from requests_app.models import DataRequest
from requests_app.services import decision_texts


def decision_page(request: HttpRequest, data_request: DataRequest, verb: str, key: str) -> str:
    """Return the address that follows, after everything typed was saved; puts the prepared text into its field.

    Where other words stand there, the page that follows shows both. Raises PortalError for the page's own message.
    """
    user: Any = request.user
    if verb == "letter":
        return reverse("staff:letter", args=[data_request.reference])
    given = request.GET.copy()
    given.pop("text", None)
    if decision_texts.use(data_request, over=key == "over", by=user):
        messages.success(request, "The prepared text is in the field. Read it, and change what does not fit.")
    else:
        given["text"] = "prepared"
    query = f"?{given.urlencode()}" if given else ""
    return f"{request.path}{query}#decision"
