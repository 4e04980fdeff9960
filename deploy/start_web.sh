#!/bin/sh
# One web container; the database and the static files were brought up to date by `setup`.
# Synchronous workers: two a core is right, threads bring nothing to pages of this kind.
set -eu
exec gunicorn pcgd.wsgi \
    --bind 0.0.0.0:8000 \
    --workers "${WEB_WORKERS:-4}" \
    --worker-class sync \
    --timeout 60 \
    --max-requests 2000 --max-requests-jitter 200 \
    --access-logfile - --forwarded-allow-ips '*'
