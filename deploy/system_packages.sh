#!/usr/bin/env bash
# Install what Python packages cannot bring: system_packages.sh [pdf] [browser] [sheets] [compose]
#   pdf      Pango and HarfBuzz, without which WeasyPrint makes no PDF
#   browser  Chromium and poppler, for the tests that look at pages and read PDFs back
#   sheets   LibreOffice Calc, for the tests that recalculate workbooks (optional: never an error)
#   compose  docker-compose, for the test that reads docker-compose.yml (optional: never an error)
# As root on Debian or Ubuntu it installs; otherwise it says in one sentence what to type.
set -euo pipefail

library() { # library FILE: is this shared library here?
    ldconfig -p 2>/dev/null | grep -q "$1" || find /usr/lib /lib -name "$1" -print -quit 2>/dev/null | grep -q .
}

browser() { # Chromium without its window, which starts and ends sooner, where there is a package
    if apt-cache show chromium-headless-shell >/dev/null 2>&1; then
        echo chromium-headless-shell
    else
        echo chromium
    fi
}

needed=()
optional=()
for what in "$@"; do
    case $what in
    pdf)
        library libpango-1.0.so.0 || needed+=(libpango-1.0-0)
        library libpangoft2-1.0.so.0 || needed+=(libpangoft2-1.0-0)
        library libharfbuzz-subset.so.0 || needed+=(libharfbuzz-subset0)
        ;;
    browser)
        command -v chromium-headless-shell chromium >/dev/null || needed+=("$(browser)")
        command -v pdftotext >/dev/null || needed+=(poppler-utils)
        ;;
    sheets)
        command -v soffice >/dev/null || optional+=(libreoffice-calc)
        ;;
    compose)
        docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null ||
            optional+=(docker-compose)
        ;;
    *)
        echo "Không biết nhóm gói “$what”; có: pdf, browser, sheets, compose." >&2
        exit 2
        ;;
    esac
done

if [ ${#needed[@]} -eq 0 ] && [ ${#optional[@]} -eq 0 ]; then
    exit 0
fi

install() {
    apt-get install -y --no-install-recommends "$@" </dev/null >&2
}

if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "Cài gói hệ thống: ${needed[*]:-} ${optional[*]:-}" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null >&2 || true
    if [ ${#needed[@]} -gt 0 ] && ! install "${needed[@]}"; then
        echo "Không cài được các gói ${needed[*]}; hãy cài tay rồi chạy lại." >&2
        exit 1
    fi
    if [ ${#optional[@]} -gt 0 ] && ! install "${optional[@]}"; then
        echo "Không cài được ${optional[*]}; bỏ qua phần kiểm thử cần đến gói này." >&2
    fi
elif [ ${#needed[@]} -gt 0 ]; then
    echo "Còn thiếu gói hệ thống; hãy gõ: sudo apt-get install -y --no-install-recommends ${needed[*]}" >&2
    exit 1
fi
