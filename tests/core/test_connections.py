"""What the log of a loop that outlives requests says of a database that does not do what is asked."""

import pytest
from django.db import OperationalError, ProgrammingError, connection, transaction

from foundation.core.connections import what_failed
from foundation.notifications import urgent


def of(kind, text, code=None):
    error = kind(text)
    error.__cause__ = type("Cause", (Exception,), {"pgcode": code})()
    return error


@pytest.mark.parametrize(
    ("error", "begins"),
    [
        (of(OperationalError, "connection refused\nIs the server running?"), "Database gone: connection refused"),
        (of(OperationalError, "terminating connection", "57P01"), "Database gone: "),
        (of(ProgrammingError, "permission denied for table x", "42501"), "The database refuses (42501): permission"),
        (of(OperationalError, "canceling statement", "57014"), "The database refuses (57014): "),
    ],
)
def test_a_refusal_is_not_told_as_an_outage(error, begins):
    said = what_failed(error)
    assert said.startswith(begins)
    assert "\n" not in said


@pytest.mark.django_db
def test_the_urgent_loop_says_which_right_is_missing(monkeypatch, caplog):
    loop = urgent.UrgentLoop()

    def without_a_right():
        loop.stop()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE audit_auditevent")

    monkeypatch.setattr(loop, "_listen", without_a_right)
    monkeypatch.setattr(urgent, "drop_connection", lambda: None)
    loop.run()
    [said] = [row.getMessage() for row in caplog.records if row.name == urgent.__name__]
    assert said.startswith("The database refuses (42501): permission denied")
    assert "Database gone" not in said
