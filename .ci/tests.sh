#!/usr/bin/env bash
# The tests, twice: on SQLite with nothing beside it, then on PostgreSQL with Redis.
#   tests.sh BIN_FOLDER
# PCGD_TEST_DATABASE_URL, PCGD_TEST_REDIS_URL name other servers than those of this machine.
# Where a server does not answer, its half is left out with the reason; under CI that is a failure.
# PYTEST_ARGS is passed on, e.g. make test PYTEST_ARGS="tests/standards -x"
set -uo pipefail
bin=$1
database=${PCGD_TEST_DATABASE_URL:-postgres://postgres@127.0.0.1:5432/pcgd}
redis=${PCGD_TEST_REDIS_URL:-redis://127.0.0.1:6379/15}
read -ra extra <<<"${PYTEST_ARGS:-}"
status=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export DEBUG=1
unset DATABASE_URL CELERY_BROKER_URL

run() { # run TITLE: one whole pass
    echo "== pytest: $1"
    mkdir -p "$scratch/$2"
    PCGD_VAR_DIR="$scratch/$2" "$bin/python" -m pytest -n 2 "${extra[@]}" </dev/null || status=1
}

run "SQLite" sqlite

reason=$("$bin/python" .ci/services.py "$database" "$redis" 2>&1)
if [ -n "$reason" ]; then
    echo "== pytest: PostgreSQL và Redis – bỏ qua: $reason"
    case ${CI:-} in
    1 | true | TRUE) status=1 ;;
    esac
else
    export DATABASE_URL=$database CELERY_BROKER_URL=$redis
    run "PostgreSQL và Redis" postgresql
fi
exit $status
