"""Who signed, opened and sent what, against the entries of those who did: what was written over it is found."""

import hashlib
from collections.abc import Iterator

from lers.gaps.reading import about, batches
from requests_app.events import Event as R
from requests_app.models import DataRequest, DisclosurePackage, DownloadGrant, Proposal

_SIGNED = (R.APPROVED, R.REFUSED, R.REDIRECTED)
_LET_OUT = (R.PACKAGE_RELEASED, R.PACKAGE_REISSUED)


def gaps() -> Iterator[str]:
    """Return a line for each signature that the trail does not know, or knows as another person's."""
    yield from _proposals()
    yield from _packages()
    yield from _grants()


def _proposals() -> Iterator[str]:
    for batch in batches(Proposal.objects.exclude(signed_by=None)):
        told = about(DataRequest, {row.data_request_id for row in batch}, _SIGNED)
        for row in batch:
            said = [entry for entry in told[str(row.data_request_id)] if entry.data.get("proposal") == row.number]
            what = f"requests_app.proposal {row.pk}"
            if not said:
                yield f"{what}: it is signed, and nobody signed it"
            elif said[-1].actor_id != str(row.signed_by_id):
                yield f"{what}: signed by user {row.signed_by_id}, the trail says user {said[-1].actor_id}"
            elif not said[-1].data.get("content_hash") == row.content_hash == _hash(row.content):
                yield f"{what}: what it says is not what was signed"


def _packages() -> Iterator[str]:
    for batch in batches(DisclosurePackage.objects.exclude(released_by=None)):
        told = about(DisclosurePackage, [row.pk for row in batch], _LET_OUT)
        for row in batch:
            who = {entry.actor_id for entry in told[str(row.pk)]}
            if str(row.released_by_id) not in who:
                words = f"the trail says user {', '.join(sorted(who))}" if who else "and nobody released it"
                yield f"requests_app.disclosurepackage {row.pk}: released by user {row.released_by_id}, {words}"


def _grants() -> Iterator[str]:
    """Compare who may download what with who opened a download: a row put in by hand hands records out."""
    for batch in batches(DownloadGrant.objects.select_related("package")):
        told = about(DataRequest, {row.package.data_request_id for row in batch}, [R.DOWNLOAD_OPENED])
        for row in batch:
            said = told[str(row.package.data_request_id)]
            if (str(row.user_id), row.package.number) not in {(each.actor_id, each.data["package"]) for each in said}:
                yield f"requests_app.downloadgrant {row.pk}: user {row.user_id} may download, and did not open it"


def _hash(words: str) -> str:
    return hashlib.sha256(words.encode()).hexdigest()
