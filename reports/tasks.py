"""What the worker and the clock call."""

from __future__ import annotations

from celery import shared_task

from reports import services


@shared_task
def build_report(run_id: int) -> None:
    """Build one report. Sent twice, it is built once."""
    services.run_report(run_id=run_id)


@shared_task
def resend_stale() -> None:
    """Every minute: send again what lost its builder or never reached one."""
    services.resend_stale()
