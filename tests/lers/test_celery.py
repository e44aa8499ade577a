"""Beat and worker agree: every sweep on the schedule is a task that the worker knows."""

from lers.celery import app


def test_every_scheduled_task_is_known() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled
    assert scheduled - set(app.tasks) == set()
