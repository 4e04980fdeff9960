"""Run every benchmark on a database of its own: SQLite, or the server of DATABASE_URL."""

from __future__ import annotations

import os
import sys
import tempfile

os.environ.setdefault("DEBUG", "1")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
# Whole work without the queue of reports; the database is chosen by DATABASE_URL.
os.environ.pop("CELERY_BROKER_URL", None)


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="pcgd-bench-") as folder:
        os.environ["PCGD_VAR_DIR"] = folder
        import django

        django.setup()
        from django.test.utils import setup_databases, setup_test_environment, teardown_databases

        # Not as on a desk: no log of queries, templates read once.
        setup_test_environment(debug=False)
        databases = setup_databases(verbosity=0, interactive=False)
        try:
            from tests.bench.board import run_city
            from tests.bench.books import run_books
            from tests.bench.forms import run_forms
            from tests.bench.opening import run_opening
            from tests.bench.runs import run_all
            from tests.bench.sets import run_sets
            from tests.bench.typing import run_typing

            # The forms are those of the ward that run_all has made.
            return max(
                run_typing(), run_all(), run_forms(), run_books(), run_sets(), run_opening(),
                run_city(),
            )  # fmt: skip
        finally:
            teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
