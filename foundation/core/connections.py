"""The database connection of a thread that outlives requests: Django closes only those of requests and tasks."""

from django.db import DatabaseError, InterfaceError, connection


def drop_connection() -> None:
    """Close this thread's connection, also one whose server is gone; the next query opens another."""
    try:
        connection.close()
    except (DatabaseError, InterfaceError):
        connection.connection = None
