"""Freezes that are carried out, by our systems or by people, for the tests of their end."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from foundation.core.identifiers import IdentifierKind
from foundation.providers import jobs
from foundation.providers.connectors.demo import cases
from foundation.providers.models import ConnectorJob
from requests_app.enums import FreezeAct
from requests_app.models import DataRequest, LegalProcess, OrderUse, OrderVersion
from requests_app.services import freeze_jobs, freezing
from requests_app.services.freezing import Done
from tests.people import make_staff
from tests.requests_app.kinds.cases import WALLET, freeze_at

TRANSFER = {"act": FreezeAct.TRANSFER, "destination": WALLET, "destination_network": "bitcoin"}


def granted(*, last_day=None, amount="0.01", accounts=(cases.ACCOUNT_C,), **changes):
    """A granted freeze of accounts of the demo company, under an order, that nobody carried out yet."""
    freeze = {"amount": Decimal(amount) if amount else None, "everything": not amount, "expires_on": last_day}
    row = freeze_at("granted", freeze=freeze | changes, identifiers=[(IdentifierKind.UID, uid) for uid in accounts])
    for target in row.targets.all():
        target.account = target.normalised
        target.save()
    order_for(row)
    return row


def order_for(row):
    """Put an order under the freeze and its lines."""
    at = row.submitted_at
    process = LegalProcess.objects.create(
        agency=row.agency, process_type=row.process_type, issuing_authority="Nordvik District Court", created_at=at,
        signatory="Judge A. Berg", docket="26-109155",
    )  # fmt: skip
    OrderUse.objects.create(data_request=row, process=process, added_at=at)
    version = OrderVersion.objects.create(process=process, issued_on=at.date(), received_at=at)
    row.lines.update(order_version=version)
    row.freeze.process = process
    row.freeze.save(update_fields=["process"])
    return process


def version_of(row, relation="extends", *, until=None, at=None):
    """Add a later version of the order, as the officer does."""
    at = at or timezone.now()
    process = row.freeze.process
    return OrderVersion.objects.create(
        process=process, number=process.versions.count() + 1, relation=relation, issued_on=at.date(), valid_until=until,
        received_at=at,
    )  # fmt: skip


def run_jobs(at=None):
    """Let our systems answer everything they were asked, and take the answers over."""
    for job in ConnectorJob.objects.all():
        jobs.run(job, at or timezone.now())
    return freeze_jobs.take_over_due(at=at)


def confirmed(row):
    """The second person confirms what is recorded."""
    seen = freezing.stamp(freezing.order_of(row))
    freezing.confirm(row, seen=seen, by=row.test_people.approver)
    return fresh(row)


def by_systems(**changes):
    """A freeze that our own systems did and that is in force."""
    row = granted(**changes)
    freeze_jobs.instruct(row, by=row.test_people.analyst)
    run_jobs()
    return confirmed(row)


def by_hand(**changes):
    """A freeze that people did and that is in force."""
    row = granted(**changes)
    asked = row.freeze.amount or Decimal(3)
    done = {line.pk: Done("in_full", timezone.now(), asked, asked) for _n, line in freezing.to_do(row)}
    freezing.record_done(row, done, by=row.test_people.analyst)
    return confirmed(row)


def fresh(row):
    """The row as it stands, with the people of the test."""
    people, row = row.test_people, DataRequest.objects.get(pk=row.pk)
    row.test_people = people
    return row


def day(offset: int):
    """The day so many days from now, in UTC."""
    return (timezone.now() + timedelta(days=offset)).date()


def after(row, **time) -> datetime:
    """A moment after the end of the freeze."""
    return row.freeze.ends_at + timedelta(**time)


def both(*roles):
    """Somebody with all these roles."""
    return make_staff(*roles)
