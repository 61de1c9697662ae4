# Townhall's commands. `make` alone lists them.
PYTHON ?= .venv/bin/python
.DEFAULT_GOAL := help
.PHONY: help install demo test quick check fix fuzz mutate bench picture lock

help:  ## list the commands
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install:  ## make the virtual environment with everything for development
	python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e '.[dev]'

demo:  ## start Townhall with its sample company
	$(PYTHON) -m server demo

test:  ## prepare this machine and run the whole suite: SQLite, PostgreSQL, Chromium
	tests/run

quick:  ## run in a minute what needs no browser, database or other process, with a tenth of the random examples
	FUZZ=0.1 $(PYTHON) -m pytest -q -m "not browser and not database and not process"

check:  ## lint, types, import ranks, templates, styles and scripts
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(dir $(PYTHON))lint-imports
	$(PYTHON) -m djlint templates --lint --check --quiet
	$(dir $(PYTHON))biome check static biome.json

fix:  ## format, and fix what can be fixed automatically
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m djlint templates --reformat --quiet
	$(dir $(PYTHON))biome check --write static

fuzz:  ## try the engine's properties on fresh random plans, sixty times as many as the suite does
	FUZZ=60 $(PYTHON) -m pytest tests/comp -n 2 -q

mutate:  ## break the engine in small ways and count how many of them the tests notice
	$(PYTHON) -m tests.mutation

bench:  ## measure, print ratios, write .bench/latest.json
	$(PYTHON) -m tests.bench

picture:  ## draw the README's picture from a running demo
	$(PYTHON) docs/picture.py

lock:  ## write the newest versions that go together into constraints.txt; run the whole suite after it
	python3 -m venv .lock && .lock/bin/pip install --quiet -e '.[dev]'
	(head -1 constraints.txt; .lock/bin/pip list --format=freeze --exclude-editable --exclude pip --exclude setuptools) > .lock/constraints.txt
	mv .lock/constraints.txt constraints.txt && rm -r .lock
