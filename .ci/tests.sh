#!/usr/bin/env bash
# The tests, twice: on SQLite with nothing beside it, then on PostgreSQL with Redis.
# What looks at pages in a browser runs once, with PostgreSQL, but for the journeys marked "both":
# the screens do not know the database. So do tests marked "once", to which it is all the same.
# Without PostgreSQL all of them run on SQLite.
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

run() { # run TITLE FOLDER [OPTION…]: one pass; 5 is pytest's word for “nothing chosen”
    echo "== pytest: $1"
    mkdir -p "$scratch/$2"
    local code=0
    PCGD_VAR_DIR="$scratch/$2" "$bin/python" -m pytest -n 2 --dist worksteal "${@:3}" "${extra[@]}" </dev/null || code=$?
    [ $code -eq 0 ] || { [ $code -eq 5 ] && [ ${#extra[@]} -gt 0 ]; } || status=1
}

reason=$("$bin/python" .ci/services.py "$database" "$redis" 2>&1)
if [ -n "$reason" ]; then
    run "SQLite" sqlite
    echo "== pytest: PostgreSQL và Redis – bỏ qua: $reason"
    case ${CI:-} in
    1 | true | TRUE) status=1 ;;
    esac
else
    run "SQLite (phần lớn hành trình trên trình duyệt chạy ở lượt sau)" sqlite -m "both or not (browser or once)"
    export DATABASE_URL=$database CELERY_BROKER_URL=$redis
    run "PostgreSQL và Redis" postgresql
fi
exit $status
