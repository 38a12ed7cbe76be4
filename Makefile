# Two commands do all the set-up: make run, make test. Both need only Python 3.11+ with venv, and make.
PYTHON ?= python3
BIN := .venv/bin
# A process for each processor; one that is done takes tests over from the others.
SIDE_BY_SIDE := -n logical --dist worksteal
.DEFAULT_GOAL := help
.PHONY: help run test test-more test-all check train locale bench soak prism lock clean

help:  ## Show what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.venv/run.done: docker/requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Privacy Desk needs Python 3.11 or newer: make PYTHON=python3.12 run")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r docker/requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps -e .
	touch $@

.venv/dev.done: .venv/run.done tests/requirements.lock
	$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r tests/requirements.lock
	touch $@

run: .venv/run.done  ## Start the whole desk with its demo page, no account anywhere
	$(BIN)/privacydesk serve --demo

test: .venv/dev.done  ## Run the tests that need nothing but this checkout
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -m "not external and not browser and not slow"

test-more: .venv/dev.done  ## Run the others: with Chromium, kills and outside cases
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE) -m "external or browser or slow"

test-all: .venv/dev.done  ## Run every test
	$(BIN)/python -m pytest -q $(SIDE_BY_SIDE)

check: .venv/dev.done  ## Lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

train: .venv/run.done  ## Learn the classifiers anew from our own examples, after a corpus has changed
	$(BIN)/python -m knowledge.training
	$(BIN)/python -m bot.conversations.training

locale: .venv/dev.done  ## Compile the catalogues of other languages, after one has changed
	$(BIN)/pybabel compile --domain desk --directory bot/locale

bench: .venv/dev.done  ## Measure speed and memory, as ratios in one run
	$(BIN)/python -m tests.bench

soak: .venv/dev.done  ## Ten minutes of all channels at once, good and bad input mixed
	$(BIN)/python -m tests.soak

prism: .prism/done  ## Install Prism in a folder of its own, to hold what we send against Twilio's description (needs node)

.prism/done: tests/prism/package-lock.json
	mkdir -p .prism
	cp tests/prism/package.json tests/prism/package-lock.json tests/prism/.npmrc .prism/
	cd .prism && npm ci --silent
	touch $@

lock:  ## Make the hashed lock files anew (needs uv)
	uv pip compile pyproject.toml docker/build.in --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --output-file docker/requirements.lock
	uv pip compile pyproject.toml docker/build.in --extra dev --extra postgres --universal --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --quiet --output-file tests/requirements.lock

clean:  ## Remove what the build made; data in var/ stays
	rm -rf .venv .prism .mypy_cache .ruff_cache .pytest_cache *.egg-info
