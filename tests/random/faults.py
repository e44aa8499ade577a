"""Faults planted on purpose: guards taken away, entries skipped, wrong querysets. The machine must find each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from accounts.models import User
from accounts.services import lost_factor
from foundation.core import workflow
from foundation.core.errors import NotAllowed
from requests_app import permissions, querysets
from requests_app.enums import PackageStatus
from requests_app.models import DataRequest
from requests_app.services import decisions, downloads, packages, paper_looks, questions, triage


@dataclass(frozen=True)
class Fault:
    """One planted fault: the acts of its part of the portal, and what the judge must say."""

    plant: Callable[[pytest.MonkeyPatch], None]
    acts: str
    says: str
    # Who acts; everybody where nobody is named.
    people: str = ""


def _set(where: Any, name: str, value: Any) -> Callable[[pytest.MonkeyPatch], None]:
    return lambda patch: patch.setattr(where, name, value)


def _stopped_stays_open(patch: pytest.MonkeyPatch) -> None:
    real = downloads.refusal

    def refusal(package: Any, **more: Any) -> str | None:
        return None if package.status == PackageStatus.REVOKED else real(package, **more)

    patch.setattr(downloads, "refusal", refusal)


def _nobody_is_told(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(packages.notices, "check_for_release", lambda *_args, **_more: None)
    patch.setattr(permissions, "notices_refusal", lambda *_args: None)


def _any_source(patch: pytest.MonkeyPatch) -> None:
    def find(self: workflow.Machine, action: str, source: str) -> workflow.Transition | None:
        return next(iter(self.by_action.get(str(action), ())), None)

    patch.setattr(workflow.Machine, "find", find)


def _refused_too_late(patch: pytest.MonkeyPatch) -> None:
    def set_rank(data_request: DataRequest, *, rank: int, by: User) -> None:
        DataRequest.objects.filter(pk=data_request.pk).update(title="Changed")
        raise NotAllowed("Too late.")

    patch.setattr(triage, "set_rank", set_rank)


def _staff_see_restricted(self: Any, user: User) -> Any:
    return self._at_providers_of(user) if "see_queue" in user.permissions else self.none()


def _everything_sent(self: Any, _user: User) -> Any:
    return self.filter(submitted_at__isnull=False).exclude(status="draft")


def _whole_agency(self: Any, user: User) -> Any:
    member = user.membership
    return self.filter(agency=member.agency) if member else self.none()


def _clock_back(row: DataRequest, at: Any) -> dict[str, Any]:
    return {"deadline_at": at, "clock_stopped_at": None}


FAULTS: dict[str, Fault] = {
    "one person proposes and signs": Fault(
        _set(permissions, "involved", lambda _row: set()), "propose sign",
        "one person proposed and signed|proposal_second_person",  # the database has a word in it too
    ),
    "an act without its entry": Fault(
        _set(triage, "record", lambda *_args, **_more: None), "give_back set_rank", "left no entry"
    ),
    "a move without its entry": Fault(
        _set(workflow, "record", lambda *_args, **_more: None), "take withdraw submit", "left no entry"
    ),
    "a refusal that came too late": Fault(_refused_too_late, "set_rank", "was refused, and changed"),
    "officers see their whole agency's": Fault(
        _set(querysets.DataRequestQuerySet, "visible_to", _whole_agency), "submit let_follow end_lead", "too much"
    ),
    "conflicts are forgotten": Fault(
        _set(querysets.DataRequestQuerySet, "_at_providers_of", _everything_sent), "declare_conflict", "too much"
    ),
    "restricted requests are shown": Fault(
        _set(querysets.DataRequestQuerySet, "visible_to_staff", _staff_see_restricted), "restrict submit", "too much"
    ),
    "suspended officers go on": Fault(
        _set(User, "is_officer", property(lambda self: self.membership is not None and not self.is_staff_member)),
        "suspend_officer suspend_agency", "too much",
    ),
    "what was stopped can be downloaded": Fault(_stopped_stays_open, "stop", "may download a package that is revoked"),
    "one person prepares and releases": Fault(
        _set(permissions, "had_a_hand_in", lambda *_who: ""), "prepare build read_papers release",
        "one person prepared and released|package_second_person", people="both",
    ),
    "records leave before the holder knows": Fault(
        _nobody_is_told, "prepare build read_papers release", "its notice is", people="ana per",
    ),
    "moves from any state": Fault(_any_source, "take withdraw", "jumped", people="olsen ana"),
    "an outcome that no line says": Fault(
        _set(decisions, "outcome_of", lambda _lines: "none"), "propose sign", "its lines say", people="ana per",
    ),
    "anybody looks at what leaves": Fault(
        _set(paper_looks, "looking_refusal", lambda *_who: None), "read_papers", "may not", people="hal adam ana",
    ),
    "one person resets a factor": Fault(
        _set(lost_factor, "why_not_reset", lambda *_case, **_more: ""), "lose_factor recognise reset_factor",
        "without two other people|lostfactor", people="adam hal",
    ),
    "an answer shortens the time": Fault(_set(questions, "started_clock", _clock_back), "answer ask", "moved back"),
}  # fmt: skip
