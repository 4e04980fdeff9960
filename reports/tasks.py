"""What the worker and the clock call."""

from __future__ import annotations

from celery import shared_task

from reports import building, sweep


@shared_task
def build_report(run_id: int) -> None:
    """Build one report. Sent twice, it is built once."""
    building.run_report(run_id=run_id)


@shared_task
def resend_stale() -> None:
    """Every minute: send again what lost its builder or never reached one."""
    sweep.resend_stale()


@shared_task
def expire_files() -> None:
    """Every night: remove files past their keeping, and what killed builders left."""
    sweep.expire_files()
