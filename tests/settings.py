"""The project's settings with what makes tests quick and keeps them to themselves.

DATABASE_URL and CELERY_BROKER_URL still come from the environment: the same tests run on
SQLite and on PostgreSQL with Redis.
"""

import os
import tempfile

os.environ.setdefault("DEBUG", "1")
if "PCGD_VAR_DIR" not in os.environ:
    # Removed when the process ends; never the var/ folder of whoever runs the tests.
    VAR_FOLDER = tempfile.TemporaryDirectory(prefix="pcgd-tests-")
    os.environ["PCGD_VAR_DIR"] = VAR_FOLDER.name

from pcgd.settings import *

# The real one is slow on purpose.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A file, as in use: there connections wait for each other. A database in memory that
    # threads share refuses the second one at once instead.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "tests.sqlite3")}
    DATABASES["default"]["OPTIONS"]["init_command"] += " PRAGMA synchronous=OFF;"
else:
    # As above: what a power cut would lose is of no worth here.
    DATABASES["default"].setdefault("OPTIONS", {})["options"] = "-c synchronous_commit=off"

# WhiteNoise warns of a folder that is not there, and warnings are errors here.
STATIC_ROOT.mkdir(parents=True, exist_ok=True)

# Whoever runs the tests may have a demo in their folder.
DEMO_DATA = False
