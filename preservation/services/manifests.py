"""What was kept for a hold, account by account, out of the instructions that were carried out: pure functions.

One snapshot for each account: the first. Every later answer of the company's systems, after an extension, is compared
with it hash by hash.
"""

from collections.abc import Iterable
from typing import Any

from foundation.core.jobs import JobState
from foundation.providers.models import ConnectorAct, ConnectorJob

Manifest = dict[str, Any]


def manifests(instructions: Iterable[ConnectorJob]) -> list[Manifest]:
    """Return the manifest of each account: account, hold, taken_at, until, files, digest, checks, released_at.

    checks: {"at", "until", "same"}, and where the files were not the same also "files" and "digest" as they came.
    released_at: when the company's systems had deleted the copies, empty while they keep them. Times are ISO text.
    """
    found: dict[str, Manifest] = {}
    for job in sorted(instructions, key=lambda job: job.pk):
        if job.state != JobState.DONE:
            continue
        if job.act == ConnectorAct.PRESERVE and job.account not in found:
            found[job.account] = {**job.answer, "checks": [], "released_at": ""}
        elif job.act == ConnectorAct.PRESERVE:
            _compare(found[job.account], job)
        elif job.act == ConnectorAct.RELEASE and job.account in found:
            found[job.account]["released_at"] = gone_at(job)
    return list(found.values())


def gone_at(job: ConnectorJob) -> str:
    """Return when the copies were gone, as the company's systems said it; else when they were done."""
    finished = job.finished_at.isoformat() if job.finished_at else ""
    return str(job.answer.get("at") or finished)


def not_the_same(found: Iterable[Manifest]) -> set[str]:
    """Return the accounts whose copies were at any time not what was first kept, each with how often."""
    return {
        f"{manifest['account']}:{number}"
        for manifest in found
        for number, check in enumerate(manifest.get("checks", []))
        if not check["same"]
    }


def _compare(first: Manifest, job: ConnectorJob) -> None:
    """Note on the first manifest how a later answer compares, and until when the copies are kept now."""
    later = job.answer
    same = _hashes(first) == _hashes(later)
    check = {
        "at": job.finished_at.isoformat() if job.finished_at else "", "until": later.get("until", ""), "same": same,
    }  # fmt: skip
    if not same:
        check |= {"files": later.get("files", []), "digest": later.get("digest", "")}
    first["checks"].append(check)
    first["until"] = later.get("until", first.get("until", ""))


def _hashes(manifest: Manifest) -> list[tuple[str, int, str]]:
    return sorted((str(f["name"]), int(f["size"]), str(f["sha256"])) for f in manifest.get("files", []))
