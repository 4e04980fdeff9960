"""The door for gunicorn: ``gunicorn pcgd.wsgi``."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pcgd.settings")

application = get_wsgi_application()
