"""Sending a run to its builder: a Celery worker, or one thread of this process."""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from enum import IntEnum
from functools import partial
from queue import SimpleQueue
from typing import Any

from celery import current_app
from celery.exceptions import OperationalError
from django.conf import settings
from django.db import connections, transaction
from kombu import Connection
from kombu.exceptions import ChannelError

logger = logging.getLogger(__name__)

#: For who sends and looks, whom a person waits for; a worker has all the time there is.
_AT_ONCE = {"socket_connect_timeout": 1, "socket_timeout": 1.5, "max_retries": 0}

_waiting: SimpleQueue[int] = SimpleQueue()
_starting = threading.Lock()
_thread: threading.Thread | None = None


class Turn(IntEnum):
    """Which message a worker takes first: the lowest (steps of CELERY_BROKER_TRANSPORT_OPTIONS).
    A person waits for a run of its own; the units of a set are many, and can wait."""

    CLOCK = 0
    ALONE = 3
    IN_A_SET = 6


def send(*run_ids: int, turn: Turn = Turn.ALONE) -> None:
    """Have the runs built once the transaction that asks for them has been committed."""
    transaction.on_commit(partial(_hand_over, run_ids, turn))


def _hand_over(run_ids: Sequence[int], turn: Turn) -> None:
    if not settings.CELERY_BROKER_URL:
        for run_id in run_ids:
            _build_here(run_id)
        return
    # Imported here: the tasks call the services, and the services send.
    from reports.tasks import build_report

    try:
        with _broker() as connection:
            how: dict[str, Any] = {"connection": connection, "retry": False, "priority": int(turn)}
            for run_id in run_ids:
                build_report.apply_async((run_id,), **how)
    except OperationalError:
        # They stay queued in the database; resend_stale sends them when the broker is back.
        logger.exception("reports %s not sent: broker unreachable", list(run_ids))


def nothing_waits() -> bool:
    """Every message has been taken: a run that is still queued has lost its own. False where
    the broker does not answer."""
    if not settings.CELERY_BROKER_URL:
        return _waiting.empty()
    name = current_app.conf.task_default_queue
    try:
        with _broker() as connection:
            channel: Any = connection.default_channel
            return not channel.queue_declare(queue=name, passive=True).message_count
    except ChannelError:
        return True  # Redis keeps no queue that is empty.
    except OperationalError:
        logger.warning("broker unreachable")
        return False


def _broker() -> Connection:
    return current_app.connection_for_write(transport_options=_AT_ONCE)


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
