"""Management commands about identifiers."""
