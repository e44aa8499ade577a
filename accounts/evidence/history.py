"""Who applied before with the same things: badge, telephone, document, address, network, name."""

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from accounts.enums import ApplicationStatus
from accounts.evidence.finding import Finding, failed, look, passed, sentences
from accounts.models import AccessApplication

MOST = 50
_SHOWN = 5
# Colleagues sit behind one address, so a network tells only of applications that name another agency.
_NETWORK, _OWN_NETWORK = "network, for another agency", "network"
# What identifies a file beyond its content: a copy that was edited keeps it.
FILE_IDS = ("pdf_id", "xmp_document", "xmp_original")
_BAD = frozenset({ApplicationStatus.REJECTED, ApplicationStatus.SUSPENDED})


def seen_before(application: AccessApplication) -> Finding:
    """Name earlier applications that share something with this one; worst where one was declined or suspended."""
    found = {other.pk: other for other in others(application, alike(application))[:MOST]}
    shared = {other: _shared(application, other) for other in found.values()}
    telling = {other: what for other, what in shared.items() if what}
    if not telling:
        return passed(
            "Nobody else has this address, badge, phone, document or name, nor, for another agency, this network.",
            "Impostors try again and again. Here is no trace of it. Colleagues share a network: that is left out.",
        )
    ranked = sorted(telling, key=lambda other: (not _bad(other, telling[other]), -other.pk))
    said = [f"{other.reference}: the same {', '.join(telling[other])}" for other in ranked[:_SHOWN]]
    if len(ranked) > _SHOWN:
        said.append(f"and {len(ranked) - _SHOWN} more")
    if _bad(ranked[0], telling[ranked[0]]):
        return failed(sentences("; ".join(said)), "One of them was declined or suspended. Read why before you go on.")
    if all(other.user_id == application.user_id for other in telling):
        return passed(sentences("; ".join(said)), "They are earlier applications of the same person.")
    return look(sentences("; ".join(said)), "Colleagues share much, impostors too. Compare the applications.")


def _bad(other: AccessApplication, shared: Sequence[str]) -> bool:
    """Say whether it tells of an impostor; a network alone does not, because whole forces sit behind one address."""
    return other.status in _BAD and not set(shared) <= {_NETWORK, _OWN_NETWORK}


def others(application: AccessApplication, same: Q) -> QuerySet[AccessApplication]:
    """Return other applications that were ever sent and match, newest first."""
    rows = AccessApplication.objects.filter(same).exclude(pk=application.pk).exclude(submitted_at=None)
    return rows.select_related("agency", "identity_document").order_by("-submitted_at", "-pk")


def named(found: QuerySet[AccessApplication]) -> str:
    """Return the references of the first few, or nothing. The page shows what became of each by now."""
    rows = list(found[: _SHOWN + 1])
    return ", ".join(other.reference for other in rows[:_SHOWN]) + (", and more" if len(rows) > _SHOWN else "")


def same_ids(marks: dict[str, object]) -> Q:
    """Match applications whose document has one of these identifiers of a file."""
    wanted = Q(pk=None)
    for name in FILE_IDS:
        value = marks.get(name)
        if isinstance(value, str) and value.strip("0-"):
            wanted |= Q(**{f"document_marks__{name}": value})
    return wanted


def same_content(sha256: str) -> Q:
    """Match applications with the very same file; it is remembered when the file itself was deleted."""
    return Q(identity_document__sha256=sha256) | Q(document_marks__sha256=sha256) if sha256 else Q(pk=None)


def hash_of(application: AccessApplication) -> str:
    """Return the SHA-256 of the identity document, or nothing."""
    document = application.identity_document
    return document.sha256 if document else str(application.document_marks.get("sha256", ""))


def alike(application: AccessApplication) -> Q:
    """Match applications that may share something with this one: what each shares is looked at one by one."""
    local, _at, name = _plain(application.email).rpartition("@")
    same = Q(email=f"{local}@{name}") | Q(email__startswith=f"{local}+", email__endswith=f"@{name}")
    same |= same_content(hash_of(application)) | same_ids(application.document_marks)
    if application.phone:
        same |= Q(phone=application.phone)
    if application.place_hash:
        same |= Q(place_hash=application.place_hash)
    if application.agency_id:
        same |= Q(badge__iexact=application.badge, agency=application.agency_id) if application.badge else Q(pk=None)
        same |= Q(full_name__iexact=application.full_name, agency=application.agency_id)
    return same


def _shared(application: AccessApplication, other: AccessApplication) -> Sequence[str]:
    """Return what the two share, in words. Colleagues of one agency share their network: that says nothing."""
    same_agency = application.agency_id is not None and application.agency_id == other.agency_id
    checks = (
        ("address", _plain(other.email) == _plain(application.email)),
        ("badge number", same_agency and bool(other.badge) and other.badge.lower() == application.badge.lower()),
        ("phone", bool(application.phone) and other.phone == application.phone),
        ("document", bool(hash_of(application)) and hash_of(other) == hash_of(application)),
        ("origin of the document", _same_file(application.document_marks, other.document_marks)),
        ("name", same_agency and other.full_name.lower() == application.full_name.lower()),
        (
            _OWN_NETWORK if same_agency else _NETWORK,
            bool(application.place_hash)
            and other.place_hash == application.place_hash
            and (not same_agency or other.status in _BAD),
        ),
    )
    return [word for word, holds in checks if holds]


def _same_file(one: dict[str, object], other: dict[str, object]) -> bool:
    return any(one.get(name) and one.get(name) == other.get(name) for name in FILE_IDS)


def _plain(address: str) -> str:
    """Return the address without what stands behind a plus."""
    local, _at, name = address.rpartition("@")
    return f"{local.partition('+')[0]}@{name}"
