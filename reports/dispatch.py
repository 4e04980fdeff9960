"""Sending a run to its builder: a Celery worker, or one thread of this process."""

from __future__ import annotations

import logging
import threading
from queue import SimpleQueue

from celery.exceptions import OperationalError
from django.conf import settings
from django.db import connections, transaction

logger = logging.getLogger(__name__)

_waiting: SimpleQueue[int] = SimpleQueue()
_starting = threading.Lock()
_thread: threading.Thread | None = None


def send(run_id: int) -> None:
    """Have the run built once the transaction that asks for it has been committed."""
    transaction.on_commit(lambda: _hand_over(run_id))


def _hand_over(run_id: int) -> None:
    # Imported here: the tasks call the services, and the services send.
    from reports.tasks import build_report

    if not settings.CELERY_BROKER_URL:
        _build_here(run_id)
        return
    try:
        build_report.apply_async((run_id,), retry=False)
    except OperationalError:
        # The run stays queued in the database; resend_stale sends it when the broker is back.
        logger.exception("report %s not sent: broker unreachable", run_id)


def _build_here(run_id: int) -> None:
    """One run at a time, in a daemon thread: the page does not wait, and the end of the
    process does not either. A run cut off like that is taken up by the next request."""
    global _thread
    _waiting.put(run_id)
    with _starting:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_work, name="reports", daemon=True)
            _thread.start()


def _work() -> None:
    from reports import tasks

    while True:
        run_id = _waiting.get()
        try:
            tasks.build_report(run_id)
            # There is no clock here: what it would do is done when there is something to do.
            tasks.resend_stale()
            tasks.expire_files()
        except Exception:
            logger.exception("report %s", run_id)
        finally:
            connections.close_all()
