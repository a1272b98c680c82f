# Run `make` to list the commands. Each first creates or updates the environment it needs; all you
# need is Python 3.11 or newer.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ENVIRONMENT := PYTHON="$(PYTHON)" VENV="$(VENV)" GOALS="$(MAKECMDGOALS)" ARGS='$(ARGS)' tools/environment

.DEFAULT_GOAL := help
# The tests start hundreds of Pythons, each of which would compile the project again.
unexport PYTHONDONTWRITEBYTECODE

# In parallel; `tests/conftest.py` decides which tests share a process.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder

.PHONY: help install dev test quick check format lint types contracts nightly chaos attack screenshots soak mutants bench lock rooms release clean \
	dev-environment test-environment full-environment $(VENV)/.installed

help:  ## list the commands
	@echo "Usage: make COMMAND"
	@sed -n 's/^\([a-z]*\):[^#]*## /  \1#/p' Makefile | awk -F'#' '{ printf "%-14s %s\n", $$1, $$2 }'

install: dev-environment  ## create .venv with the gopherbot command

# At a terminal, the message above make's own error already says more.
dev:  ## run the whole bot with a simulated Slack
	@if $(ENVIRONMENT) dev; then exec $(BIN)/gopherbot dev $(ARGS); else [ -t 2 ]; fi

test: full-environment  ## run all tests but the nightly ones, with half of the faults (TEST_SEED picks which)
	$(PYTEST) -m "not nightly" --half $(ARGS)

quick: test-environment  ## run only the tests that start no bot
	$(PYTEST) -m "not slow" --hypothesis-profile few --durations 5 --durations-min 2 $(ARGS)

check: format lint types contracts test  ## run every check that a commit must pass

format: test-environment  ## check the formatting
	$(BIN)/ruff format --check .

lint: test-environment  ## lint the code and the content
	$(BIN)/ruff check .
	$(BIN)/gopherbot lint

types: full-environment  ## check the types
	$(BIN)/mypy

contracts: test-environment  ## check which packages import which
	$(BIN)/lint-imports --config setup.cfg

rooms: test-environment  ## redraw the import graph in ARCHITECTURE.md
	$(BIN)/python tools/rooms.py

nightly: full-environment  ## run the release tests: recipes, installs, the bench, attacks, a soak
	$(PYTEST) -m nightly $(ARGS)
	$(MAKE) attack soak

chaos: full-environment  ## kill, freeze, cut off and flood the bot: every fault once
	$(PYTEST) tests/chaos $(ARGS)

attack: full-environment  ## attack the bot as a stranger and as a member would
	$(BIN)/python -m pytest tests/attack $(ARGS)

screenshots: full-environment  ## retake the screenshots in docs/pictures/
	UPDATE_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/browser/test_looks.py

soak: full-environment  ## repeat `make chaos` for 30 minutes, or SOAK_MINUTES=60 make soak
	SOAK_MINUTES=$${SOAK_MINUTES:-30} $(BIN)/python -m pytest tests/chaos $(ARGS)

mutants: full-environment  ## put known faults into copies of the code: do the tests catch each?
	PYTHONPATH=tests $(BIN)/python -m mutants $(ARGS)

bench: full-environment  ## benchmark the bot against its peers
	$(BIN)/python -m bench $(ARGS)

# Universal: for every CPython from 3.11.0 on, on Linux and macOS. `make lock ARGS=--upgrade` upgrades
# the packages.
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal \
	--python-version 3.11.0 --generate-hashes --no-annotate
DEV := setup.cfg slack-simulator/pyproject.toml --extra dev
TEST := $(DEV) --extra test
FULL := $(TEST) --extra browser --extra go --extra bench --extra lock

lock: full-environment  ## update requirements.txt and requirements/ from setup.cfg
	$(COMPILE) setup.cfg -o requirements.txt $(ARGS)
	$(COMPILE) $(DEV) -c requirements.txt -o requirements/dev.txt $(ARGS)
	$(COMPILE) $(TEST) -c requirements/dev.txt -o requirements/test.txt $(ARGS)
	$(COMPILE) $(FULL) -c requirements/test.txt -o requirements/full.txt $(ARGS)

release: test-environment  ## set the version and tag it: make release VERSION=0.2.0
	@$(BIN)/python tools/release.py make "$(VERSION)"

clean:  ## delete the environment and build files
	rm -rf $(VENV) build *.egg-info

dev-environment test-environment full-environment:
	@$(ENVIRONMENT) $(@:-environment=)

$(VENV)/.installed: full-environment
