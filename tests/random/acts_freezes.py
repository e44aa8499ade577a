"""Freezes: recorded and confirmed, kept longer, and lifted."""

from datetime import timedelta
from decimal import Decimal

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from requests_app.models import DataRequest
from requests_app.services import extending, freeze_orders, freezing, lifting
from requests_app.services.freezing import Done
from tests.random.acts import act, requests
from tests.random.world import World, now
from tests.requests_app import changed_orders


def _held(_world: World) -> list[DataRequest]:
    """All requests under which assets are kept."""
    held = freeze_orders.in_force().values("data_request")
    return list(DataRequest.objects.filter(pk__in=held).select_related("officer", "agency", "provider").order_by("pk"))


def _lift(row):
    return lifting.lift_of(row.freeze)


def _lifts(row):
    return lifting.is_open(_lift(row))


def _newer(row):
    return extending.waiting(row)


def _checked(row):
    version = extending.waiting(row)
    return version is not None and extending.extension_of(row, version) is not None


def _order_letter():
    return SimpleUploadedFile("lifted.pdf", b"%PDF-1.7 the court lifts it", "application/pdf")


@act("analyst", requests, meant=lambda row: row.kind == "freeze" and row.status == "granted")
def record_freeze(w, row, by, how):
    """An analyst writes down what was frozen."""
    lines, freeze = freezing.to_do(row), freezing.order_of(row)
    each = ((freeze and freeze.amount) or Decimal(3)) / (len(lines) or 1)
    found = Done("in_full", now() - timedelta(seconds=1), each, each)
    freezing.record_done(row, {line.pk: found for _number, line in lines}, by=by)


def _recorded(row):
    return row.kind == "freeze" and row.status == "granted" and row.freeze.recorded_at is not None


@act("approver", requests, meant=_recorded)
def confirm_freeze(w, row, by, how):
    """A second person confirms it."""
    freeze = freezing.order_of(row)
    freezing.confirm(row, seen=freezing.stamp(freeze) if freeze else "", by=by)


@act("owner", requests, meant=lambda row: row.kind == "freeze" and row.status == "closed" and not _lifts(row))
def ask_lift(w, row, by, how):
    """The officer asks that the freeze ends."""
    lifting.ask(row, reason="The court lifted it", upload=_order_letter(), by=by)


@act("analyst", requests, meant=lambda row: row.kind == "freeze" and row.status == "closed" and not _lifts(row))
def begin_lift(w, row, by, how):
    """An analyst starts to lift it."""
    lifting.begin(row, cause=["mistake", "transferred"][how % 2], reason="Another man", by=by)


@act("system", lambda _world: [None], quiet=True)
def sweep_freezes(w, _nothing, by, how):
    """Freezes whose last day is over are to be lifted."""
    lifting.sweep()


@act("analyst", _held, meant=_lifts)
def record_lift(w, row, by, how):
    """An analyst writes down when it was lifted."""
    lifting.record_done(row, done_at=now(), by=by)


@act("approver", _held, meant=lambda row: _lifts(row) and _lift(row).recorded_at is not None)
def confirm_lift(w, row, by, how):
    """A second person confirms it."""
    lift = lifting.lift_of(row.freeze)
    lifting.confirm(row, seen=lifting.stamp(lift), by=by)


@act("approver", _held, meant=lambda row: _lifts(row) and _lift(row).recorded_at is None)
def decline_lift(w, row, by, how):
    """A second person turns it down."""
    lifting.decline(row, reason="The letter names another account", by=by)


@act("owner", _held, meant=lambda row: row.orders.exists() and not _newer(row), quiet=True)
def order_goes_on(w, row, by, how):
    """The officer sends a later version of the order: it changes nothing by itself."""
    until = (now() + timedelta(days=[30, 90, 365][how % 3])).date()
    if row.orders.exists():
        with transaction.atomic():  # the copy goes with it
            changed_orders.add(row, ["extends", "replaces", "narrows"][how % 3], days=0, until=until, by=by)


@act("analyst", _held, meant=lambda row: _newer(row) and not _checked(row))
def check_version(w, row, by, how):
    """An analyst checks what a later version of the order changes."""
    version = extending.waiting(row)
    extending.check(row, version_id=version.pk if version else 0, by=by)


@act("approver", _held, meant=_checked)
def keep_longer(w, row, by, how):
    """A second person confirms it: the end moves."""
    version = extending.waiting(row)
    extending.confirm(row, version_id=version.pk if version else 0, by=by)


@act("approver", _held, meant=_newer)
def not_longer(w, row, by, how):
    """A later version changes nothing."""
    version = extending.waiting(row)
    extending.decline(row, version_id=version.pk if version else 0, reason="It is not signed.", by=by)
