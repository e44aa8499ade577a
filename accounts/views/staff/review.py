"""One application on one page: what was said, what the checks found, the pictures of the document, what was done."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import dateformat, timezone
from django.views.decorators.http import require_safe

from accounts import notify
from accounts.access import Audience, access, factor_is_fresh, signed_in
from accounts.deadlines import desk
from accounts.enums import ApplicationStatus, SignalOutcome
from accounts.forms.vetting import CallBackForm, DecisionForm
from accounts.guards import application_refusal, has_conflict, second_person_reasons
from accounts.kept_forms import take_back
from accounts.models import AccessApplication, User
from accounts.permissions import Permission, has_permission
from accounts.services import calls, deliveries, letting_in, sent_again, takers, vetting
from foundation.documents import services as documents
from foundation.documents.errors import DocumentDamaged, DocumentRefused
from foundation.documents.models import Document
from foundation.legal.calendars import zone_of

# Worst first.
_ORDER = [SignalOutcome.FAIL, SignalOutcome.WARN, SignalOutcome.UNKNOWN, SignalOutcome.PASS, SignalOutcome.NONE]
_NO_RIGHT = "You do not have the right to do this."
# Where on the page a form stands: who comes back from signing in again goes on there.
_PLACES = {"decide": "#decision", "call_back": "#call-back"}
_UNDECIDED = frozenset({ApplicationStatus.SUBMITTED, ApplicationStatus.IN_REVIEW, ApplicationStatus.AWAITING_APPROVAL})
# Whoever was let in has a page of their own, where access is suspended and given back.
_OFFICERS = frozenset({ApplicationStatus.APPROVED, ApplicationStatus.SUSPENDED, ApplicationStatus.LAPSED})
_LETTERS = {
    "reject": "access_declined", "ask": "access_more", "approve": "access_approved", "approve_alone": "access_approved",
}  # fmt: skip


def posted_from_review(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Send somebody who opens the address of a button, after signing in again for example, to the review page."""

    @wraps(view)
    def answer(request: HttpRequest, reference: str) -> HttpResponse:
        if request.method in {"GET", "HEAD"}:
            page = reverse("accounts:review", args=[reference])
            return redirect(page + _PLACES.get(view.__name__, ""))
        return view(request, reference)

    return answer


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def review(request: HttpRequest, reference: str) -> HttpResponse:
    """One application, its signals, its document, the call-back and the decision."""
    application = one(request, reference)
    vetting.note_read(application, by=signed_in(request))
    return draw(request, application)


