"""A draft of a hold, page by page, saved on the server; an older tab is refused and loses nothing."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from foundation.core.identifier_forms import IdentifierForm
from foundation.core.identifier_lines import refused_lines
from foundation.core.identifiers import Identifier, fold
from foundation.providers.models import Provider
from preservation import deadlines, schedule, status_words
from preservation.enums import HoldStatus
from preservation.forms.draft import (
    AgainForm,
    ListForm,
    ReasonForm,
    RecordsForm,
    SendForm,
    StartForm,
    StepForm,
)
from preservation.models import PreservationHold
from preservation.services import accepting, draft_law, drafts, followers, identifier_files, placing
from preservation.services.drafts import Step
from preservation.views.common import officers_hold, own_draft

_TITLES = {
    Step.IDENTIFIERS: "Whose records should we keep?",
    Step.RECORDS: "Which records, from when to when?",
    Step.REASON: "Your case",
}
_FORMS: dict[Step, type[StepForm]] = {Step.RECORDS: RecordsForm, Step.REASON: ReasonForm}
_NONE_YET = "Add at least one identifier before you go on. You can also save, and come back later."
_NEXT = {Step.IDENTIFIERS: "holds:records", Step.RECORDS: "holds:reason", Step.REASON: "holds:check"}


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Say what a hold is, then start one draft, however often the button is pressed."""
    user: Any = request.user
    providers = Provider.objects.order_by("name")
    form = StartForm(request.POST or None, initial={"key": uuid4()}, providers=providers)
    if request.method == "POST" and form.is_valid():
        try:
            draft = drafts.start(form.provider(), by=user, key=form.cleaned_data["key"])
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return redirect("holds:identifiers", uid=draft.uid)
    return render(request, "holds/new.html", {"form": form})


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def again(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for the same once more: a new draft with the answers of this hold."""
    user: Any = request.user
    hold = officers_hold(request, reference)
    form = AgainForm(request.POST)
    if request.method != "POST" or not form.is_valid():
        return redirect("holds:detail", reference=hold.reference)
    try:
        draft = drafts.start_again(hold, by=user, key=form.cleaned_data["key"])
    except PortalError as error:
        messages.error(request, str(error))
        return redirect("holds:detail", reference=hold.reference)
    messages.info(request, "This is a new draft with the same answers. Change what was missing, then start the hold.")
    return redirect("holds:check", uid=draft.uid)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, uid: UUID, name: str) -> HttpResponse:
    """One part that is one form."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != HoldStatus.DRAFT:
        return redirect("holds:detail", reference=draft.reference)
    part = Step(name)
    form = _FORMS[part](request.POST if request.method == "POST" else None, draft=draft, at=timezone.now())
    if request.method == "POST" and form.is_valid():
        try:
            drafts.save(draft, part, form.cleaned_data, version=form.cleaned_data["lock_version"], by=user)
        except PortalError as error:
            draft.refresh_from_db(fields=["lock_version"])
            form.show_again(draft.lock_version)
            form.add_error(None, str(error))
        else:
            return _onward(request, draft, part)
    context = {"draft": draft, "title": _TITLES[part], "form": form}
    return render(request, f"holds/draft_{part}.html", context, status=422 if form.errors else 200)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def identifiers(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Identifiers one by one, as a pasted list or a file; good ones are added, of the others stands what is wrong."""
    draft = own_draft(request, uid)
    if draft.status != HoldStatus.DRAFT:
        return redirect("holds:detail", reference=draft.reference)
    data, action, problem, in_file = request.POST, request.POST.get("action", ""), "", list[str]()
    going = action in {"continue", "later"}
    one = IdentifierForm(data) if action == "add" or (going and _typed(data, "value")) else IdentifierForm()
    many = _list_form(request, bound=action == "import" or (going and _typed(data, "paste")))
    if request.method == "POST":
        try:
            in_file = _change(request, draft, one, many)
        except PortalError as error:
            problem = str(error)
        if not problem and action == "continue" and not draft.identifiers.exists():
            problem = _NONE_YET
        if not problem and not one.errors and not many.errors and not in_file:
            return _onward(request, draft, Step.IDENTIFIERS) if going else redirect(request.path)
    draft.refresh_from_db()
    named = list(draft.identifiers.order_by("pk"))
    context = {"draft": draft, "title": _TITLES[Step.IDENTIFIERS], "one": one, "many": many, "named": named}
    context |= {"problem": problem, "in_file": in_file}
    return render(request, "holds/draft_identifiers.html", context, status=422 if request.method == "POST" else 200)


def _list_form(request: HttpRequest, *, bound: bool) -> ListForm:
    return ListForm(request.POST, request.FILES, user=request.user) if bound else ListForm(user=request.user)


def _change(request: HttpRequest, draft: PreservationHold, one: IdentifierForm, many: ListForm) -> list[str]:
    """Do what the button asked for; return what is wrong with lines of a file."""
    user: Any = request.user
    version = _version(request.POST)
    if remove := request.POST.get("remove", ""):
        drafts.remove_identifier(draft, int(remove) if remove.isdecimal() else 0, version=version, by=user)
    good = [one.cleaned_data["found"]] if one.is_bound and one.is_valid() else []
    refused: list[str] = []
    if many.is_bound:
        good += many.good()
        if many.is_valid() and many.cleaned_data.get("file"):
            rows = identifier_files.read_upload(many.cleaned_data["file"])
            good += [item for _number, item in rows if item.accepted]
            refused = refused_lines(rows)
    if good:
        _tell(request, drafts.add_identifiers(draft, good, version=version, by=user), good)
    if many.is_bound and not many.is_valid() and many.good():
        many.keep_bad_lines()
        many.full_clean()
    return refused


def _tell(request: HttpRequest, added: int, found: list[Identifier]) -> None:
    """Say how many were new, and which were put into another writing."""
    words = "1 identifier added." if added == 1 else f"{added} identifiers added."
    unique, repeated = fold(found)
    if repeated:
        words += f" {len(repeated)} stood twice in what you sent."
    if len(unique) > added:
        words += f" {len(unique) - added} named before."
    changed = [f"{item.given.strip()} as {item.normalised}" for item in found if item.changed]
    if changed:
        words += f" Written differently: {', '.join(changed[:5])}" + (" and more." if len(changed) > 5 else ".")
    messages.success(request, words)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, uid: UUID) -> HttpResponse:
    """All answers on one page, until when the hold would go, and the button that starts it."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != HoldStatus.DRAFT:
        return redirect("holds:detail", reference=draft.reference)
    now = timezone.now()
    form = SendForm(request.POST if request.method == "POST" else None, initial={"lock_version": draft.lock_version})
    if request.method == "POST" and form.is_valid():
        try:
            hold = placing.request(draft, version=form.cleaned_data["lock_version"], by=user)
        except PortalError as error:
            form = SendForm({"lock_version": draft.lock_version})
            form.add_error(None, str(error))
            if isinstance(error, accepting.TooMany):
                accepting.note_too_many(draft, by=user)
        else:
            return redirect("holds:started", reference=hold.reference)
    terms = deadlines.terms(draft.provider.hold_days, draft_law.law_of(draft), foreign=draft.foreign_offence)
    ends = deadlines.first_expiry(now, terms).at
    context = {
        "draft": draft,
        "form": form,
        "findings": placing.findings(draft, now),
        "colleagues": [row.user.get_full_name() for row in followers.standing(draft)],
        "named": list(draft.identifiers.order_by("pk")),
        "records": status_words.records(draft.categories),
        "terms": terms,
        "filing": deadlines.filing_due(now, terms),
        "who": draft_law.who_may_ask(draft),
        "ends": ends,
        "reminders": schedule.reminder_words(schedule.leads_left(ends, after=now, leads=draft.provider.hold_leads)),
    }
    return render(request, "holds/check.html", context, status=422 if form.errors else 200)


@access(Audience.OFFICER, permission=Permission.FILE_HOLD)
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Ask once, then delete the draft."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != HoldStatus.DRAFT:
        return redirect("holds:detail", reference=draft.reference)
    if request.method != "POST":
        return render(request, "holds/draft_delete.html", {"draft": draft})
    try:
        drafts.delete(draft, by=user)
    except PortalError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "Draft deleted.")
    return redirect("holds:list")


def _onward(request: HttpRequest, draft: PreservationHold, part: Step) -> HttpResponse:
    """Go to the next part, or leave for now."""
    if request.POST.get("action") == "later":
        until = deadlines.draft_kept_until(timezone.now())
        messages.success(request, f"Saved. We keep the draft until {until:%-d %b %Y}.")
        return redirect("holds:list")
    if part == Step.REASON:
        draft.refresh_from_db()
    asks = part == Step.REASON and draft_law.asks_more(draft)
    return redirect("holds:law" if asks else _NEXT[part], uid=draft.uid)


def _typed(data: QueryDict, name: str) -> bool:
    return bool(data.get(name, "").strip())


def _version(data: QueryDict) -> int:
    text = data.get("lock_version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1
