#!/usr/bin/env bash
# Make the virtual environment from uv.lock: make_venv.sh FOLDER UV_VERSION
set -euo pipefail

folder=$1
uv_version=$2

# The first interpreter that is in range and can make an environment with pip in it:
# Debian's python3 comes without ensurepip until python3-venv is installed.
find_python() {
    local candidate
    for candidate in "${PYTHON:-python3}" python3.11 python3.12 python3.13; do
        if command -v "$candidate" >/dev/null && "$candidate" - 2>/dev/null <<'PY'
import ensurepip, sys, venv
sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))
PY
        then
            command -v "$candidate"
            return
        fi
    done
    return 1
}

if [ ! -x "$folder/bin/python" ] || ! "$folder/bin/python" -c "" 2>/dev/null; then
    if ! python=$(find_python); then
        echo "Cần Python 3.11, 3.12 hoặc 3.13 có venv; trên Debian, Ubuntu hãy gõ: sudo apt-get install python3 python3-venv" >&2
        exit 1
    fi
    echo "Tạo môi trường Python trong $folder …"
    rm -rf "$folder"
    "$python" -m venv "$folder"
fi
if ! "$folder/bin/uv" --version 2>/dev/null | grep -q "^uv $uv_version\b"; then
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$uv_version"
fi
# The machine's own certificates: an office network often has a proxy with one of its own.
UV_SYSTEM_CERTS=1 UV_PROJECT_ENVIRONMENT="$folder" UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy \
    "$folder/bin/uv" sync --frozen --quiet --python "$folder/bin/python"
