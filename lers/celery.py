"""Celery: hurries rows that are already jobs, and beats the sweeps that find what was dropped."""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lers.settings")

app = Celery("lers")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Every entry is a sweep that costs what is due, not what is stored.
app.conf.beat_schedule = {
    "notifications-sweep": {"task": "notifications.sweep", "schedule": 10.0},
    "notifications-gather": {"task": "notifications.gather", "schedule": 60.0},
    "notifications-call-hooks": {"task": "notifications.call_hooks", "schedule": 10.0},
    "notifications-take-bounces": {"task": "notifications.take_bounces", "schedule": 60.0},
    "notifications-remind": {"task": "notifications.remind", "schedule": 20.0},
    "notifications-forget": {"task": "notifications.forget", "schedule": 86_400.0},
    "documents-sweep": {"task": "documents.sweep", "schedule": 15.0},
    "audit-seal": {"task": "audit.seal", "schedule": 15.0},
    "audit-verify": {"task": "audit.verify", "schedule": crontab(hour="3", minute="10")},
    "audit-verify-missed": {"task": "audit.verify_missed", "schedule": crontab(minute="25")},
    "notifications-pulse": {"task": "notifications.pulse", "schedule": 15.0},
    "audit-anchor": {"task": "audit.anchor", "schedule": 60.0},
    "providers-forget-calls": {"task": "providers.forget_calls", "schedule": 600.0},
    "providers-sweep": {"task": "providers.sweep", "schedule": 15.0},
    "accounts-sweep": {"task": "accounts.sweep", "schedule": 60.0},
    "accounts-verify-again": {"task": "accounts.verify_again", "schedule": 60.0},
    "accounts-look-after-staff": {"task": "accounts.look_after_staff", "schedule": 300.0},
    "preservation-sweep": {"task": "preservation.sweep", "schedule": 30.0},
    "preservation-plan": {"task": "preservation.plan", "schedule": 21_600.0},
    "requests-sweep": {"task": "requests.sweep", "schedule": 15.0},
    "requests-count-figures": {"task": "requests.count_figures", "schedule": 60.0},
    "requests-read-mailbox": {"task": "requests.read_mailbox", "schedule": 60.0},
    "requests-weekly-report": {"task": "requests.weekly_report", "schedule": 600.0},
    "requests-watch-searches": {"task": "requests.watch_searches", "schedule": 900.0},
}

# Steps of niceness of a worker: pages, and the urgent loop that tells of emergencies, go before what can wait.
WORKER_NICENESS = 10


@worker_init.connect
def give_way(**_sent: Any) -> None:
    """Let the worker, and its processes after it, run behind everything else on the machine."""
    os.nice(WORKER_NICENESS)
