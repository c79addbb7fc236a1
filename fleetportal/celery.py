"""The Celery application. Messages only wake a worker up; what is due stands in PostgreSQL."""

import os
from typing import Any

from celery import Celery
from django.dispatch import receiver
from django_structlog.celery.signals import bind_extra_task_metadata
from django_structlog.celery.steps import DjangoStructLogInitStep
from structlog.contextvars import bind_contextvars

from fleetportal.heartbeat import Heartbeat

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fleetportal.settings")

app = Celery("fleetportal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(DjangoStructLogInitStep)
app.steps["consumer"].add(Heartbeat)
app.autodiscover_tasks()


@receiver(bind_extra_task_metadata)
def name_task_in_log(task: Any, **kwargs: Any) -> None:
    bind_contextvars(task=task.name)
