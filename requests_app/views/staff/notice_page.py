"""One notice to an account holder: where it stands, its letter, and what people decide about it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import Audience, access
from accounts.permissions import Permission, has_permission
from foundation.core.errors import PortalError
from foundation.core.forms import PortalForm
from foundation.notifications.languages import LANGUAGES, languages_of, nearest
from requests_app.enums import NoticeStatus, PackageStatus
from requests_app.forms.notices import (
    ByHandForm,
    ClearForm,
    DecideForm,
    DespiteForm,
    ObjectionForm,
    WaiverBackForm,
    moment_of,
)
from requests_app.models import DataRequest, DisclosurePackage, UserNotice
from requests_app.notice_enums import NoticeWait
from requests_app.notify.records import USER_NOTICE
from requests_app.permissions import desk_refusal, notice_workflow
from requests_app.services import account_facts, notice_again, notice_desk, notice_letters, notices, objections, waivers
from requests_app.views.staff.common import case, looked, visible

# What each button needs, said with 403 before anything is read.
_RIGHTS = {
    "clear": Permission.DECIDE_NOTICE,
    "reach": Permission.DECIDE_NOTICE,
    "despite": Permission.GIVE_ADVICE,
    "by_hand": Permission.DECIDE_NOTICE,
    "object": Permission.DECIDE_NOTICE,
    "again": Permission.DECIDE_NOTICE,
    "waiver_back": Permission.SEE_QUEUE,
}
_SAID = {
    "clear": "Written down. The account holder is told as soon as nothing forbids it.",
    "despite": "Written down. What still holds the notice stands below.",
    "by_hand": "Written down. The account holder counts as told.",
    "object": "Written down. A second person decides, and nothing of this account leaves until then.",
    "waiver_back": "Written down. The account holder is told as the rule says.",
    "again": "Another letter is on its way. The time to object runs anew.",
}
_FORMS: dict[str, type[PortalForm]] = {
    "clear": ClearForm,
    "despite": DespiteForm,
    "by_hand": ByHandForm,
    "object": ObjectionForm,
    "waiver_back": WaiverBackForm,
}


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def notice(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Show one notice; a POST clears it, decides despite a bar, notes that somebody told, or what the holder said."""
    data_request = visible(request, reference)
    found = notice_of(data_request, uid)
    if request.method != "POST":
        looked(request, data_request, "notice")
        return _draw(request, found)
    action = request.POST.get("action", "")
    if action not in _RIGHTS:
        raise Http404
    if not has_permission(_user(request), _RIGHTS[action]):
        raise PermissionDenied
    if action == "reach":
        looked(request, data_request, "how an account holder is reached")
        return _draw(request, found, reached=account_facts.reached(data_request.provider, found.account))
    form = _FORMS[action](request.POST) if action in _FORMS else None
    if form is not None and not form.is_valid():
        return _draw(request, found, posted=(action, form), status=422)
    try:
        _act(found, action, form.cleaned_data if form else {}, by=_user(request))
    except PortalError as error:
        if form is None:
            messages.error(request, str(error))
            return redirect("staff_records:notice", reference, uid)
        form.add_error(None, str(error))
        return _draw(request, found, posted=(action, form), status=422)
    messages.success(request, _SAID[action])
    return redirect("staff_records:notice", data_request.reference, uid)


