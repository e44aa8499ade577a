"""The identifiers of a draft: one by one, as a list or as a file; changed, taken out, and the last of it undone."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError, Stale
from foundation.core.identifiers import Identifier, fold
from requests_app.enums import RequestStatus, TargetRole
from requests_app.forms.draft import LATER
from requests_app.models import DataRequest, TargetImport
from requests_app.services import target_imports, targets
from requests_app.services.preflight import Step
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request
from requests_app.views.officer.identifier_list import Forms, Shown
from requests_app.views.officer.parts import onward, part_page, version_of

_ENTER = "enter"


@dataclass
class Told:
    """What an action came to: what is wrong, what was written differently, and where to go."""

    problem: str = ""
    status: int = 200
    corrected: list[Identifier] = field(default_factory=list)
    started: TargetImport | None = None


@access(Audience.OFFICER, permission=Permission.FILE_REQUEST)
@require_http_methods(["GET", "HEAD", "POST"])
def identifiers(request: HttpRequest, uid: UUID) -> HttpResponse:
    """The list and the ways to add to it; whatever a button does, nothing typed elsewhere on the page is lost."""
    draft = own_draft(request, uid)
    if draft.status != RequestStatus.DRAFT:
        return to_request(draft)
    shown = Shown(draft, request.GET)
    if request.method != "POST":
        return _page(request, draft, shown, Forms(request, draft, shown, ""), Told())
    action = _action_of(request)
    forms = Forms(request, draft, shown, action)
    try:
        told = _do(request, draft, shown, forms, action)
    except PortalError as error:
        told = Told(str(error), 409 if isinstance(error, Stale) else 422)
    if told.problem or forms.have_errors:
        told.status = told.status if told.problem else 422
        return _page(request, draft, shown, forms, told)
    if told.started is not None:
        return redirect("officer:identifiers_import", uid=draft.uid, number=told.started.uid)
    if action in {"continue", LATER}:
        return onward(request, draft, Step.IDENTIFIERS)
    if told.corrected or forms.left(action):
        forms.forget(action)
        return _page(request, draft, shown, forms, told)
    return redirect(request.get_full_path())


def _page(request: HttpRequest, draft: DataRequest, shown: Shown, forms: Forms, told: Told) -> HttpResponse:
    """Draw the page as things stand now."""
    draft.refresh_from_db()
    if request.method == "POST":
        shown = Shown(draft, request.GET)
        forms.follow(shown, keep=bool(told.problem))
    context = {"one": forms.one, "many": forms.many, "rows": forms.rows, "shown": shown, "told": told}
    context |= {
        "undo": targets.undoable(draft),
        "several": len(forms.orders) > 1,
        "imported": draft.imports.select_related("document").order_by("-pk").first(),
        "full_path": request.get_full_path(),
    }
    response = part_page(request, draft, Step.IDENTIFIERS, context)
    response.status_code = told.status
    return response


def _action_of(request: HttpRequest) -> str:
    """Return what the button means; Enter in a field adds what is typed, else it saves the list."""
    if request.POST.get("remove"):
        return "remove"
    action = request.POST.get("action", "")
    if action == _ENTER:
        return "add" if request.POST.get("value", "").strip() else "save"
    return action


def _do(request: HttpRequest, draft: DataRequest, shown: Shown, forms: Forms, action: str) -> Told:
    """Keep what was typed in the list, then do what the button asked for."""
    user: Any = request.user
    version = version_of(request.POST)
    if forms.rows.is_bound:
        if not forms.rows.is_valid():
            return Told()
        if changes := forms.rows.changes():
            targets.change_identifiers(draft, changes, version=version, by=user)
            version = _now(draft)
            if action == "save":
                messages.success(request, "Saved.")
    if action in {"remove", "remove_selected", "remove_all"}:
        _remove(request, draft, shown, action, version)
    elif action == "undo":
        count = targets.undo(draft, _number(request.POST.get("undo", "")), version=version, by=user)
        messages.success(request, f"Undone: {_words(count)}.")
    return _add(request, draft, forms, version)


def _remove(request: HttpRequest, draft: DataRequest, shown: Shown, action: str, version: int) -> None:
    user: Any = request.user
    chosen = request.POST.getlist("select") if action == "remove_selected" else [request.POST.get("remove", "")]
    keys = None if action == "remove_all" else [_number(text) for text in chosen]
    count = targets.remove_identifiers(draft, keys, kind=shown.kind, version=version, by=user)
    if count:
        messages.success(request, f"{_words(count)} removed. You can undo this.")
    elif action == "remove_selected":
        messages.info(request, "Tick the identifiers that you want to remove first.")
    else:
        messages.info(request, "It was removed already.")


def _add(request: HttpRequest, draft: DataRequest, forms: Forms, version: int) -> Told:
    """Add what the bound forms hold: one identifier, a list, a file, in this order."""
    user: Any = request.user
    one, many, told = forms.one, forms.many, Told()
    if one.is_bound and one.is_valid():
        given = one.cleaned_data
        new = targets.add_identifiers(
            draft, [given["found"]], role=given["role"], note=given["note"], process=one.process_chosen,
            version=version, by=user,
        )  # fmt: skip
        version = _now(draft)
        messages.success(request, _told_of_one(given["found"], new))
    if not many.is_bound:
        return told
    whole = many.is_valid()
    if many.has_error("role") or many.has_error("process"):
        return told
    role, process = many.cleaned_data.get("role", TargetRole.UNKNOWN), many.process_chosen
    if found := [item for _number, item in many.lines() if item.accepted]:
        unique, repeated = fold(found)
        new = targets.add_identifiers(draft, unique, role=role, process=process, version=version, by=user)
        version = _now(draft)
        told.corrected = [item for item in unique if item.changed]
        messages.success(request, _told_of_list(len(repeated), len(unique) - new, new, told.corrected))
    if not whole and not many.too_many():
        many.keep_bad_lines()
    if whole and many.cleaned_data.get("file"):
        upload = many.cleaned_data["file"]
        told.started = target_imports.start(draft, upload, role=role, process=process, version=version, by=user)
    return told


def _now(draft: DataRequest) -> int:
    """Return the version of the draft after a save of this page, for its next one."""
    draft.refresh_from_db(fields=["lock_version"])
    return draft.lock_version


def _told_of_one(found: Identifier, new: int) -> str:
    """Say what became of one identifier, and nothing of a writing that was not stored."""
    if not new:
        return f"{found.given.strip()} is in the list already."
    return f"1 identifier added. {_differently([found])}".strip()


def _told_of_list(twice: int, there: int, new: int, corrected: list[Identifier]) -> str:
    """Say how many are new, how many stood twice in what was sent, and how many the list had already."""
    words = f"{_words(new)} added."
    if twice:
        words += f" {twice} stood twice in what you sent."
    if there:
        words += f" {there} {'was' if there == 1 else 'were'} in the list already."
    return f"{words} {_differently(corrected[:5])}{' and more.' if len(corrected) > 5 else ''}".strip()


def _differently(corrected: list[Identifier]) -> str:
    said = [f"{item.given.strip()} as {item.normalised}" for item in corrected if item.normalised != item.given.strip()]
    return f"Written differently: {', '.join(said)}" + ("." if len(said) < 5 else "") if said else ""


def _words(count: int) -> str:
    return "1 identifier" if count == 1 else f"{count:,} identifiers"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0
