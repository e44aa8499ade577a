"""The viewer of documents on the review page: which document, which page, and how much room it has."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, QueryDict

from foundation.documents import services as documents
from foundation.documents.errors import DocumentDamaged, DocumentRefused
from requests_app.enums import DocumentRole
from requests_app.models import DataRequest, RequestDocument
from requests_app.services import same_files
from requests_app.services.orders import shared_documents

# Beside the checks, over their whole width, or the order beside its translation.
LAYOUTS = ("", "large", "side")


@dataclass(frozen=True)
class Look:
    """Which page of which document is looked at: uid as text, number from 1, one of LAYOUTS."""

    doc: str = ""
    page: int = 1
    layout: str = ""

    def query(self, given: QueryDict) -> str:
        """Return what the address says besides, with this look."""
        copy = given.copy()
        for name, value in (("doc", self.doc), ("page", str(self.page)), ("layout", self.layout)):
            copy[name] = value
            if not value:
                del copy[name]
        return copy.urlencode()


def look_of(request: HttpRequest) -> Look:
    """Return what the address says, or the button of a page that was pressed: "page:<uid>:<number>:<layout>"."""
    action = request.POST.get("action", "")
    if action.startswith("page:"):
        _verb, doc, page, layout = (*action.split(":", 3), "", "")[:4]
    else:
        doc, page, layout = (request.GET.get(name, "") for name in ("doc", "page", "layout"))
    return Look(doc, _number(page), layout if layout in LAYOUTS else "")


def viewer(request: HttpRequest, data_request: DataRequest, look: Look) -> dict[str, Any]:
    """Return what the viewer shows: the document asked for or the order's first, and in "side" its translation too."""
    items = _items(data_request)
    shown = next((i for i in items if str(i.document.uid) == look.doc), items[0] if items else None)
    other = _counterpart(items, shown)
    views = [_view(request, data_request, shown, look.page)]
    if look.layout == "side" and other is not None:
        views.append(_view(request, data_request, other, look.page))
    paper = next((i for i in items if i.role == DocumentRole.ORDER), shown)
    return {
        "documents": items,
        "views": views,
        "layout": look.layout if look.layout != "side" or other is not None else "",
        "counterpart": other,
        # Where a page that somebody typed beside a check is looked up.
        "paper": paper.document.uid if paper else None,
    }


def _items(data_request: DataRequest) -> list[RequestDocument]:
    found = data_request.documents.filter(removed_at=None).select_related("document")
    items = list(found.order_by("-role", "added_at", "pk"))
    # Copies of orders that came with another request stand among this one's own.
    shared = shared_documents(data_request)
    items += [RequestDocument(data_request=data_request, document=document, role="order") for document in shared]
    return sorted(items, key=lambda item: item.role != DocumentRole.ORDER)


def _counterpart(items: list[RequestDocument], shown: RequestDocument | None) -> RequestDocument | None:
    """Return the translation of an order, or the order of a translation; None where there is no such pair."""
    wanted = {DocumentRole.ORDER: DocumentRole.TRANSLATION, DocumentRole.TRANSLATION: DocumentRole.ORDER}
    role = wanted.get(DocumentRole(shown.role)) if shown else None
    return next((item for item in items if item.role == role), None)


def _view(
    request: HttpRequest, data_request: DataRequest, shown: RequestDocument | None, asked: int
) -> dict[str, Any]:  # fmt: skip
    context: dict[str, Any] = {"shown": shown, "page": 0, "pages": [], "text": "", "trouble": ""}
    if shown is None:
        return context
    user: Any = request.user
    context["same"] = same_files.elsewhere(shown.document, than=data_request, user=user)
    context["about"] = documents.about(shown.document)
    context["usable"] = documents.is_usable(shown.document)
    try:
        documents.require_clean(shown.document)
        numbers = [page.number for page in documents.pages(shown.document)]
        page = asked if asked in numbers else min(numbers, default=1)
        text = documents.page_text(shown.document, page) if numbers else ""
    except (DocumentRefused, DocumentDamaged) as refusal:
        return context | {"trouble": str(refusal)}
    trouble = documents.pages_note(shown.document, numbers)
    places = {"before": page - 1 if page - 1 in numbers else 0, "after": page + 1 if page + 1 in numbers else 0}
    return context | places | {"pages": numbers, "page": page, "text": text, "trouble": trouble}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 1
