"""The part of a draft that only some laws have: the signed document, a foreign offence, who may ask, what it asks."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access, signed_in
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.documents.errors import DocumentRefused
from foundation.legal import wording
from preservation import deadlines
from preservation.enums import HoldStatus
from preservation.forms.draft_law import LawForm
from preservation.models import PreservationHold
from preservation.services import draft_law
from preservation.services.drafts import STALE
from preservation.views.common import own_draft


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def law(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask what the law asks; a draft under the company's policy goes on to its last page."""
    draft = own_draft(request, uid)
    if draft.status != HoldStatus.DRAFT:
        return redirect("holds:detail", reference=draft.reference)
    if draft_law.law_of(draft) is None:
        return redirect("holds:check", uid=draft.uid)
    if request.method != "POST":
        return _page(request, draft, LawForm(user=signed_in(request), draft=draft))
    if "remove" in request.POST:
        return _remove(request, draft)
    form = LawForm(request.POST, request.FILES, user=signed_in(request), draft=draft)
    if request.POST.get("action") == "later":
        form.fields["document"].required = False
    if form.is_valid() and _saved(request, draft, form):
        return _onward(request, draft)
    return _page(request, draft, form)


def _saved(request: HttpRequest, draft: PreservationHold, form: LawForm) -> bool:
    values = form.cleaned_data
    try:
        draft_law.save(
            draft, foreign=values.get("foreign_offence"), upload=values["document"], version=values["lock_version"],
            by=signed_in(request),
        )  # fmt: skip
    except DocumentRefused as error:
        form.add_error("document", str(error))
    except PortalError as error:
        draft.refresh_from_db()
        form.show_again(draft.lock_version)
        form.add_error(None, str(error))
    else:
        return True
    return False


def _remove(request: HttpRequest, draft: PreservationHold) -> HttpResponse:
    text = request.POST.get("lock_version", "")
    version = int(text) if text.isdecimal() and len(text) < 10 else -1
    try:
        draft_law.remove_document(draft, version=version, by=signed_in(request))
    except PortalError as error:
        messages.error(request, "Look at this page again, then remove the file." if str(error) == STALE else str(error))
    return redirect(request.path)


def _onward(request: HttpRequest, draft: PreservationHold) -> HttpResponse:
    if request.POST.get("action") != "later":
        return redirect("holds:check", uid=draft.uid)
    until = deadlines.draft_kept_until(timezone.now())
    messages.success(request, f"Saved. We keep the draft until {until:%-d %b %Y}.")
    return redirect("holds:list")


def _page(request: HttpRequest, draft: PreservationHold, form: LawForm) -> HttpResponse:
    kind: Any = draft_law.law_of(draft)
    context = {
        "draft": draft,
        "form": form,
        "kind": kind,
        "title": "What the law asks for",
        "words": wording.hold_words(kind),
        "duties": wording.hold_duties(kind),
        "who": draft_law.who_may_ask(draft),
        "papers": wording.requirements_of(kind),
    }
    return render(request, "holds/draft_law.html", context, status=422 if request.method == "POST" else 200)
