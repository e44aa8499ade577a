"""The snapshot of a hold: what it covers, kept longer without a change, gone when it is released, and never seen."""

from datetime import UTC, datetime, timedelta

import pytest

from foundation.providers import jobs
from foundation.providers.connectors.base import Category
from foundation.providers.connectors.demo import cases
from foundation.providers.connectors.demo.connector import DemoConnector
from foundation.providers.models import ConnectorAct
from tests.people import make_provider

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)
UNTIL = datetime(2027, 2, 18, 23, 59, 59, tzinfo=UTC)
FROM, TO = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


def keep(provider, *, until=UNTIL, at=AT, hold="HD-26-1", **period):
    arguments = {"categories": ["registration", "transactions"], "until": until, "hold": hold, **period}
    job = jobs.ask(
        provider, ConnectorAct.PRESERVE, key=f"{hold}:{until:%Y-%m-%d}", owner_type="x", owner_id="1",
        account=cases.ACCOUNT_A, arguments=arguments, at=at,
    )  # fmt: skip
    return jobs.run(job, at).answer


@pytest.mark.django_db
def test_a_snapshot_says_what_it_holds_and_of_which_days():
    answer = keep(make_provider(), **{"from": FROM, "to": TO})
    files = {file["category"]: file for file in answer["files"]}
    assert answer["taken_at"] == AT.isoformat()
    assert (files["transactions"]["first_day"], files["transactions"]["last_day"]) == ("2026-03-01", "2026-05-31")
    assert (files["registration"]["first_day"], files["registration"]["last_day"]) == ("", "")
    whole = keep(make_provider(), hold="HD-26-2")
    assert {file["category"]: file["rows"] for file in whole["files"]}["transactions"] > files["transactions"]["rows"]
    assert whole["files"][-1]["last_day"] == "2026-11-20"


@pytest.mark.django_db
def test_kept_longer_it_is_the_same_snapshot_and_another_hold_has_its_own():
    provider = make_provider()
    first = keep(provider)
    later = AT + timedelta(days=80)
    again = keep(provider, until=UNTIL + timedelta(days=90), at=later)
    assert (again["files"], again["taken_at"]) == (first["files"], first["taken_at"])
    assert again["until"] != first["until"]
    assert keep(provider, hold="HD-26-2", at=later)["files"] != first["files"]


@pytest.mark.django_db
def test_a_release_says_when_the_copies_were_gone():
    provider = make_provider()
    keep(provider)
    gone = AT + timedelta(days=3)
    job = jobs.ask(
        provider, ConnectorAct.RELEASE, key="r", owner_type="x", owner_id="1", account=cases.ACCOUNT_A,
        arguments={"hold": "HD-26-1"}, at=gone,
    )  # fmt: skip
    assert jobs.run(job, gone).answer == {"hold": "HD-26-1", "at": gone.isoformat()}


@pytest.mark.django_db
def test_a_hold_changes_nothing_that_the_account_or_its_answers_show():
    """Exports and contacts are the same with and without; only the company's own question is answered differently."""
    provider = make_provider()
    demo = DemoConnector("meridian", provider.pk)

    def seen():
        files = demo.export(cases.ACCOUNT_A, list(Category), FROM, TO, at=AT)
        return [b"".join(file.chunks) for file in files], demo.contact(cases.ACCOUNT_A)

    before, free = seen(), demo.restrictions(cases.ACCOUNT_A)
    keep(provider)
    held = demo.restrictions(cases.ACCOUNT_A)
    assert seen() == before
    assert (free.keep, held.keep) == (False, True)
    assert vars(free).keys() == vars(held).keys() == {"account", "keep", "ask_legal"}
    assert "HD-26-1" not in repr(held)


@pytest.mark.django_db
def test_part_of_a_period_is_none():
    provider = make_provider()
    with pytest.raises(ValueError, match="preserve takes categories, hold, until"):
        jobs.ask(
            provider, ConnectorAct.PRESERVE, key="k", owner_type="x", owner_id="1", account="1",
            arguments={"categories": [], "until": UNTIL, "hold": "HD-26-1", "from": FROM},
        )  # fmt: skip
