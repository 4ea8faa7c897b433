# `make demo` mattes a real clip, `make test` runs every test, `make notebooks` executes and saves every notebook.
# Each makes .venv first and fills it when pyproject.toml or constraints.txt has changed.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt

.PHONY: demo test lint notebooks clean

demo: .venv/demo.stamp
	$(BIN)/modnetv demo

test: .venv/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pytest

lint: .venv/test.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy

notebooks: .venv/test.stamp
	$(BIN)/python notebooks/execute.py

# torch comes by pip, which also looks where pip is configured to look; uv is ten times faster for the rest
.venv/base.stamp: constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt uv torch
	touch $@

.venv/demo.stamp: .venv/base.stamp pyproject.toml
	$(INSTALL) -e ".[demo]"
	touch $@

.venv/test.stamp: .venv/base.stamp pyproject.toml
	$(INSTALL) -e ".[app,notebooks,train,eval,export,openvino,dev]"
	touch $@

clean:
	rm -rf .venv demo_out .pytest_cache .ruff_cache .mypy_cache
