"""PostgreSQL's 64-bit transaction number as a model field."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    _Field = models.Field[int, int]
else:
    _Field = models.Field


class Xid8Field(_Field):
    """A transaction number that never wraps (xid8), an int in Python."""

    description = "Transaction number (xid8)"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the column type; only PostgreSQL has it."""
        return "xid8"

    def from_db_value(self, value: str | None, expression: object, connection: BaseDatabaseWrapper) -> int | None:
        """Return the number: psycopg2 gives types that it does not know as text."""
        return None if value is None else int(value)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        """Return the number as text, because xid8 compares with a literal but not with an integer."""
        value = super().get_db_prep_value(value, connection, prepared)
        return str(value) if isinstance(value, int) else value


class CurrentTransaction(models.Func):
    """The number of the transaction that writes the row."""

    function = "pg_current_xact_id"
    arity = 0
    output_field = Xid8Field()
