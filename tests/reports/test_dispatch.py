"""To the worker where there is a broker, else to a thread; never inside the request."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from celery.exceptions import OperationalError

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
        finished.set()

    monkeypatch.setattr(tasks, "build_report", build)

    dispatch._hand_over(1)
    dispatch._hand_over(2)

    assert finished.wait(10)
    assert built == [(1, "reports", True), (2, "reports", True)]


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
    monkeypatch.setattr("reports.services.run_report", lambda run_id: calls.append(run_id))
    monkeypatch.setattr("reports.services.resend_stale", lambda: calls.append("stale"))

    tasks.build_report(5)
    tasks.resend_stale()

    assert calls == [5, "stale"]
    assert (tasks.build_report.name, tasks.resend_stale.name) == (
        "reports.tasks.build_report",
        "reports.tasks.resend_stale",
    )
