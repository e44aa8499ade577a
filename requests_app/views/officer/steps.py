"""The parts of a draft, each at its own address, saved on the server; an older tab is refused and loses nothing."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.legal.models import ProcessType
from requests_app.deadlines import draft_kept_until
from requests_app.enums import RequestStatus
from requests_app.forms.draft import LATER, FactsForm, LegalProcessForm, NoticeForm, StepForm
from requests_app.forms.draft_scope import AddIdentifierForm, DocumentsForm, PasteForm, RecordsForm
from requests_app.models import DataRequest
from requests_app.services import drafts, preflight
from requests_app.services.preflight import Step
from requests_app.views.officer.answers import TITLES
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request

_FORMS: dict[Step, type[StepForm]] = {
    Step.LEGAL_PROCESS: LegalProcessForm,
    Step.FACTS: FactsForm,
    Step.RECORDS: RecordsForm,
    Step.NOTICE: NoticeForm,
}
_ORDER = list(Step)
REFUSED = "refused"


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: HttpRequest, uid: UUID, name: str) -> HttpResponse:
    """One part that is one form."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    part = Step(name)
    posted = request.method == "POST"
    form = _FORMS[part](request.POST if posted else None, request.FILES if posted else None, draft=draft)
    stored: list[tuple[str, str]] = []
    if posted and form.is_valid():
        version = form.cleaned_data["lock_version"]
        try:
            drafts.save_step(draft, part, form.cleaned_data, version=version, by=user)
        except Stale as error:
            stored = form.compared()
            form.show_again(draft.lock_version)
            form.add_error(None, str(error))
        except PortalError as error:
            form.add_error(None, str(error))
        else:
            return _onward(request, draft, part)
    return _page(request, draft, part, {"form": form, "stored": stored} | _extra(draft, part, form))


