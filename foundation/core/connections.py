"""The database connection of a thread that outlives requests: Django closes only those of requests and tasks."""

from django.db import DatabaseError, InterfaceError, connection


def drop_connection() -> None:
    """Close this thread's connection, also one whose server is gone; the next query opens another."""
    try:
        connection.close()
    except (DatabaseError, InterfaceError):
        connection.connection = None


def what_failed(error: DatabaseError | InterfaceError) -> str:
    """Return for the log whether the database is gone, or what it refuses: a right that is missing is no outage."""
    state = str(getattr(error.__cause__ or error, "pgcode", "") or "")
    # Class 08 is a lost connection, 57P the server going down; no code at all: it never answered.
    gone = not state or state.startswith(("08", "57P"))
    first = str(error).strip().partition("\n")[0]
    return f"Database gone: {first}" if gone else f"The database refuses ({state}): {first}"
