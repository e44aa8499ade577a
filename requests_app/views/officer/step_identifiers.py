"""The identifiers of a draft, one by one or as a list."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.access import Audience, access
from accounts.permissions import Permission
from foundation.core.errors import PortalError
from requests_app.enums import RequestStatus
from requests_app.forms.draft import LATER
from requests_app.forms.identifiers import AddIdentifierForm, PasteForm
from requests_app.models import DataRequest
from requests_app.services import targets
from requests_app.services.preflight import Step
from requests_app.views.officer.common import own_draft
from requests_app.views.officer.drafts import to_request
from requests_app.views.officer.parts import onward, part_page, version_of


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
        version = version_of(data)
        try:
            problem = _change_identifiers(request, draft, one, many, version)
        except PortalError as error:
            problem = str(error)
        if not problem and not one.errors and not many.errors:
            return onward(request, draft, Step.IDENTIFIERS) if going else redirect(request.path)
    draft.refresh_from_db()
    context = {"one": one, "many": many, "problem": problem, "targets": draft.targets.order_by("pk")}
    return part_page(request, draft, Step.IDENTIFIERS, context)


def _change_identifiers(
    request: HttpRequest, draft: DataRequest, one: AddIdentifierForm, many: PasteForm, version: int
) -> str:
    """Do what the button asked for; return what went wrong, empty where the forms say it themselves."""
    user: Any = request.user
    remove = request.POST.get("remove", "")
    if remove:
        targets.remove_identifier(draft, int(remove) if remove.isdecimal() else 0, version=version, by=user)
    if one.is_bound and one.is_valid():
        found = one.cleaned_data["found"]
        added = targets.add_identifiers(draft, [found], role=one.cleaned_data["role"], version=version, by=user)
        version += 1
        _tell(request, added, 1, [found])
        if not added:
            return ""
    if many.is_bound:
        good, whole = many.good(), many.is_valid()
        role = many.data.get(many.add_prefix("role"), "")
        role = role if role in dict(many.fields["role"].choices) else "unknown"  # type: ignore[attr-defined]
        if good and "role" not in many.errors:
            added = targets.add_identifiers(draft, good, role=role, version=version, by=user)
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


def _bound(form: Callable[..., Any], data: QueryDict, wanted: bool, prefix: str | None = None) -> Any:
    """Make a form of a page that has several: bound where its button was pressed, else with what was typed."""
    if wanted:
        return form(data, prefix=prefix)
    lead = f"{prefix}-" if prefix else ""
    typed = {key.removeprefix(lead): value for key, value in data.items() if key.startswith(lead)}
    return form(prefix=prefix, initial=typed)
