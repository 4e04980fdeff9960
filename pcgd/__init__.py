"""The project: settings, composition root, and the two apps on which everything stands.

The Celery app is imported here because ``shared_task`` binds to whichever app exists: a web
process that never imported ours would send its tasks to Celery's default broker.
"""

from pcgd.celery import app as celery_app

__all__ = ["celery_app"]
