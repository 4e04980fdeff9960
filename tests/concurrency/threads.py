"""Starting several pieces of work at the same moment, or one inside another's transaction."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connection, transaction

#: How long a transaction is held open while another runs into it, in seconds.
HELD = 0.4


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """What each call returned, or the exception it raised, in the order of the calls."""
    start = threading.Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(timeout=30)
            return call()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def during(first: Callable[[], Any], second: Callable[[], Any]) -> list[Any]:
    """``second`` begins when ``first`` has written and not yet committed; it can end only
    after that. Returns what both returned or raised."""
    written = threading.Event()
    order: list[str] = []

    def hold() -> Any:
        try:
            with transaction.atomic():
                result = first()
                written.set()
                time.sleep(HELD)
                order.append("first")
        finally:
            written.set()
        return result

    def run_into() -> Any:
        assert written.wait(timeout=30)
        try:
            return second()
        finally:
            order.append("second")

    results = at_once([hold, run_into])
    assert order == ["first", "second"], "the second did not wait for the first"
    return results


def of_kind(results: Sequence[Any], kind: type[Any]) -> list[Any]:
    return [result for result in results if isinstance(result, kind)]
