"""A worker that builds invented reports: ``celery -A tests.reports.step_worker worker``.

The environment says where: PCGD_STEPS_REPORTS is the folder of finished files, PCGD_STEPS_QUEUE
the queue to which a run is sent from inside of the worker.
"""

from __future__ import annotations

import os
from typing import Any

import django

django.setup()

# Models are there only after the setup.
from django.conf import settings  # noqa: E402

from pcgd.celery import app  # noqa: E402
from reports import runs  # noqa: E402
from reports.builders import BUILDERS  # noqa: E402
from reports.models import ReportRun  # noqa: E402
from tests.reports.steps import step  # noqa: E402

__all__ = ["app"]

settings.REPORTS_DIR = os.environ["PCGD_STEPS_REPORTS"]
app.conf.task_default_queue = os.environ["PCGD_STEPS_QUEUE"]
# A killed worker would leave its mailbox behind in Redis.
app.conf.worker_enable_remote_control = False
BUILDERS["form"] = "tests.reports.steps.StepBuilder"

_finish = runs.finish


def finish(run: ReportRun, **more: Any) -> None:
    """The file is written, the row is not."""
    if run.kind == "form":
        step(run, "finish", lambda: None)
    _finish(run, **more)


runs.finish = finish
