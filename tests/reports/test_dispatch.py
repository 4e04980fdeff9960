"""To the worker where there is a broker, else to a thread; never inside the request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from celery.exceptions import OperationalError
from django.conf import settings as project

from reports import dispatch, tasks


def test_with_a_broker_the_task_is_sent(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    calls: list[tuple[int, ...]] = []
    monkeypatch.setattr(
        tasks.build_report, "apply_async", lambda args, **options: calls.append(args)
    )

    dispatch._hand_over(7)

    assert calls == [(7,)]


def test_unreachable_broker_is_no_error_for_who_asks(
    settings: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    def refuse(args: tuple[int], **options: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(tasks.build_report, "apply_async", refuse)

    dispatch._hand_over(7)

    assert "report 7 not sent" in caplog.text


def test_without_a_broker_a_daemon_thread_builds_one_after_the_other(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.CELERY_BROKER_URL = ""
    built: list[tuple[int, str, bool]] = []
    finished = threading.Event()

    def build(run_id: int) -> None:
        here = threading.current_thread()
        built.append((run_id, here.name, here.daemon))
        if run_id == 1:
            raise RuntimeError("one bad run does not end the thread")

    swept: list[str] = []
    monkeypatch.setattr(tasks, "build_report", build)
    monkeypatch.setattr(tasks, "resend_stale", lambda: swept.append("stale"))

    def expire() -> None:
        swept.append("expire")
        finished.set()

    monkeypatch.setattr(tasks, "expire_files", expire)

    dispatch._hand_over(1)
    dispatch._hand_over(2)

    assert finished.wait(10)
    assert built == [(1, "reports", True), (2, "reports", True)]
    # No clock runs beside the thread: what it would do comes after a run.
    assert swept == ["stale", "expire"]


@pytest.mark.django_db
def test_nothing_is_sent_before_commit(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    handed: list[int] = []
    monkeypatch.setattr(dispatch, "_hand_over", handed.append)

    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        dispatch.send(3)
        assert handed == []

    assert len(callbacks) == 1
    assert handed == [3]


def test_tasks_call_the_services(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Any] = []
    monkeypatch.setattr("reports.building.run_report", lambda run_id: calls.append(run_id))
    monkeypatch.setattr("reports.sweep.resend_stale", lambda: calls.append("stale"))
    monkeypatch.setattr("reports.sweep.expire_files", lambda: calls.append("expire"))

    tasks.build_report(5)
    tasks.resend_stale()
    tasks.expire_files()

    assert calls == [5, "stale", "expire"]
    assert {task.name for task in (tasks.build_report, tasks.resend_stale, tasks.expire_files)} == {
        "reports.tasks.build_report",
        *(entry["task"] for entry in project.CELERY_BEAT_SCHEDULE.values()),
    }


def test_a_worker_that_dies_gives_its_message_back() -> None:
    """Measured on Celery 5.7 with Redis: without any one of these a kill loses the task, or
    brings it back only after minutes, or starts it twice."""
    assert project.CELERY_TASK_ACKS_LATE
    assert project.CELERY_TASK_REJECT_ON_WORKER_LOST
    assert project.CELERY_WORKER_PREFETCH_MULTIPLIER == 1
    options = project.CELERY_BROKER_TRANSPORT_OPTIONS
    # A message that is still worked on must never look lost.
    assert options["visibility_timeout"] > project.CELERY_TASK_TIME_LIMIT
    assert (options["unacked_restore_interval"], options["unacked_restore_throttle"]) == (10, 1)
    # WeasyPrint keeps memory; a child process is renewed before it has a gigabyte (in KB).
    assert 400_000 <= project.CELERY_WORKER_MAX_MEMORY_PER_CHILD <= 1_000_000
