"""Faults planted on purpose: guards taken away, entries skipped, wrong querysets. The machine must find each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from accounts import guards
from accounts.models import User
from accounts.services import lost_factor, staff, suspensions
from foundation.core import workflow
from foundation.core.errors import NotAllowed
from preservation.models import PreservationHold
from preservation.services import life
from requests_app import permissions, querysets
from requests_app.enums import PackageStatus
from requests_app.events import Event
from requests_app.models import DataRequest, DisclosurePackage, Target
from requests_app.services import (
    call_backs,
    decisions,
    downloads,
    extending,
    lifting,
    packages,
    paper_looks,
    questions,
    triage,
)
from requests_app.views.staff import common


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


def _let_go_and_kept(patch: pytest.MonkeyPatch) -> None:
    real = life.release

    def release(hold: PreservationHold, **more: Any) -> Any:
        done = real(hold, **more)
        PreservationHold.objects.filter(pk=hold.pk).update(expires_at=hold.expires_at + timedelta(days=90))
        return done

    patch.setattr(life, "release", release)


def _signed_and_changed(patch: pytest.MonkeyPatch) -> None:
    real = decisions.sign

    def sign(proposal: Any, **more: Any) -> Any:
        done = real(proposal, **more)
        Target.objects.filter(data_request=proposal.data_request).update(account="ACC-OTHER")
        return done

    patch.setattr(decisions, "sign", sign)


def _another_entry(patch: pytest.MonkeyPatch) -> None:
    real = triage.record
    patch.setattr(triage, "record", lambda _event, **more: real(Event.NOTE_WRITTEN, **more))


def _never_over(patch: pytest.MonkeyPatch) -> None:
    real = downloads.refusal

    def refusal(package: Any, **more: Any) -> str | None:
        return None if package.status == PackageStatus.RELEASED else real(package, **more)

    patch.setattr(downloads, "refusal", refusal)


def _longer_when_opened(patch: pytest.MonkeyPatch) -> None:
    real = downloads.open_grant

    def open_grant(package: Any, **more: Any) -> Any:
        grant = real(package, **more)
        DisclosurePackage.objects.filter(pk=package.pk).update(expires_at=package.expires_at + timedelta(days=30))
        return grant

    patch.setattr(downloads, "open_grant", open_grant)


FAULTS: dict[str, Fault] = {
    "one person proposes and signs": Fault(
        _set(permissions, "involved", lambda _row: set()), "propose sign",
        "one person proposed and signed|proposal_second_person",  # the database has a word in it too
        people="both",
    ),
    "an act without its entry": Fault(
        _set(triage, "record", lambda *_args, **_more: None), "set_rank", "left no entry"
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
        _set(querysets.DataRequestQuerySet, "visible_to_staff", _staff_see_restricted), "draft", "too much"
    ),
    "suspended officers go on": Fault(
        _set(User, "is_officer", property(lambda self: self.membership is not None and not self.is_staff_member)),
        "suspend_officer suspend_agency", "too much",
    ),
    "what was stopped can be downloaded": Fault(_stopped_stays_open, "stop", "may download a package that is revoked"),
    "one person prepares and releases": Fault(
        _set(permissions, "had_a_hand_in", lambda *_who: ""), "release",
        "one person prepared and released|package_second_person", people="both",
    ),
    "records leave before the holder knows": Fault(
        _nobody_is_told, "release", "its notice is", people="per",
    ),
    "moves from any state": Fault(_any_source, "withdraw", "jumped", people="olsen"),
    "an outcome that no line says": Fault(
        _set(decisions, "outcome_of", lambda _lines: "none"), "sign", "its lines say", people="per",
    ),
    "anybody looks at what leaves": Fault(
        _set(paper_looks, "looking_refusal", lambda *_who: None), "read_papers", "may not", people="hal adam ana",
    ),
    "one person resets a factor": Fault(
        _set(lost_factor, "why_not_reset", lambda *_case, **_more: ""), "reset_factor",
        "without two other people|lostfactor", people="adam",
    ),
    "a look without its entry": Fault(
        _set(common, "record", lambda *_args, **_more: None), "look_at", "left no entry request.viewed"
    ),
    "an act with the entry of another": Fault(_another_entry, "set_rank", "left no entry request.rank_set"),
    "a hold goes on after it was let go": Fault(_let_go_and_kept, "release_hold", "is released, and goes on"),
    "what was signed changes afterwards": Fault(_signed_and_changed, "sign", "is not what was proposed", people="per"),
    "downloads never end": Fault(_never_over, "time_passes", "can be downloaded after"),
    "opening a download makes it longer": Fault(_longer_when_opened, "open_download", "nobody opened it again"),
    "anybody takes anything": Fault(
        _set(downloads, "refusal", lambda *_args, **_more: None), "download end_downloads time_passes", "took ",
    ),
    "who prepared opens again": Fault(
        _set(permissions, "had_a_hand_in", lambda *_who: ""), "reissue", "and opened its download",
        people="both",
    ),
    "one person keeps a freeze longer": Fault(
        _set(extending, "confirm_refusal", lambda *_case, **_more: None), "keep_longer",
        "checked an order and confirmed|second_person", people="both",
    ),
    "one person lifts a freeze": Fault(
        _set(lifting, "confirm_refusal", lambda *_case, **_more: None), "confirm_lift",
        "recorded a lift and confirmed|second_person", people="both",
    ),
    "one person gives a role": Fault(
        _set(staff, "second_refusal", lambda *_who, **_more: None), "propose_role confirm_role",
        "proposed a role and confirmed|rolechange", people="adam",
    ),
    "one person lets in": Fault(
        _set(guards, "_decision_refusal", lambda *_case: None),
        "let_in", "let in|application_second", people="both",
    ),
    "one person takes access and gives it back": Fault(
        _set(suspensions, "why_not_lifted", lambda *_case, **_more: []), "suspend_officer give_access_back",
        "took access and gave it back|suspension", people="per",
    ),
    "one person calls and vouches": Fault(
        _set(call_backs, "second_refusal", lambda *_case, **_more: ""), "vouch", "made a call and vouched|second",
        people="ana",
    ),
    "an answer shortens the time": Fault(_set(questions, "started_clock", _clock_back), "answer ask", "moved back"),
}  # fmt: skip
