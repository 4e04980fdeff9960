"""Building one run: part by part, each kept as soon as it is made, then joined."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from reports import runs, sets, storage
from reports.builders import (
    KNOWN_ERRORS,
    Builder,
    Plan,
    ReportError,
    StoredPart,
    builder_of,
)
from reports.models import ReportKind, ReportPart, ReportRun
from reports.one_state import read_at_once
from reports.runs import LostRunError

logger = logging.getLogger(__name__)

#: How often a run is built while the data change under it.
_MOST_TIMES = 5
_BEGUN_ANEW = "Số liệu vừa thay đổi, lập lại từ đầu"
_NEVER_STILL = (
    f"Số liệu thay đổi liên tục trong lúc lập ({_MOST_TIMES} lần), nên chưa có tệp nào; hãy lập "
    "lại khi không còn người nhập."
)


def run_report(*, run_id: int) -> None:
    """Build the report of a queued run, or of one whose builder has died.

    Safe to call any number of times: whoever finds it taken, finished or cancelled does
    nothing. A failure ends in the row as one sentence.
    """
    run = runs.take(run_id)
    if run is None:
        return
    try:
        if run.kind == ReportKind.SET:
            sets.collect(run)
        else:
            _build(run)
    except LostRunError:
        logger.info("report %s: stopped or taken by another builder", run.pk)
    except KNOWN_ERRORS as error:
        runs.fail(run, str(error))
    except Exception:
        logger.exception("report %s", run.pk)
        runs.fail(run, "Không lập được do lỗi của hệ thống; hãy báo người quản trị.")
    runs.clean_up(run)


def _build(run: ReportRun) -> None:
    """What is in one file is of one state of the data, and so is the digest in the row."""
    runs.say_alive(run, run.percent, "Chuẩn bị số liệu")
    builder = builder_of(run.kind)
    for said in ("", *[_BEGUN_ANEW] * (_MOST_TIMES - 1)):
        plan, fingerprint, same = read_at_once(partial(_looked_at, run, builder))
        if same is not None:
            # Built meanwhile for somebody else, or the data are again as they were.
            stored = storage.StoredFile(same.file_name, same.size or 0, same.sha256)
            _finish(run, plan, fingerprint, same.parts, stored)
            return
        parts = _all_parts(run, builder, plan, fingerprint, said)
        if plan.reads_late and builder.plan(run).fingerprint != plan.fingerprint:
            logger.info("report %s: the data have changed while it was built", run.pk)
            continue
        runs.say_alive(run, 99, "Ghép các phần thành một tệp")
        stored = storage.store(builder.join(run, plan, parts), run.format)
        listed = [{"code": part.code, "title": part.title, "pages": part.pages} for part in parts]
        _finish(run, plan, fingerprint, listed, stored)
        return
    raise ReportError(_NEVER_STILL)


def _looked_at(run: ReportRun, builder: Builder) -> tuple[Plan, str, ReportRun | None]:
    """The plan, its fingerprint, and a finished file of the same; the plan of what is still to
    be built with all at hand that it is built of."""
    plan = builder.plan(run)
    fingerprint = runs.fingerprint_of(run, plan.fingerprint)
    same = runs.finished_like(fingerprint)
    return (plan if same else builder.read(run, plan)), fingerprint, same


def _finish(
    run: ReportRun,
    plan: Plan,
    fingerprint: str,
    parts: Sequence[dict[str, Any]],
    stored: storage.StoredFile,
) -> None:
    runs.finish(
        run,
        fingerprint=fingerprint,
        data_sha256=plan.data_sha256,
        parts=parts,
        stored=stored,
    )


def _all_parts(
    run: ReportRun, builder: Builder, plan: Plan, fingerprint: str, said: str
) -> list[StoredPart]:
    """Every part of the plan: those that an earlier builder left, and the rest made now.
    ``said`` stands before the name of each in the row."""
    held = _kept_parts(run, fingerprint)
    total = sum(part.weight for part in plan.parts)
    done = 0
    parts = []
    for position, spec in enumerate(plan.parts):
        words = f"{said}: {spec.title}" if said else spec.title
        alive = partial(runs.say_alive, run, 100 * done // max(1, total), words)
        alive()
        part = held.get(spec.code)
        if part is None:
            part = runs.keep_part(run, position, spec, builder.build_part(run, spec, alive))
        parts.append(part)
        done += spec.weight
    return parts


def _kept_parts(run: ReportRun, fingerprint: str) -> dict[str, StoredPart]:
    """The parts that are stored, unchanged on disk, and of the same data as the plan."""
    if run.plan_fingerprint != fingerprint:
        if run.plan_fingerprint and run.stored_parts.exists():
            logger.info("report %s: the data have changed, its parts are made anew", run.pk)
        runs.remove_parts(run)
        held = ReportRun.objects.held_by(run.pk, run.attempts)
        if not held.update(plan_fingerprint=fingerprint):
            raise LostRunError
        return {}
    return {
        part.code: StoredPart(part.code, part.title, part.pages, part.meta, data)
        for part in _in_order(run)
        if (data := storage.read_part(part)) is not None
    }


def _in_order(run: ReportRun) -> Sequence[ReportPart]:
    return list(ReportPart.objects.filter(run=run).order_by("position"))
