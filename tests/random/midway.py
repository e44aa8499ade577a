"""What is half done when a life begins, so that acts that come late in a row of acts are one step away."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from accounts.models import AccessApplication, CallBack, User
from accounts.services import lost_factor, staff, vetting
from accounts.services.staff import Wanted
from requests_app.models import Clarification, DataRequest, DisclosurePackage, FreezeOrder
from requests_app.services import (
    building,
    call_backs,
    counsel,
    decisions,
    extending,
    freezing,
    later,
    lifting,
    notices,
    objections,
    packages,
    paper_looks,
)
from requests_app.services.freezing import Done
from tests.factories import request_at
from tests.preservation.holds import hold_of
from tests.requests_app.desk.pages import TERMS, produce_all
from tests.requests_app.freezes.cases import order_for, version_of
from tests.requests_app.kinds.cases import freeze_at

# The notes of the world, which imports this module.
World = Any


def furnish(w: World) -> None:
    """Leave everything where the next act is a rare one."""
    ana, per = w.person("ana"), w.person("per")
    both = w.person("both")
    made = [_lapsed(w), _advised(w), _called(w), _objected(w), _blocked(w, ana), _ended(w, per)]
    made += [_sealed(w, by=both, readers=(both, per), secrecy="2099-12-31"), _sealed(w, by=ana, readers=(per,))]
    made += _frozen(w, ana, per)
    for row in made:
        w.wrote(DataRequest.objects.get(pk=row.pk))
    for officer in ("olsen", "sol"):
        old = hold_of(w.person(officer), at=datetime(2026, 5, 1, 9, 0, tzinfo=UTC),
                      process_follows=False, process_follows_by=None)  # fmt: skip
        type(old).objects.filter(pk=old.pk).update(
            expires_at=datetime(2027, 9, 1, 9, 0, tzinfo=UTC), next_action_at=datetime(2027, 9, 1, 9, 0, tzinfo=UTC)
        )
        w.wrote_hold(old)
    _recommended(w, both)
    case = lost_factor.ask(w.person("hal"), reason="Stolen on the train")
    lost_factor.recognise(case, how="We sat at one table.", by=w.person("adam"))
    staff.propose(
        w.person("dora"), Wanted("grant", provider=w.provider, role="counsel"), reason="Both", by=w.person("adam")
    )


def _lapsed(w: World) -> DataRequest:
    row = request_at("lapsed", officer=w.person("olsen"), analyst=w.person("ana"), approver=w.person("per"))
    Clarification.objects.filter(data_request=row).update(closed_at=timezone.now(), due_at=timezone.now())
    return row


def _advised(w: World) -> DataRequest:
    """Counsel objects to what an analyst thinks of."""
    ana = w.person("ana")
    row = request_at("in_review", officer=w.person("olsen"), analyst=ana, approver=w.person("per"), matched=True)
    produce_all(row)
    referral = counsel.ask(row, question="May we?", by=ana)
    counsel.answer(referral, opinion="objects", advice="The judge did not sign it.", by=w.person("cleo"))
    return row


def _called(w: World) -> DataRequest:
    """An emergency that was confirmed by a way that a second person vouches for."""
    ana = w.person("ana")
    row = request_at("in_review", officer=w.person("olsen"), analyst=ana, kind="emergency", matched=True)
    call_backs.record(
        row, purpose="request", number=None, alternative="liaison", result="confirmed", spoke_to="Duty desk", by=ana
    )
    return row


def _granted(w: World, *, secrecy: str | None = None, officer: str = "olsen") -> DataRequest:
    ana, per = w.person("ana"), w.person("per")
    row = request_at("in_review", officer=w.person(officer), analyst=ana, approver=per, matched=True, secrecy=secrecy)
    for bar in row.non_disclosure_orders.all():
        notices.confirm_bar(bar, page="2", bars_until=bar.bars_until, by=ana)
    produce_all(row)
    proposal = decisions.propose(row, terms=TERMS, by=ana)
    decisions.sign(proposal, seen_hash=proposal.content_hash, by=per)
    return DataRequest.objects.get(pk=row.pk)


def _objected(w: World) -> DataRequest:
    """A holder was told, and said something against it; nobody decided about that."""
    row = _granted(w)
    notices.send_due(at=timezone.now() + timedelta(hours=1))
    for notice in row.notices.filter(status="sent")[:1]:
        objections.record_objection(
            notice, words="This was not me.", ticket="T-1", said_at=timezone.now() + timedelta(hours=1),
            at=timezone.now() + timedelta(hours=1), by=w.person("ana"),
        )  # fmt: skip
    return row


def _blocked(w: World, ana: User) -> DataRequest:
    """The company's systems gave more than was granted."""
    row = _granted(w, secrecy="2099-12-31")
    package = packages.start(row, by=ana)
    w.company.rows = ["{account},2001-01-01T00:00:00Z,10"]
    building.build(package.pk)
    w.company.rows = []
    return row


