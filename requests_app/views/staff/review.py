"""The review page: the order beside its checks, who is meant, what is produced, and the proposal of a decision."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import Incomplete, PortalError
from requests_app.checks import tally
from requests_app.confirming import lacking
from requests_app.enums import LineDecision, MatchResult, ProposedResult
from requests_app.forms.desk_review import ReviewForm
from requests_app.forms.opened import Merged, merge
from requests_app.history import history
from requests_app.models import DataRequest
from requests_app.permissions import may_write_notes, review_refusal
from requests_app.services import decision_texts, decisions, evidence, matching, notices, presence, review, signing
from requests_app.services.contents import notice_intention
from requests_app.services.pages import Part, part_of
from requests_app.services.review import Draft, ReviewChanged
from requests_app.views.staff.common import case, looked, visible
from requests_app.views.staff.decision_pages import decision_page
from requests_app.views.staff.messages import danger_of
from requests_app.views.staff.searching import search
from requests_app.views.staff.viewing import look_of, viewer

# With these nothing of an emergency leaves.
_NO_GRANT = (ProposedResult.REFUSE.value, ProposedResult.REDIRECT.value)


@access(Audience.STAFF, permission=Permission.SEE_QUEUE)
@require_http_methods(["GET", "HEAD", "POST"])
def request_page(request: HttpRequest, reference: str) -> HttpResponse:
    """Show the review; a POST saves everything typed and then does what the button says."""
    data_request = visible(request, reference)
    part = part_of(data_request, request.GET.get("part", ""))
    if request.method != "POST":
        looked(request, data_request, "review")
        return _draw(request, data_request, part, _form(data_request, part))
    user: Any = request.user
    presence.see(data_request, by=user)
    action = request.POST.get("action", "save")
    if action in {"names", "note"} and review_refusal(user, data_request) is not None:
        return _without_saving(request, data_request, part, action)
    form = _form(data_request, part, data=request.POST, proposing=action == "propose")
    amended = _amended(request.POST)
    if not form.is_valid():
        if (changed := _officer_changed(form, data_request, amended)) and review_refusal(user, data_request) is None:
            return _changed(request, data_request, part, changed)
        if action == "propose" and request.POST.get("choice", "") not in _NO_GRANT:
            _say_steps(form, data_request)
        return _draw(request, data_request, part, form, status=422)
    try:
        seen = form.cleaned_data["version"]
        review.save(data_request, _draft(form, action), seen_version=seen, seen_amendments=amended, by=user)
    except ReviewChanged as changed:
        return _changed(request, data_request, part, changed)
    except PortalError as error:
        messages.error(request, str(error))
        return redirect(request.get_full_path())
    return _act(request, data_request, part, form, action)


def _say_steps(form: ReviewForm, data_request: DataRequest) -> None:
    """Say with what is missing in the form which steps of an emergency are still to be done: they take longest."""
    for words in lacking(data_request):
        form.add_error(None, words)


def _draft(form: ReviewForm, action: str) -> Draft:
    """Return what was typed. A note that is added now is not kept as one that somebody still writes."""
    draft = form.draft()
    return replace(draft, terms={**draft.terms, "note": ""}) if action == "note" else draft


def _without_saving(request: HttpRequest, data_request: DataRequest, part: Part, action: str) -> HttpResponse:
    """Do for somebody who may not change the review what they may do all the same."""
    if action == "note":
        _write_note(request, data_request, request.POST.get("note", "")[:4000])
        return redirect(request.get_full_path())
    return _draw(request, data_request, part, _form(data_request, part), names=_names(request, data_request))


def _write_note(request: HttpRequest, data_request: DataRequest, text: str) -> None:
    user: Any = request.user
    try:
        review.write_note(data_request, text=text, by=user)
        messages.success(request, "The note is added.")
    except PortalError as refusal:
        messages.error(request, str(refusal))


def _officer_changed(form: ReviewForm, data_request: DataRequest, amended: int | None) -> ReviewChanged | None:
    """Say that the officer changed the request, before anything that is missing for that very reason."""
    seen = form.cleaned_data.get("version")
    if seen is None:
        return None
    found = review.changed_since(data_request, form.draft(), seen_version=seen, seen_amendments=amended)
    return found if found is not None and found.officer else None


def _changed(request: HttpRequest, data_request: DataRequest, part: Part, changed: ReviewChanged) -> HttpResponse:
    stored = _form(data_request, part)
    merged = merge(stored, data_request, request.POST)
    given = merged.given if merged else request.POST
    again = _form(data_request, part, data=_with_version(given, stored.stored.lock_version))
    return _draw(request, data_request, part, again, changed=changed, merged=merged, status=409)


def _amended(given: QueryDict) -> int | None:
    """Return how many changes by the officer stood on the page that was sent."""
    text = given.get("amended", "")
    return _number(text) if text else None


def _act(request: HttpRequest, data_request: DataRequest, part: Part, form: ReviewForm, action: str) -> HttpResponse:
    """Do what the button says, after everything typed was saved."""
    user: Any = request.user
    verb, _, key = action.partition(":")
    try:
        if verb == "propose":
            decisions.propose(data_request, terms=form.terms(), by=user)
            messages.success(request, "Sent for approval. A second person decides.")
        elif verb in {"match", "match_part", "choose"}:
            search(request, data_request, part, verb, key)
        elif verb == "bar":
            _confirm_bar(request, data_request, form, _number(key))
        elif verb in {"part", "page", "text", "letter", "counsel", "compare"}:
            return redirect(_elsewhere(request, data_request, verb, key))
        elif verb in {"mark_part", "mark_all"}:
            keys = [line.pk for line in part.lines] if verb == "mark_part" else None
            count = review.mark_all(data_request, form.mark_for_many(), keys=keys, by=user)
            messages.success(request, "1 line changed." if count == 1 else f"{count:,} lines changed.")
        elif verb == "note":
            _write_note(request, data_request, form.cleaned_data["note"])
        elif verb == "names":
            return _draw(request, data_request, part, _form(data_request, part), names=_names(request, data_request))
        else:
            messages.success(request, "Saved.")
    except Incomplete as missing:
        again = _form(data_request, part, data=_with_version(request.POST, review.review_of(data_request).lock_version))
        again.is_valid()
        again.add_error(None, str(missing))
        return _draw(request, data_request, part, again, status=422)
    except PortalError as error:
        messages.error(request, str(error))
    return redirect(request.get_full_path())


def _elsewhere(request: HttpRequest, data_request: DataRequest, verb: str, key: str) -> str:
    """Return where a button leads that only saves before it: other lines, another page, the letter."""
    if verb == "part":
        return f"{request.path}?{_with_part(request.GET, key)}"
    if verb == "page":
        return f"{request.path}?{look_of(request).query(request.GET)}"
    if verb == "counsel":
        return reverse("staff:request_counsel", args=[data_request.reference])
    if verb == "compare":
        return reverse("staff:compare", args=[data_request.reference, visible(request, key).reference])
    return decision_page(request, data_request, verb, key)


def _confirm_bar(request: HttpRequest, data_request: DataRequest, form: ReviewForm, pk: int) -> None:
    bar = get_object_or_404(data_request.non_disclosure_orders, pk=pk)
    page, until = form.bar_facts(bar)
    if not page:
        raise Incomplete("Enter the page on which the clause stands.")
    notices.confirm_bar(bar, page=page, bars_until=until, by=request.user)
    messages.success(request, "The bar is confirmed.")


def _names(request: HttpRequest, data_request: DataRequest) -> dict[str, str]:
    user: Any = request.user
    try:
        return matching.names_of(data_request, by=user)
    except PortalError as error:
        messages.error(request, str(error))
        return {}


def _form(data_request: DataRequest, part: Part, *, data: Any = None, proposing: bool = False) -> ReviewForm:
    bars = list(data_request.non_disclosure_orders.select_related("confirmed_by").order_by("pk"))
    elsewhere = data_request.lines.exclude(pk__in=[line.pk for line in part.lines])
    return ReviewForm(
        data_request, review.review_of(data_request), part.lines, bars, data=data, proposing=proposing,
        first_line=part.first_line,
        rest_produced=not (proposing and elsewhere.exclude(decision=LineDecision.PRODUCE).exists()),
    )  # fmt: skip


def _with_version(given: QueryDict, version: int) -> QueryDict:
    """Return what was typed, as if it had been typed over the stored version."""
    copy = given.copy()
    copy["version"] = str(version)
    return copy


def _with_part(given: QueryDict, number: str) -> str:
    copy = given.copy()
    copy["part"] = str(_number(number))
    return copy.urlencode()


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _draw(
    request: HttpRequest,
    data_request: DataRequest,
    part: Part,
    form: ReviewForm,
    *,
    names: dict[str, str] | None = None,
    changed: ReviewChanged | None = None,
    merged: Merged | None = None,
    status: int = 200,
) -> HttpResponse:
    user: Any = request.user
    stored, signers = review.review_of(data_request), signing.signers(data_request)
    context = case(request, data_request, "review") | {
        "form": form,
        "review": stored,
        "editable": review_refusal(user, data_request) is None,
        "tally": tally(data_request.kind, stored.checks),
        "evidence": evidence.evidence_of(data_request, targets=part.targets, at=timezone.now()),
        "part": part,
        "targets": part.targets,
        "unsearched": sum(target.match_result == MatchResult.UNMATCHED for target in part.targets),
        "several_orders": data_request.order_uses.count() > 1,
        "names": names or {},
        "may_see_names": data_request.targets.exclude(account="").exists(),
        "changed": changed,
        "merged": merged,
        "may_write_notes": may_write_notes(user),
        "intention": notice_intention(data_request, at=timezone.now(), only=part.targets),
        "danger": danger_of(data_request),
        "entries": history(data_request, looks=False, limit=6),
        "notes": data_request.notes.select_related("written_by")[:3],
        "approvers": [p.get_full_name() for p in signers if p.pk != user.pk],
        "nobody_signs": signing.nobody_signs(data_request, signers),
        "offered_text": decision_texts.prepared(data_request, stored.terms) if "text" in request.GET else "",
        "proposal": data_request.proposals.order_by("-number").select_related("proposed_by", "signed_by").first(),
    }
    return render(
        request, "staff/review.html", context | viewer(request, data_request, look_of(request)), status=status
    )
