"""Time passes, and the sweeps of the portal run when it suits them."""

from datetime import timedelta

from preservation.services import sweeping
from requests_app.services import collecting, counsel, destruction, drafts, later, notices, packages, purging, questions
from requests_app.services.building import build_due
from tests.random.acts import act, once

AHEAD = (timedelta(hours=1), timedelta(hours=9), timedelta(days=1), timedelta(days=8), timedelta(days=31))


@act("system", once, quiet=True)
def time_passes(w, _nothing, by, how):
    """An hour, a day, a month."""
    w.clock.shift(AHEAD[how % len(AHEAD)])


@act("system", once, quiet=True)
def sweep_questions(w, _nothing, by, how):
    """Questions whose time is over, also those to counsel."""
    questions.sweep()
    counsel.sweep()


@act("system", once, quiet=True)
def tell_holders(w, _nothing, by, how):
    """Account holders whose time has come are told."""
    notices.send_due()


@act("system", once, quiet=True)
def work_on_packages(w, _nothing, by, how):
    """Packages that were dropped go on."""
    build_due()
    collecting.forget_dropped()


@act("system", once, quiet=True)
def end_downloads(w, _nothing, by, how):
    """Downloads end, files are deleted, what was asked for is closed."""
    packages.expire_due()
    later.close_due()
    purging.purge_due()
    destruction.chase_due()


@act("system", once, quiet=True)
def tidy_drafts(w, _nothing, by, how):
    """Old drafts go."""
    drafts.remove_old()


@act("system", once, quiet=True)
def sweep_holds(w, _nothing, by, how):
    """Holds are reminded of, and end."""
    sweeping.sweep()
