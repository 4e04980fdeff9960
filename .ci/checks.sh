#!/usr/bin/env bash
# Every tool that reads the code: checks.sh BIN_FOLDER. All of them run; any failure fails.
set -uo pipefail
bin=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
export PCGD_VAR_DIR=$scratch
failed=()

step() { # step NAME COMMAND…
    local name=$1
    shift
    echo "== $name"
    "$@" || failed+=("$name")
}

production() { # manage.py as it runs in production
    env -u DATABASE_URL -u CELERY_BROKER_URL DEBUG=0 ALLOWED_HOSTS=pcgd.example.vn \
        SECRET_KEY="$("$bin/python" -c 'import secrets; print(secrets.token_urlsafe(60))')" \
        "$bin/python" manage.py "$@"
}

step "ruff check" "$bin/ruff" check .
step "ruff format" "$bin/ruff" format --check .
step "mypy" env DEBUG=1 "$bin/mypy"
step "import-linter" env DEBUG=1 "$bin/lint-imports" --no-cache --no-logo
step "djlint" "$bin/djlint" templates --lint --quiet
step "migrations" env DEBUG=1 "$bin/python" manage.py makemigrations --check --dry-run
step "check --deploy" production check --deploy --fail-level WARNING
step "collectstatic" production collectstatic --noinput --verbosity 0

if [ ${#failed[@]} -gt 0 ]; then
    printf 'Chưa đạt: %s\n' "${failed[@]}" >&2
    exit 1
fi
echo "Soát mã: đạt."
