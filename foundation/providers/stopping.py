"""Who is asked right before each try of an instruction, so that nothing is done that changed while it waited.

An app names its function in `AppConfig.ready()`, by the type of the owner and a dotted path:

    asks_before("requests_app.freezeorder", "requests_app.services.freeze_jobs.stopped")   # (job) -> why not, or ""
"""

from typing import Any

from django.utils.module_loading import import_string

_paths: dict[str, str] = {}


def asks_before(owner_type: str, path: str) -> None:
    """Name the function that says why an instruction of such an owner is not carried out any more."""
    _paths[owner_type] = path


def stopped(job: Any) -> str:
    """Say why this instruction is not carried out any more, or nothing."""
    path = _paths.get(job.owner_type)
    return str(import_string(path)(job)) if path else ""
