"""`make drill`: breaks things under a running portal on purpose, and counts what became of every message."""
