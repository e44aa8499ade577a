"""What the pages of receipts share: the list, and the proof as a file."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from accounts.access import signed_in
from accounts.models import FilingReceipt
from accounts.services import receipts as service


def receipts_page(
    request: HttpRequest, obj: Any, *, back: str, what: str, proofs: str, own: bool = False
) -> HttpResponse:
    """Draw the receipts about an object; `back` and `proofs` are names of addresses."""
    before = request.GET.get("before", "")
    rows, last = service.listed(obj, reader=signed_in(request), own=own, before=before)
    context = {
        "reference": obj.reference,
        "rows": rows,
        "older": f"?before={last}" if last else "",
        "newest": "?" if before else "",
        "back": back,
        "what": what,
        "proofs": proofs,
    }
    return render(request, "accounts/receipts.html", context)


def receipt_file(request: HttpRequest, obj: models.Model, uid: UUID, *, page: str, own: bool = False) -> HttpResponse:
    """Answer with a receipt and its proof; a receipt that is not this reader's to see does not exist."""
    reference: str = getattr(obj, "reference", "")
    try:
        found = service.proof(obj, uid, reader=signed_in(request), own=own)
    except FilingReceipt.DoesNotExist:
        raise Http404 from None
    if found is None:
        messages.info(request, "The proof will be ready within a minute.")
        return redirect(page, reference)
    response = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = f'attachment; filename="{reference}-receipt-{uid.hex[:8]}.json"'
    response["Cache-Control"] = "private, no-store"
    return response
