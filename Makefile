# The whole life of the project from a bare machine: Python 3.11+, make, and the way to PyPI.
# Nothing else is taken for granted: the targets make .venv from uv.lock, and redo it only
# when uv.lock has changed.

SHELL := /bin/bash
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help demo run test check bench mutation format system-pdf system-test clean

UV_VERSION := 0.13.9
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.synced
SERVE ?= 1
ADDRESS ?= 127.0.0.1:8000
DEMO_VAR := $(or $(PCGD_VAR_DIR),var)

help:
	@echo "make demo         dựng dữ liệu minh họa rồi mở cổng tại http://$(ADDRESS) (SERVE=0: chỉ dựng)"
	@echo "make run          mở cổng với dữ liệu đang có"
	@echo "make test         kiểm thử trên SQLite, rồi trên PostgreSQL cùng Redis"
	@echo "make check        soát mã: ruff, mypy, import-linter, djlint, migrations, check --deploy"
	@echo "make bench        đo tốc độ"
	@echo "make mutation     đổi từng dòng của bộ tính chuẩn xem kiểm thử có phát hiện (từ mười phút)"
	@echo "make format       sắp xếp lại mã theo ruff"

$(STAMP): uv.lock
	@deploy/make_venv.sh $(VENV) $(UV_VERSION)
	@touch $@

system-pdf:
	@deploy/system_packages.sh pdf

system-test:
	@deploy/system_packages.sh pdf browser sheets compose

# With SERVE=0 the last line on standard output is the JSON of `manage.py demo`.
demo: $(STAMP) system-pdf
	@export DEBUG=1 PCGD_DEMO=1 PCGD_VAR_DIR="$(DEMO_VAR)"; \
	$(BIN)/python manage.py migrate --verbosity 0 && $(BIN)/python manage.py demo
ifneq ($(SERVE),0)
	@echo "Cổng mở tại http://$(ADDRESS) – bấm Ctrl+C để dừng."
	@DEBUG=1 PCGD_VAR_DIR="$(DEMO_VAR)" $(BIN)/python manage.py runserver --noreload $(ADDRESS)
endif

run: $(STAMP) system-pdf
	@export DEBUG=1; \
	$(BIN)/python manage.py migrate --verbosity 0 && \
	$(BIN)/python manage.py runserver $(ADDRESS)

test: $(STAMP) system-test
	@.ci/tests.sh $(BIN)

check: $(STAMP) system-pdf
	@.ci/checks.sh $(BIN)

bench: $(STAMP) system-pdf
	@DEBUG=1 $(BIN)/python -m tests.bench

# Works in the folder mutants/, remembers what it has done, and can be stopped and started again.
mutation: $(STAMP)
	@export DEBUG=1 PCGD_VAR_DIR="$(CURDIR)/mutants/var"; $(BIN)/mutmut run && $(BIN)/mutmut results

format: $(STAMP)
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format --quiet .

clean:
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
