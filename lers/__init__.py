"""The project: settings, URLs, Celery, WSGI, and the local runner behind `make run`."""

from lers.celery import app as celery_app

__all__ = ["celery_app"]
