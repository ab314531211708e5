# The commands of this project. `make demo` and `make test` need git, make and python3-venv only.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11
# What follows the command, for example `make demo ARGS=--finished` or `make test ARGS="-k ledger"`.
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check bench messages reference lock clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: setup  ## the story in your browser: prints one link (ARGS=--finished plays it to its end)
	@$(BIN)/detente demo $(ARGS)

test: setup-dev  ## every test, on SQLite and PostgreSQL (ARGS go to pytest; --complete allows no skip)
	@$(BIN)/python tools/run_tests.py $(ARGS)

check: setup-dev  ## style, types, floors, documents, tree, requirements
	@$(BIN)/python tools/run_checks.py $(ARGS)

bench: setup-dev  ## speed and memory against the targets of docs/performance.md
	@$(BIN)/python -m pytest -s tests/bench $(ARGS)

setup: $(VENV)/.node  ## the node in its own virtual environment, .venv

setup-dev: $(VENV)/.dev  ## the same with what tests and checks need

messages: setup-dev  ## collect the texts for translators and compile what they wrote
	@$(BIN)/python tools/messages.py $(or $(ARGS),update)

reference: setup-dev  ## write the generated pages of docs/reference again
	@$(BIN)/python tools/reference.py

lock: $(BIN)/python  ## resolve the requirements again; the files name no download address
	$(PIP) install uv
	$(COMPILE) --extra node pyproject.toml requirements/build.in -o requirements/node.txt $(ARGS)
	$(COMPILE) --extra node pyproject.toml requirements/build.in requirements/dev.in -o requirements/dev.txt $(ARGS)

clean:  ## remove the virtual environment and every cache
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python cannot make a virtual environment; install python3-venv."; exit 1; }

$(VENV)/.node: requirements/node.txt pyproject.toml | $(BIN)/python
	@echo "Installing the node's locked requirements into $(VENV) (once)."
	@$(PIP) install --require-hashes -r requirements/node.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.node
	@echo "Installing the locked requirements of tests and checks into $(VENV) (once)."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@