@access(Audience.STAFF, permission=Permission.APPROVE_DECISION, step_up=True, strong=True)
@require_http_methods(["GET", "HEAD", "POST"])
def decide(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """Dismiss or uphold an objection as the second person; a GET comes back from the second factor."""
    data_request = visible(request, reference)
    found = notice_of(data_request, uid)
    if request.method != "POST":
        return redirect("staff_records:notice", data_request.reference, uid)
    form = DecideForm(request.POST)
    if not form.is_valid():
        return _draw(request, found, posted=("decide", form), status=422)
    upheld = form.cleaned_data["action"] == "uphold"
    try:
        (objections.uphold if upheld else objections.dismiss)(
            found, reason=form.cleaned_data["why"], by=_user(request)
        )  # fmt: skip
    except PortalError as error:
        form.add_error(None, str(error))
        return _draw(request, found, posted=("decide", form), status=422)
    done = "The objection is upheld. What of it had not left stays here."
    messages.success(request, done if upheld else "The objection is dismissed.")
    return redirect("staff_records:notice", data_request.reference, uid)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_safe
def letter(request: HttpRequest, reference: str, uid: UUID) -> HttpResponse:
    """The letter as its reader reads it: as it went out, or before it goes, in each language there is."""
    data_request = visible(request, reference)
    found = notice_of(data_request, uid)
    looked(request, data_request, "letter to an account holder")
    went = notice_letters.sent(found)
    spoken = nearest(went.language if went else request.GET.get("in", found.language))
    ends = None if found.after_disclosure else notice_letters.window_of(found, told_at=timezone.now())
    written = None if went else notice_letters.written(found, language=spoken, window=ends)
    text = went.text if went else written.body_text if written else ""
    context = {
        "notice": found,
        "went": went,
        "subject": went.subject if went else written.subject if written else "",
        "text": text,
        "paragraphs": text.split("\n\n"),
        "spoken": spoken,
        "languages": [
            {"code": code, "words": LANGUAGES[code], "current": code == spoken} for code in languages_of(USER_NOTICE)
        ],
    }
    return render(request, "staff/notice_letter.html", case(request, data_request, "records") | context)


def notice_of(data_request: DataRequest, uid: UUID) -> UserNotice:
    """Return a notice of a request that the reader may see, or 404."""
    found: UserNotice | None = data_request.notices.filter(uid=uid).first()
    if found is None:
        raise Http404
    found.data_request = data_request
    return found


def _act(found: UserNotice, action: str, said: dict[str, Any], *, by: Any) -> None:
    """Do what the button says."""
    now = timezone.now()
    if action == "clear":
        notice_desk.clear(found, reason=said["reason"], by=by, at=now)
    elif action == "despite":
        notice_desk.despite(found, reason=said["despite"], by=by, at=now)
    elif action == "by_hand":
        told_at = moment_of(said["told_on"], earliest=found.planned_at, at=now)
        notice_desk.tell_by_hand(found, words=said["told"], told_at=told_at, by=by, at=now)
    elif action == "waiver_back":
        waivers.decline(found, reason=said["back"], by=by, at=now)
    elif action == "object":
        said_at = moment_of(said["said_on"], earliest=found.sent_at or now, at=now)
        objections.record_objection(found, words=said["said"], ticket=said["ticket"], said_at=said_at, by=by, at=now)
    else:
        notice_again.send_anew(found, by=by, at=now)


def _draw(
    request: HttpRequest,
    found: UserNotice,
    *,
    posted: tuple[str, PortalForm] | None = None,
    reached: str = "",
    status: int = 200,
) -> HttpResponse:
    data_request, user = found.data_request, _user(request)
    if posted:
        # Somebody else may have been faster.
        found.refresh_from_db()
        found.data_request = data_request
    went = notice_letters.sent(found)
    may = _may(found, user, went)
    # What was typed stays on the page, also where somebody else was faster.
    shown = {f"{name}_form": make() for name, make in (_FORMS | {"decide": DecideForm}).items() if may[name]}
    shown |= {f"{posted[0]}_form": posted[1]} if posted else {}
    context = shown | {
        "notice": found,
        "went": went,
        "reached": reached,
        "may_try_again": may["again"],
        "form": posted[1] if posted else None,
        "too_late": posted is not None and posted[0] == "decide" and not may["decide"],
        "earlier": objections.earlier(found) if found.objection else [],
        "open_packages": _open_packages(found) if found.objection else [],
        "not_you": found.status == NoticeStatus.OBJECTED and found.objection_recorded_by_id == user.pk,
        "waiver_waits": waivers.proposed(found),
        "may_propose_waiver": may["waive"],
        "may_waive": found.waived_by_id is not None and notice_workflow.refusal(found, "waive", user) is None,
    }
    return render(
        request, "staff/notice.html", case(request, data_request, "records") | context, status=status
    )  # fmt: skip


def _open_packages(found: UserNotice) -> list[DisclosurePackage]:
    """Return the packages with records of this account that the officer can still download."""
    rows = found.data_request.packages.filter(status=PackageStatus.RELEASED, lines__target__account=found.account)
    return list(rows.distinct().order_by("number"))


def _may(found: UserNotice, user: Any, went: notice_letters.Sent | None) -> dict[str, bool]:
    """Say which buttons this person has."""
    decides = desk_refusal(user, Permission.DECIDE_NOTICE, found.data_request) is None
    advises = desk_refusal(user, Permission.GIVE_ADVICE, found.data_request) is None
    waiting = found.status in notices.WAITING and not waivers.proposed(found)
    lost = found.status == NoticeStatus.SENT and went is not None and bool(went.failed)
    return {
        "clear": decides and waiting and found.waits_for == NoticeWait.ANALYST,
        "despite": advises and waiting and (found.status == NoticeStatus.POSTPONED or bool(found.waits_for)),
        "by_hand": decides and ((waiting and found.status == NoticeStatus.PLANNED) or lost),
        "object": notice_workflow.refusal(found, "object", user) is None,
        "again": decides and lost,
        "waiver_back": not waivers.decline_refusal(found, user),
        "decide": notice_workflow.refusal(found, "dismiss", user) is None,
        "waive": decides and waiting and not notices.waiver_refusal(found.data_request),
    }


def _user(request: HttpRequest) -> Any:
    return request.user
