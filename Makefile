# The commands of this project. `make demo` and `make test` need git, make and python3-venv only.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: setup setup-dev demo test check bench messages lock clean

setup: $(VENV)/.node  ## the node in its own virtual environment
setup-dev: $(VENV)/.dev

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.node: requirements/node.txt pyproject.toml | $(BIN)/python
	@echo "Installing the node's locked requirements into $(VENV) (once)."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.node
	@echo "Installing the locked requirements of tests and checks into $(VENV) (once)."
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	touch $@

lock: | $(BIN)/python  ## resolve the requirements again; the files name no download address
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra node pyproject.toml requirements/build.in -o requirements/node.txt
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --extra node pyproject.toml requirements/build.in requirements/dev.in -o requirements/dev.txt
