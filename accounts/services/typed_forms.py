"""What was typed when a session ended: kept sealed for its owner, for 12 hours, and given back to nobody else."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.crypto import salted_hmac

from accounts.models import KeptForm, User
from accounts.sealed import seal, unseal

KEPT = timedelta(hours=12)
# Far above every form of ours; more forms at once than anybody fills in.
MOST_CHARACTERS = 60_000
MOST_FORMS = 5


@dataclass(frozen=True)
class Typed:
    """One form: where it goes, on which page it stood, what was typed, which files were chosen, and why it stopped."""

    path: str
    page: str
    values: list[tuple[str, str]]
    files: list[str] = field(default_factory=list)
    signed_out: bool = True


def keep(user: User, typed: Typed, *, at: datetime) -> bool:
    """Keep what was typed, in place of an earlier state of the same form; False where it is far too much."""
    if sum(len(name) + len(value) for name, value in typed.values) > MOST_CHARACTERS:
        return False
    content: dict[str, Any] = {"path": typed.path, "page": typed.page, "values": typed.values, "files": typed.files}
    content["signed_out"] = typed.signed_out
    defaults = {"sealed": seal(content), "kept_at": at}
    KeptForm.objects.update_or_create(user=user, place=_hashed(typed.path), defaults=defaults)
    newest = KeptForm.objects.filter(user=user).order_by("-kept_at", "-pk").values("pk")[:MOST_FORMS]
    KeptForm.objects.filter(user=user).exclude(pk__in=list(newest.values_list("pk", flat=True))).delete()
    return True


def waits(user: User, *, at: datetime) -> bool:
    """Say whether anything was kept for this person."""
    return KeptForm.objects.filter(user=user, kept_at__gt=at - KEPT).exists()


def kept_for(user: User, *, at: datetime) -> list[Typed]:
    """Return what was kept for this person, the newest first."""
    rows = KeptForm.objects.filter(user=user, kept_at__gt=at - KEPT).order_by("-kept_at", "-pk")
    opened: list[Any] = [unseal(row.sealed, seconds=int(KEPT.total_seconds())) for row in rows]
    return [_typed(one) for one in opened if one is not None]


def drop(user: User, path: str) -> None:
    """Forget a form: it was sent, or is not wanted any more."""
    KeptForm.objects.filter(user=user, place=_hashed(path)).delete()


def forget_old(*, at: datetime) -> int:
    """Drop what was kept too long ago."""
    return KeptForm.objects.filter(kept_at__lte=at - KEPT).delete()[0]


def _typed(one: dict[str, Any]) -> Typed:
    values = [(name, value) for name, value in one["values"]]
    return Typed(one["path"], one["page"], values, one["files"], one["signed_out"])


def _hashed(path: str) -> str:
    return salted_hmac("accounts.kept_form", path, algorithm="sha256").hexdigest()
