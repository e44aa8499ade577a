"""A person's choices about messages."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.forms.messages import ChoicesForm
from accounts.models import User
from accounts.services import message_choices
from accounts.services.message_choices import Changed
from accounts.views.going_on import while_suspended
from foundation.core.errors import PortalError
from foundation.notifications import digests
from foundation.notifications.enums import Audience as MessageAudience
from foundation.notifications.message_kinds import MessageKind, message_kinds
from foundation.notifications.models import Kind


@access(Audience.VERIFIED)
@require_http_methods(["GET", "POST"])
def choices(request: HttpRequest) -> HttpResponse:
    """How often ordinary messages come, in which language and time zone; and which messages can wait at all."""
    user = signed_in(request)
    if frozen := while_suspended(request):
        return frozen
    form = ChoicesForm(request.POST if request.method == "POST" else None, user=user)
    if form.is_valid():
        try:
            changed = message_choices.change(user, form.chosen, by=user)
        except PortalError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _said(changed))
            return redirect("accounts:message_choices")
    context = {"form": form, "kinds": _kinds(user), "waiting": digests.waiting_for(user)}
    return render(request, "accounts/message_choices.html", context, status=422 if form.is_bound else 200)


def _said(changed: Changed) -> str:
    if not changed.anything:
        return _("Nothing is different from before.")
    if not changed.sent:
        return _("Saved.")
    waited = ngettext(
        "Saved. %d message that waited is sent now.", "Saved. %d messages that waited are sent now.", changed.sent
    )
    return waited % changed.sent


def _kinds(user: User) -> list[tuple[Kind, list[MessageKind]]]:
    """The messages that somebody like this person can get, by weight; in the order of the list of messages."""
    mine = {MessageAudience.ACCOUNT}
    mine |= {MessageAudience.STAFF} if user.is_staff_member else {MessageAudience.OFFICER, MessageAudience.APPLICANT}
    known: list[MessageKind] = [one for one in message_kinds().values() if one.to in mine and one.when]
    groups: list[Any] = [(kind, [one for one in known if one.kind == kind]) for kind in Kind]
    return groups
