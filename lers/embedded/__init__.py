"""PostgreSQL and Valkey out of PyPI wheels, so that a clone runs without anything installed or configured."""
