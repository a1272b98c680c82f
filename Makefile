# `make` alone says what there is. Each command makes the environment that it needs first, or brings
# it up to date: nothing else is needed than Python 3.11 or newer.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
ENVIRONMENT := PYTHON="$(PYTHON)" VENV="$(VENV)" GOALS="$(MAKECMDGOALS)" ARGS='$(ARGS)' tools/environment

.DEFAULT_GOAL := help
# The tests start hundreds of Pythons, each of which would compile the project again.
unexport PYTHONDONTWRITEBYTECODE

# Side by side: `tests/conftest.py` says what stays together.
PYTEST := $(BIN)/python -m pytest -n auto --dist loadgroup --no-loadscope-reorder

.PHONY: help install dev test quick check format lint types contracts nightly chaos attack screenshots soak mutants bench lock rooms release clean \
	dev-environment test-environment full-environment $(VENV)/.installed

help:  ## show this
	@echo "make COMMAND, with one of:"
	@sed -n 's/^\([a-z]*\):[^#]*## /  \1#/p' Makefile | awk -F'#' '{ printf "%-12s %s\n", $$1, $$2 }'

install: dev-environment  ## make the environment in .venv, with the command gopherbot

# To somebody at a terminal, make's own error would say less than what stands there already.
dev:  ## run the whole bot with a simulated Slack
	@if $(ENVIRONMENT) dev; then exec $(BIN)/gopherbot dev $(ARGS); else [ -t 2 ]; fi

test: full-environment  ## run the tests: of the faults a half that TEST_SEED chooses, and no nightly ones
	$(PYTEST) -m "not nightly" --half $(ARGS)

quick: test-environment  ## run the tests that start no bot: for new words, or one module
	$(PYTEST) -m "not slow" --hypothesis-profile few --durations 5 --durations-min 2 $(ARGS)

check: format lint types contracts test  ## run all that must hold before a commit

format: test-environment  ## look whether the code is formatted
	$(BIN)/ruff format --check .

lint: test-environment  ## look for mistakes in code and content
	$(BIN)/ruff check .
	$(BIN)/gopherbot lint

types: full-environment  ## check the types
	$(BIN)/mypy

contracts: test-environment  ## check who imports whom
	$(BIN)/lint-imports --config setup.cfg

rooms: test-environment  ## draw the rooms into ARCHITECTURE.md
	$(BIN)/python tools/rooms.py

nightly: full-environment  ## run what protects a release: recipes, installs, the bench, attacks, a soak
	$(PYTEST) -m nightly $(ARGS)
	$(MAKE) attack soak

chaos: full-environment  ## kill, freeze, cut and flood it, and count: every fault once
	$(PYTEST) tests/chaos $(ARGS)

attack: full-environment  ## do what a stranger can do to it, and what one message can
	$(BIN)/python -m pytest tests/attack $(ARGS)

screenshots: full-environment  ## make the pictures of the page in docs/pictures/
	UPDATE_SCREENSHOTS=1 $(BIN)/python -m pytest -q tests/browser/test_looks.py

soak: full-environment  ## do that again and again: SOAK_MINUTES=60 make soak
	SOAK_MINUTES=$${SOAK_MINUTES:-30} $(BIN)/python -m pytest tests/chaos $(ARGS)

mutants: full-environment  ## put faults into copies of it, one by one: are all found?
	PYTHONPATH=tests $(BIN)/python -m mutants $(ARGS)

bench: full-environment  ## measure it beside its peers
	$(BIN)/python -m bench $(ARGS)

# Universal: for every CPython from 3.11.0 on, on Linux and macOS. `make lock ARGS=--upgrade` takes
# what is new.
COMPILE := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal \
	--python-version 3.11.0 --generate-hashes --no-annotate
DEV := setup.cfg slack-simulator/pyproject.toml --extra dev
TEST := $(DEV) --extra test
FULL := $(TEST) --extra browser --extra go --extra bench --extra lock

lock: full-environment  ## bring requirements.txt and requirements/ in line with setup.cfg
	$(COMPILE) setup.cfg -o requirements.txt $(ARGS)
	$(COMPILE) $(DEV) -c requirements.txt -o requirements/dev.txt $(ARGS)
	$(COMPILE) $(TEST) -c requirements/dev.txt -o requirements/test.txt $(ARGS)
	$(COMPILE) $(FULL) -c requirements/test.txt -o requirements/full.txt $(ARGS)

release: test-environment  ## write down a version and tag it: make release VERSION=0.2.0
	@$(BIN)/python tools/release.py make "$(VERSION)"

clean:  ## remove what was made here
	rm -rf $(VENV) build *.egg-info

dev-environment test-environment full-environment:
	@$(ENVIRONMENT) $(@:-environment=)

$(VENV)/.installed: full-environment
