"""Every background task has a name of its own, a queue, a bound on its tries, and takes ids only."""

import inspect

import pytest

from fleetportal.celery import app

app.loader.import_default_modules()
TASKS = [task for name, task in sorted(app.tasks.items()) if not name.startswith("celery.")]
QUEUES = {"orders", "bulk", "mail", "usage"}


def test_there_are_tasks():
    assert TASKS


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_task_is_named_after_its_app_and_not_after_its_module(task):
    app_label, verb = task.name.split(".")
    assert app_label in {
        "sims",
        "jobs",
        "notifications",
        "operators",
        "accounts",
        "groupbundles",
        "billing",
        "tickets",
    }
    assert verb == task.run.__name__


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_task_says_its_queue(task):
    assert task.queue in QUEUES


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_lost_worker_loses_no_task_and_a_poisonous_task_ends(task):
    assert task.acks_late
    assert task.reject_on_worker_lost
    assert task.max_retries is not None
    assert task.max_retries <= 5
    assert task.default_retry_delay <= 30, "a longer wait would outlive the broker's visibility timeout"
    assert task.ignore_result


@pytest.mark.parametrize("task", TASKS, ids=lambda t: t.name)
def test_a_task_takes_ids_only(task):
    parameters = inspect.signature(task.run).parameters.values()
    assert all(p.annotation in (str, int) for p in parameters if p.name != "self")


def test_every_scheduled_task_exists():
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(app.tasks)
