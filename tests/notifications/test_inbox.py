"""Messages read by signing in."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth import get_user_model

from foundation.notifications.inbox import inbox_for, mark_read, unread_count
from foundation.notifications.outbox import send

AT = datetime(2026, 11, 18, 9, 6, tzinfo=UTC)


class Reader:
    """Stands for a user of the app above: a row of its table, seen as this app sees it."""

    def __init__(self, pk: int, email: str) -> None:
        self.pk, self.email = pk, email
        self.language, self.time_zone, self.digest = "en", "UTC", "now"

    def get_full_name(self) -> str:
        return self.email.partition("@")[0].title()


@pytest.fixture
def readers(db) -> list[Reader]:
    model = get_user_model()
    names = ["ingrid@agency.example", "jonas@agency.example"]
    rows = [model(email=name, **({"username": name} if hasattr(model, "username") else {})) for name in names]
    return [Reader(row.pk, row.email) for row in model.objects.bulk_create(rows)]


def tell(reader: Reader, number: int):
    return send(
        "sample",
        dedupe_key=f"{reader.pk}:{number}",
        to_user=reader,
        context={"by_when": "tomorrow"},
        at=AT + timedelta(minutes=number),
    )


def test_an_inbox_has_its_readers_messages_newest_first(readers):
    ingrid, jonas = readers
    first, second = tell(ingrid, 1), tell(ingrid, 2)
    tell(jonas, 3)
    assert list(inbox_for(ingrid)) == [second, first]
    assert (first.to_address, first.body_text.splitlines()[0]) == (ingrid.email, "Hello Ingrid,")


def test_reading_counts_down_once(readers):
    ingrid, _ = readers
    row = tell(ingrid, 1)
    tell(ingrid, 2)
    assert unread_count(ingrid) == 2
    assert mark_read(row, by=ingrid, at=AT).read_at == AT
    assert mark_read(row, by=ingrid, at=AT + timedelta(days=1)).read_at == AT
    assert unread_count(ingrid) == 1


def test_nobody_reads_another_persons_message(readers):
    ingrid, jonas = readers
    row = tell(ingrid, 1)
    assert mark_read(row, by=jonas).read_at is None
    assert unread_count(ingrid) == 1
