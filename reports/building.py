"""Building one run: part by part, each kept as soon as it is made, then joined."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import partial

from reports import runs, sets, storage
from reports.builders import KNOWN_ERRORS, Builder, Plan, StoredPart, builder_of
from reports.models import ReportKind, ReportPart, ReportRun
from reports.runs import LostRunError

logger = logging.getLogger(__name__)


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
    runs.say_alive(run, run.percent, "Chuẩn bị số liệu")
    builder = builder_of(run.kind)
    plan = builder.plan(run)
    fingerprint = runs.fingerprint_of(run, plan.fingerprint)
    same = runs.finished_like(fingerprint)
    if same is not None:
        # Built meanwhile for somebody else, or the data are again as they were.
        stored = storage.StoredFile(same.file_name, same.size or 0, same.sha256)
        listed = same.parts
    else:
        parts = _all_parts(run, builder, plan, fingerprint)
        runs.say_alive(run, 99, "Ghép các phần thành một tệp")
        stored = storage.store(builder.join(run, plan, parts), run.format)
        listed = [{"code": part.code, "title": part.title, "pages": part.pages} for part in parts]
    runs.finish(
        run,
        fingerprint=fingerprint,
        data_sha256=plan.data_sha256,
        parts=listed,
        stored=stored,
    )


def _all_parts(run: ReportRun, builder: Builder, plan: Plan, fingerprint: str) -> list[StoredPart]:
    """Every part of the plan: those that an earlier builder left, and the rest made now."""
    held = _kept_parts(run, fingerprint)
    total = sum(part.weight for part in plan.parts)
    done = 0
    parts = []
    for position, spec in enumerate(plan.parts):
        alive = partial(runs.say_alive, run, 100 * done // max(1, total), spec.title)
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
