# What a newcomer needs: `make dev` runs the whole bot here, `make test` runs every test.
# Both make the environment in .venv first; nothing else is needed than Python 3.11 or newer.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: dev test check format lint types contracts chaos soak bench lock clean

dev: $(INSTALLED)  ## run the whole bot with a simulated Slack
	@exec $(BIN)/gopherbot dev $(ARGS)

test: $(INSTALLED)  ## run every test
	$(BIN)/python -m pytest $(ARGS)

check: format lint types contracts test  ## what must hold before a commit

format: $(INSTALLED)
	$(BIN)/ruff format --check .

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/gopherbot lint

types: $(INSTALLED)
	$(BIN)/mypy

contracts: $(INSTALLED)
	$(BIN)/lint-imports --config setup.cfg

chaos: $(INSTALLED)  ## kill, freeze, cut and flood it, and count
	$(BIN)/python -m pytest tests/chaos $(ARGS)

soak: $(INSTALLED)  ## the same again and again: SOAK_MINUTES=60 make soak
	SOAK_MINUTES=$${SOAK_MINUTES:-30} $(BIN)/python -m pytest tests/chaos $(ARGS)

bench: $(INSTALLED)  ## measure it against its peers
	$(BIN)/python -m bench $(ARGS)

lock: $(INSTALLED)  ## compile requirements.txt anew
	$(BIN)/pip-compile --quiet --strip-extras --generate-hashes --no-emit-index-url \
		--no-emit-trusted-host --no-emit-find-links --no-header --allow-unsafe \
		--output-file requirements.txt setup.cfg

$(INSTALLED): setup.cfg pyproject.toml requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev,bench]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info