def _sealed(w: World, *, by: User, readers: tuple[User, ...], secrecy: str | None = None) -> DataRequest:
    """A package is built, and read by whoever releases it."""
    row = _granted(w, secrecy=secrecy)
    package = building.build(packages.start(row, by=by).pk)
    for document, _words in paper_looks.papers(package):
        for reader in readers:
            paper_looks.note_look(package, document, by=reader)
    return row


def _ended(w: World, per: User) -> DataRequest:
    """A download ended, and the officer asks for the records again."""
    row = _granted(w, secrecy="2099-12-31")
    package = building.build(packages.start(row, by=w.person("both")).pk)
    for document, _words in paper_looks.papers(package):
        for reader in (per, w.person("both")):
            paper_looks.note_look(package, document, by=reader)
    packages.release(package, by=per)
    DisclosurePackage.objects.filter(pk=package.pk).update(expires_at=timezone.now())
    packages.expire_due(at=timezone.now())
    row.refresh_from_db()
    later.ask(row, kind="reissue", words="The disk broke.", package=package, by=row.officer)
    return row


def _frozen(w: World, ana: User, per: User) -> list[DataRequest]:
    """Freezes in force: one that ends soon, one with a lift recorded, two with a later version, one checked."""
    rows = []
    for stage, officer in enumerate(("olsen", "olsen", "olsen", "sol")):
        row = freeze_at(
            "granted", officer=w.person(officer), analyst=ana, approver=per, matched=True,
            freeze={"expires_on": date(2027, 1, 15)},
        )  # fmt: skip
        order_for(row)
        lines = freezing.to_do(row)
        each = Decimal("2.5") / len(lines)
        done = Done("in_full", timezone.now(), each, each)
        freezing.record_done(row, {line.pk: done for _number, line in lines}, by=ana)
        freezing.confirm(row, seen=freezing.stamp(freezing.order_of(row)), by=per)
        row = DataRequest.objects.get(pk=row.pk)
        if stage == 1:
            lifting.begin(row, cause="mistake", reason="Another man of this name", by=ana)
            lifting.record_done(row, done_at=timezone.now(), by=w.person("both"))
        if stage in {2, 3}:
            version = version_of(row, until=date(2027, 6, 30))
            number = call_backs.usable_numbers(row)[0]
            call_backs.record(
                row, purpose="request", number=number, result="confirmed", spoke_to="The chief", by=ana,
                at=timezone.now() + timedelta(minutes=1),
            )  # fmt: skip
            if stage == 2:
                extending.check(row, version_id=version.pk, by=w.person("both"))
        rows.append(row)
    assert FreezeOrder.objects.exclude(confirmed_at=None).count() == len(rows)
    return rows


def _recommended(w: World, by: User) -> None:
    """An application waits for the second person."""
    row = AccessApplication.objects.get(user=w.people["ned"])
    vetting.take(row, by=by)
    number = row.agency.numbers.first()
    vetting.record_call_back(row, by=by, number=number, alternative="", result="confirmed", spoke_to="Personnel office")
    vetting.recommend(AccessApplication.objects.get(pk=row.pk), reason="The agency knows her", by=by)
    assert CallBack.objects.filter(result="confirmed").exists()
