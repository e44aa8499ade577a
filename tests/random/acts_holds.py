"""Holds: asked for, accepted, extended, let go, ended."""

from datetime import timedelta

from preservation.models import HoldExtension, PreservationHold
from preservation.services import accepting, ending_early, extensions, life, placing
from preservation.services import followers as hold_followers
from preservation.services.drafts import delete
from tests.preservation.holds import draft_of
from tests.random.acts import act, once
from tests.random.world import World, now

RUNNING = ["active", "process_served", "on_treaty"]


def holds(_world: World) -> list[PreservationHold]:
    """All holds."""
    return list(PreservationHold.objects.select_related("officer", "agency", "provider").order_by("pk"))


def all_extensions(_world: World) -> list[HoldExtension]:
    """All extensions."""
    return list(HoldExtension.objects.select_related("hold__officer", "hold__agency").order_by("pk"))


@act("officer", once)
def draft_hold(w, _nothing, by, how):
    """An officer writes down what is to be kept."""
    w.wrote_hold(draft_of(by, at=now()))


@act("owner", holds, of=["draft"])
def ask_hold(w, hold, by, how):
    """The officer sends a hold."""
    hold = placing.request(hold, version=hold.lock_version, by=by)
    case = w.notes.holds[hold.pk]
    case.sent = case.with_us = True


@act("owner", holds, of=["draft"])
def delete_hold(w, hold, by, how):
    """The officer deletes a draft."""
    pk = hold.pk
    delete(hold, by=by)
    del w.notes.holds[pk]


@act("preservation_admin", holds, meant=lambda hold: hold.acceptance == "pending")
def accept_hold(w, hold, by, how):
    """One person takes a hold as it was asked for."""
    accepting.accept(hold, by=by)


@act("preservation_admin", holds, meant=lambda hold: hold.acceptance == "pending")
def decline_hold(w, hold, by, how):
    """One person turns a hold down."""
    accepting.decline(hold, code="other", reason="Nothing is named.", by=by)


@act("owner", holds, of=RUNNING, quiet=True)
def release_hold(w, hold, by, how):
    """The officer needs it no more."""
    life.release(hold, reason="Solved", by=by)


@act("owner", holds, of=RUNNING, quiet=True)
def ask_extension(w, hold, by, how):
    """The officer asks for more time."""
    extensions.ask(hold, reason="We wait for a court", by=by)


@act("preservation_admin", all_extensions, of=["requested"])
def grant_extension(w, extension, by, how):
    """Somebody of the desk grants more time."""
    extensions.grant(extension, by=by)


@act("preservation_admin", all_extensions, of=["requested"])
def refuse_extension(w, extension, by, how):
    """Somebody of the desk refuses more time."""
    extensions.refuse(extension, reason="Nothing follows", by=by)


@act("preservation_admin", holds, of=["active"])
def start_treaty(w, hold, by, how):
    """A treaty request is under way."""
    life.start_treaty(hold, reason="MLA of 1 Nov", by=by)


@act("preservation_admin", holds, of=["on_treaty"])
def end_treaty(w, hold, by, how):
    """The treaty request is over."""
    life.end_treaty(hold, reason="Answered", by=by)


def _is_old(hold):
    announced = hold.process_follows_by is not None and hold.process_follows_by >= now().date()
    return hold.status == "active" and not announced and hold.starts_at <= now() - timedelta(days=180)


@act("preservation_admin", holds, meant=_is_old)
def end_early(w, hold, by, how):
    """Somebody of the desk ends a hold that nothing followed."""
    ending_early.end_early(hold, reason="Nothing followed for a year", by=by)


@act("owner", holds, meant=lambda hold: hold.status in ["draft", *RUNNING], quiet=True)
def let_follow_hold(w, hold, by, how):
    """The officer lets a colleague follow a hold."""
    name = sorted(w.notes.agency)[how % len(w.notes.agency)]
    hold_followers.add(hold, w.person(name), by=by)
    w.notes.holds[hold.pk].followers.add(name)
