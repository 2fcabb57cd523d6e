# `make demo` shows the city, `make test` is everything that CI runs. Python 3.11 or newer and make are enough.

PORT   ?= 8000
SCENE  ?= helsinki
ROUNDS ?= 20
# The first Python on the path that is new enough.
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,\
            $(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
BIN    := .venv/bin
CLIENT := $(shell find web_client -name node_modules -prune -o -type f -print)

# Programs of the environment first: among them Node.js, where it has been put there for want of another.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.NOTPARALLEL:
.PHONY: help demo test check web-check web-test pytest soak bench browser client clean

help:
	@echo 'make demo    the city in your browser, on port PORT=$(PORT)'
	@echo 'make test    everything that CI runs'
	@echo 'make check   style, types and floors, in seconds'
	@echo 'make soak    property tests with new examples in each of ROUNDS=$(ROUNDS) rounds, and other long tests'
	@echo 'make bench   the benchmarks'

demo: .venv/installed
	$(BIN)/citiverse serve $(SCENE) --port $(PORT)

test: check web-test pytest

check: .venv/for-development web_client/node_modules/.package-lock.json
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/vulture
	$(BIN)/mypy
	$(BIN)/python hatch_build.py npm run check

web-test: web_client/node_modules/.package-lock.json
	$(BIN)/python hatch_build.py npm test

pytest: .venv/for-development client browser
	$(BIN)/pytest

soak: .venv/for-development client browser
	@for round in $$(seq $(ROUNDS)); do \
		echo "round $$round of $(ROUNDS)"; $(BIN)/pytest -q -m 'soak or hypothesis' --hypothesis-profile=soak || exit 1; \
	done

bench: .venv/for-development
	@for script in benchmarks/*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

client: .venv/for-development
	$(BIN)/python hatch_build.py

# Browser tests drive Debian's Chromium, or the one that CHROMIUM names.
browser:
	@if [ -n "$$CHROMIUM" ] || command -v chromium >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium; \
	else \
		echo 'The browser tests need Chromium: install the package chromium, or set CHROMIUM to its program.' >&2; exit 1; \
	fi

clean:
	rm -rf .venv citiverse/web web_client/node_modules dist build

.venv/bin/python:
	@if [ -z '$(PYTHON)' ]; then echo 'CitiVERSE needs Python 3.11 or newer on the path.' >&2; exit 1; fi
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/installed: pyproject.toml hatch_build.py $(CLIENT) | .venv/bin/python
	$(BIN)/pip install --quiet -e .
	@touch $@

.venv/for-development: pyproject.toml hatch_build.py | .venv/bin/python
	$(BIN)/pip install --quiet -e '.[dev]'
	@touch $@ .venv/installed

web_client/node_modules/.package-lock.json: web_client/package-lock.json .venv/for-development
	$(BIN)/python hatch_build.py install
	@touch $@