@access(Audience.STAFF, permission=Permission.SEE_APPLICATIONS)
@require_safe
def page_image(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """A picture of one page of the identity document, with the name of who looks and when; each look is recorded."""
    application = one(request, reference)
    document, user = application.identity_document, signed_in(request)
    if has_conflict(user, application):
        raise PermissionDenied("You declared a conflict with this agency.")
    if document is None:
        raise Http404
    now = timezone.now()
    watermark = f"{user.email}  {dateformat.format(now, 'j M Y H:i')} UTC"
    try:
        answer = documents.serve_page(document, number, watermark=watermark)
    except DocumentRefused as refusal:
        raise Http404(str(refusal)) from refusal
    vetting.note_document_seen(application, page=number, by=user, at=now)
    return answer


def one(request: HttpRequest, reference: str) -> AccessApplication:
    """Return the application if this person may see it, otherwise 404."""
    rows = AccessApplication.objects.visible_to(signed_in(request)).select_related(
        "agency", "identity_document", "user", "reviewer", "recommended_by", "decided_by"
    )
    return get_object_or_404(rows, reference=reference)


def decision_form(application: AccessApplication, user: User, data: QueryDict | None = None) -> DecisionForm:
    """Return the form with what this person may decide now."""
    offered = [name for name, why_not in vetting.decisions_for(application, user).items() if not why_not]
    declines = "reject" in offered or (data is not None and data.get("decision") == "reject")
    return DecisionForm(
        data,
        offered=offered,
        domain=vetting.domain_to_block(application) if declines else "",
        agency=vetting.imitated_agency(application) if declines else None,
    )


def draw(
    request: HttpRequest,
    application: AccessApplication,
    *,
    call_form: CallBackForm | None = None,
    sent: DecisionForm | None = None,
) -> HttpResponse:
    """Draw the review page; a form that was sent comes back with its errors and with everything typed."""
    user = signed_in(request)
    refused = call_form is not None or sent is not None
    kept = None if refused else take_back(request, reverse("accounts:decide", args=[application.reference]))
    decisions = vetting.decisions_for(application, user)
    offered = [name for name, why_not in decisions.items() if not why_not]
    form = sent or (decision_form(application, user, kept) if offered or kept else None)
    evidence = _evidence(application, user)
    context = {
        **evidence,
        **_calls(application, user, call_form),
        "decision_form": form,
        "offered": offered,
        "kept": kept is not None,
        "letters": {name: notify.letter(_LETTERS[name], application) for name in offered if name in _LETTERS},
        "why_not": _why_not(decisions, evidence["two_people"]),
        "seen": vetting.state_mark(application),
        "fresh": factor_is_fresh(request, passkey=settings.PASSKEY_FOR_DECISIONS),
        "desk": desk(),
        **deliveries.about(application.email, user),
    }
    return render(request, "accounts/staff/review.html", context, status=422 if refused else 200)


def _evidence(application: AccessApplication, user: User) -> dict[str, Any]:
    """Return what was said, what was found, and what people did so far."""
    found = sorted(application.signals.all(), key=lambda signal: _ORDER.index(SignalOutcome(signal.outcome)))
    document, conflict = application.identity_document, has_conflict(user, application)
    may_review = has_permission(user, Permission.REVIEW_APPLICATION)
    undecided = application.status in _UNDECIDED
    decisions = list(application.decisions.select_related("made_by").order_by("-made_at", "-pk"))
    stays_away = bool(application_refusal(user, "assign", application))
    return {
        "application": application,
        "signals": found,
        "tally": {outcome.value: sum(s.outcome == outcome for s in found) for outcome in SignalOutcome},
        "undecided": undecided,
        "officer_page": application.status in _OFFICERS,
        "earlier": _earlier(application, user),
        "decisions": decisions,
        "last": decisions[0] if decisions else None,
        "others": vetting.others_looking(application, user, at=timezone.now()),
        "conflict": conflict,
        "pages": (found_pages := _pages(document) if document and not conflict else []),
        "pages_note": documents.pages_note(document, found_pages) if document and found_pages else "",
        "about": documents.about(document) if document and not conflict else None,
        "two_people": second_person_reasons(application) if undecided else [],
        "may_take": _is_free(application, user) and not stays_away,
        "may_assign": undecided and not stays_away and application.status != ApplicationStatus.AWAITING_APPROVAL,
        "may_check": may_review and undecided and not conflict and application.user_id != user.pk,
        "nobody": takers.nobody_decides(application),
        "changed": sent_again.changes(application),
        "may_adopt": not letting_in.adopt_refusal(application, user),
        "may_declare": not conflict and has_permission(user, Permission.MANAGE_AGENCIES),
    }


def _pages(document: Document) -> list[dict[str, Any]]:
    """Return the page images of the document, each with its words for reading aloud."""
    found = []
    for page in documents.pages(document):
        try:
            text = documents.page_text(document, page.number)
        except (DocumentRefused, DocumentDamaged):
            text = ""
        found.append({"image": page, "text": text})
    return found


def _is_free(application: AccessApplication, user: User) -> bool:
    """Say whether it is to be taken: what was sent again goes on with who reviewed it, unless it is assigned anew."""
    if application.status == ApplicationStatus.SUBMITTED:
        return application.reviewer_id in {None, user.pk}
    return application.status == ApplicationStatus.IN_REVIEW and application.reviewer_id is None


def _why_not(decisions: dict[str, str], two_people: list[str]) -> list[str]:
    """Return what keeps this person from a decision; one sentence where none is offered.

    Left out is a right that they do not have, and that two people are needed, which stands above with the reasons.
    """
    told = set(decisions.values()) - {"", _NO_RIGHT, f"A second person must approve: {'; '.join(two_people)}."}
    return sorted(told) if "" in decisions.values() else sorted(told)[:1]


def _calls(application: AccessApplication, user: User, form: CallBackForm | None) -> dict[str, Any]:
    numbers, now = vetting.usable_numbers(application), timezone.now()
    may_call = vetting.may_call(application, user)
    country = application.agency.country if application.agency else application.proposed_agency.get("country", "")
    return {
        "calls": application.call_backs.select_related("number", "called_by").order_by("-called_at"),
        "numbers": [{"row": number, "new": calls.is_new(number, at=now)} for number in numbers],
        "zone": zone_of(country),
        "call_form": form or (CallBackForm(numbers=numbers) if may_call else None),
    }


def _earlier(application: AccessApplication, user: User) -> list[AccessApplication]:
    """Return the other applications of the same person, newest first."""
    rows = AccessApplication.objects.visible_to(user).filter(email=application.email).exclude(pk=application.pk)
    return list(rows.order_by("-submitted_at", "-pk")[:10])
