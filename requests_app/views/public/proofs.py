"""For whoever checks the trail without us: the keys that sign it, its newest signed head, and a script."""

from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.http import FileResponse, HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.access import Audience, access
from accounts.services.limits import Limit, try_once
from foundation.audit import proofs, signing
from foundation.audit.canonical import JSON
from foundation.audit.middleware import client_ip
from foundation.audit.models import Checkpoint

# One answer reads two blocks of leaves: for somebody who keeps heads and compares, not for a crowd.
HEADS = Limit("audit.head", 120, timedelta(hours=1))
_SCRIPT = settings.BASE_DIR / "docs" / "verify_package.py"
_TRAIL_SCRIPT = settings.BASE_DIR / "docs" / "verify_trail.py"
_DIGITS = 18


@access(Audience.PUBLIC)
@never_cache
@require_safe
def keys(request: HttpRequest) -> JsonResponse:
    """The public keys of checkpoints, the one in use first: also those of old proofs."""
    known = signing.public_keys().items()
    listed = [{"key_id": key_id, "algorithm": "Ed25519", "public_key": key} for key_id, key in known]
    return JsonResponse({"keys": listed}, json_dumps_params={"indent": 2})


@access(Audience.PUBLIC)
@never_cache
@require_safe
def checkpoint(request: HttpRequest) -> JsonResponse:
    """The newest signed head, or none yet; ?from=<tree size of an older one> adds the proof that it goes on from it."""
    if not try_once(HEADS, client_ip(request)):
        return JsonResponse({"error": "Too many questions. Try again in an hour."}, status=429)
    newest = Checkpoint.objects.order_by("tree_size").last()
    answer: dict[str, JSON] = {"checkpoint": proofs.signed_head(newest) if newest else None}
    if newest and "from" in request.GET:
        found = _goes_on(request.GET["from"], newest)
        if found is None:
            # Who kept a signed head of a size that the trail does not know holds the proof that its end was cut off.
            answer["error"] = f"No checkpoint of this size is known. The trail has {newest.tree_size} entries."
            return JsonResponse(answer, status=404, json_dumps_params={"indent": 2})
        answer["from"], answer["consistency"] = found
    return JsonResponse(answer, json_dumps_params={"indent": 2})


def _goes_on(typed: str, newest: Checkpoint) -> tuple[int, list[str]] | None:
    """Return the size of an older head and the proof; None for a size at which nothing was signed."""
    size = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS else 0
    older = Checkpoint.objects.filter(tree_size=size).first()
    path = proofs.consistency(older, newest) if older else None
    if path is None:
        return None
    return size, [each.hex() for each in path]


@access(Audience.PUBLIC)
@require_safe
def script(request: HttpRequest) -> FileResponse:
    """The script that checks a package from its files, to read and to keep."""
    return _file(_SCRIPT)


@access(Audience.PUBLIC)
@require_safe
def trail_script(request: HttpRequest) -> FileResponse:
    """The script that checks a proof, a receipt or an export of the trail, to read and to keep."""
    return _file(_TRAIL_SCRIPT)


def _file(script: Path) -> FileResponse:
    return FileResponse(script.open("rb"), as_attachment=True, filename=script.name, content_type="text/x-python")
