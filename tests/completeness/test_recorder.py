"""The recorder finds a change without an entry, and only that."""

import pytest
from django.db import transaction

from foundation.audit.trail import record
from foundation.providers.models import Team
from tests.completeness import comparing, listed, recorder
from tests.people import make_provider


@pytest.fixture
def watched(committed_db):
    """A database with the recorder in it; the owner reads what it wrote."""
    with committed_db.owner() as cursor:
        recorder.install(cursor.connection, without=listed.UNWATCHED)
    return committed_db


def _gaps(database, after=0):
    with database.owner() as cursor:
        return comparing.gaps(cursor.connection, after=after)


def test_only_what_no_entry_is_about_is_found(watched):
    company = make_provider()
    with watched.owner() as cursor:
        begun = comparing.newest(cursor.connection)
    with transaction.atomic():
        team = Team.objects.create(provider=company, name="told")
        record("team.made", by=None, obj=team)
    with transaction.atomic():
        team.name = "told of what it belongs to"
        team.save()
        record("provider.changed", by=None, obj=company)
    with transaction.atomic():
        Team.objects.create(provider=company, name="taken back")
        transaction.set_rollback(True)
    assert _gaps(watched, begun) == []

    Team.objects.create(provider=company, name="of nothing")
    with transaction.atomic():
        Team.objects.filter(pk=team.pk).update(name="of another")
        record("agency.changed", by=None, object_type="accounts.agency", object_id="1")
    with watched.owner() as cursor:
        cursor.execute("UPDATE providers_team SET on_call_address = 'x@y.example'")  # by hand, past all code
    found = _gaps(watched, begun)
    assert [line.split(": ")[0] for line in found] == [
        "1 x INSERT providers_team (*)",
        "1 x UPDATE providers_team (name)",
        "2 x UPDATE providers_team (on_call_address)",
    ]
    assert "only of agency.changed" in found[1]
