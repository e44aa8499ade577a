"""`make run`: everything the portal needs, on one machine, started and stopped together."""
