"""Hooks: addresses of pagers and of the company's own systems, called when something happens (Standard Webhooks).

`emit()` (emitting) writes the calls as rows in the caller's transaction; calling makes them; urgent makes the urgent
ones without Celery. What a receiver has to know stands in docs/hooks.md.
"""
