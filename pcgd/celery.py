"""The Celery application: workers, beat, and the sender inside web processes.

Start a worker with ``celery -A pcgd worker`` and the clock with ``celery -A pcgd beat``.
Every setting is in ``pcgd.settings`` under the prefix ``CELERY_``.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pcgd.settings")

app = Celery("pcgd")
# Read lazily, on first use: this module is imported while the settings are being loaded.
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