def _extra(draft: DataRequest, part: Step, form: StepForm) -> dict[str, Any]:
    """What single parts show beside their form: the type's own rules, or where to go instead."""
    if part != Step.LEGAL_PROCESS:
        return {}
    chosen = form["process_type"].value()
    kind = ProcessType.objects.filter(pk=chosen).first() if str(chosen or "").isdecimal() else None
    stopped = kind if kind and (kind.stop_screen or not kind.accepted) else None
    needs = [need.replace("_", " ") for need in draft.process_type.required_documents] if draft.process_type else []
    return {
        "kind": draft.process_type,
        "stopped": stopped,
        "needs": needs,
        "reaches": preflight.reached(draft.process_type),
    }


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def identifiers(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Identifiers one by one or as a pasted list; good ones are added, the others stay in the box."""
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    data = request.POST
    action = data.get("action", "")
    going = action in {"continue", LATER}
    one = _bound(AddIdentifierForm, data, action == "add" or (going and bool(data.get("value", "").strip())))
    many = _bound(PasteForm, data, action == "import" or (going and bool(data.get("list-paste", "").strip())), "list")
    problem = ""
    if request.method == "POST":
        version = _version(data)
        try:
            problem = _change_identifiers(request, draft, one, many, version)
        except PortalError as error:
            problem = str(error)
        if not problem and not one.errors and not many.errors:
            return _onward(request, draft, Step.IDENTIFIERS) if going else redirect(request.path)
    draft.refresh_from_db()
    context = {"one": one, "many": many, "problem": problem, "targets": draft.targets.order_by("pk")}
    return _page(request, draft, Step.IDENTIFIERS, context)


def _change_identifiers(
    request: HttpRequest, draft: DataRequest, one: AddIdentifierForm, many: PasteForm, version: int
) -> str:
    """Do what the button asked for; return what went wrong, empty where the forms say it themselves."""
    user: Any = request.user
    remove = request.POST.get("remove", "")
    if remove:
        drafts.remove_identifier(draft, int(remove) if remove.isdecimal() else 0, version=version, by=user)
    if one.is_bound and one.is_valid():
        found = one.cleaned_data["found"]
        added = drafts.add_identifiers(draft, [found], role=one.cleaned_data["role"], version=version, by=user)
        version += 1
        _tell(request, added, 1, [found])
        if not added:
            return ""
    if many.is_bound:
        good, whole = many.good(), many.is_valid()
        role = many.data.get(many.add_prefix("role"), "")
        role = role if role in dict(many.fields["role"].choices) else "unknown"  # type: ignore[attr-defined]
        if good and "role" not in many.errors:
            added = drafts.add_identifiers(draft, good, role=role, version=version, by=user)
            _tell(request, added, len(good), good)
            if not whole:
                many.keep_bad_lines()
    return ""


def _tell(request: HttpRequest, added: int, given: int, found: list[Any]) -> None:
    """Say how many were new, and which were put into another writing."""
    words = "1 identifier added." if added == 1 else f"{added} identifiers added."
    if given > added:
        words += f" {given - added} were in the list already."
    changed = [f"{item.given.strip()} as {item.normalised}" for item in found if item.normalised != item.given.strip()]
    if changed:
        words += f" Written differently: {', '.join(changed[:5])}" + (" and more." if len(changed) > 5 else ".")
    messages.success(request, words)


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def files(request: HttpRequest, uid: UUID) -> HttpResponse:
    """Documents: several at once; each says whether it is checked."""
    user: Any = request.user
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    removing = request.POST.get("remove", "")
    adding = request.method == "POST" and not removing
    version = _version(request.POST)
    going = request.POST.get("action") == "continue"
    form = DocumentsForm(request.POST if adding else None, request.FILES if adding else None, user=user)
    form.fields["uploads"].required = not going
    problem = ""
    try:
        if removing:
            if removing == REFUSED:
                drafts.remove_refused(draft, version=version, by=user)
            else:
                drafts.remove_document(draft, UUID(removing), version=version, by=user)
            return redirect(request.path)
        if adding and form.is_valid():
            role, uploads = form.cleaned_data["role"], form.cleaned_data["uploads"]
            refusals = drafts.add_documents(draft, uploads, role=role, version=version, by=user) if uploads else []
            for refusal in refusals:
                form.add_error("uploads", refusal)
            if not refusals:
                return redirect(_next_url(Step.DOCUMENTS), uid=draft.uid) if going else redirect(request.path)
    except (PortalError, ValueError) as error:
        problem = str(error) if isinstance(error, PortalError) else drafts.STALE
    draft.refresh_from_db()
    found = [f for f in preflight.findings(draft, timezone.now()) if f.step == Step.DOCUMENTS]
    items = preflight.attached(draft)
    refused = len(items) - len(preflight.can_count(items))
    context = {"form": form, "items": items, "refused": refused, "problem": problem, "findings": found}
    return _page(request, draft, Step.DOCUMENTS, context)


def _page(request: HttpRequest, draft: DataRequest, part: Step, context: dict[str, Any]) -> HttpResponse:
    """Draw one part."""
    template = f"officer/step_{part.name.lower()}.html"
    following = _next_url(part)
    return render(request, template, {"draft": draft, "title": TITLES[part], "following": following} | context)


def _onward(request: HttpRequest, draft: DataRequest, part: Step) -> HttpResponse:
    """Go to the next part, or leave for now."""
    if request.POST.get("action") == LATER:
        until = draft_kept_until(timezone.now())
        messages.success(request, f"Saved. We keep the draft until {until:%-d %b %Y}.")
        return redirect("officer:draft", uid=draft.uid)
    return redirect(_next_url(part), uid=draft.uid)


def _next_url(part: Step) -> str:
    place = _ORDER.index(part) + 1
    return f"officer:step_{_ORDER[place].name.lower()}" if place < len(_ORDER) else "officer:check"


def _version(data: QueryDict) -> int:
    text = data.get("lock_version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else -1


def _bound(form: Callable[..., Any], data: QueryDict, wanted: bool, prefix: str | None = None) -> Any:
    """Make a form of a page that has several: bound where its button was pressed, else with what was typed."""
    if wanted:
        return form(data, prefix=prefix)
    lead = f"{prefix}-" if prefix else ""
    typed = {key.removeprefix(lead): value for key, value in data.items() if key.startswith(lead)}
    return form(prefix=prefix, initial=typed)
