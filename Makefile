# `make demo` mattes a real clip, `make test` runs every test, `make notebooks` executes and saves every notebook.
# `make check` takes a minute, `make docs` builds the pages and the API reference into site/.
# Each makes .venv first and fills it when pyproject.toml or constraints.txt has changed.
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt

.PHONY: demo test check coverage lint docs notebooks clean

demo: .venv/demo.stamp
	$(BIN)/modnetv demo

# One process a folder, and one a file where every runtime is tested: with decord, OpenVINO, ONNX Runtime, a compiler
# and a browser's driver in one process, tests crashed long after its memory had been damaged.
TESTS := $(sort $(filter-out tests/engines/,$(dir $(wildcard tests/*/test_*.py))) $(wildcard tests/engines/test_*.py))
DOCTESTS := --doctest-modules modnetv_kit/models modnetv_kit/inference modnetv_kit/evaluation modnetv_kit/files.py
test: .venv/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(MAKE) --no-print-directory docs
	@failed=0; for part in $(TESTS) "tests/test_*.py" "$(DOCTESTS)"; do \
	  echo "$$part"; $(BIN)/pytest $$part || failed=1; done; exit $$failed

# What to run while working: lint, types, and tests that need neither a browser nor a runtime to be converted for.
CHECK := tests/models tests/data tests/samples tests/test_files.py tests/test_packaging.py
check: .venv/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow" $(CHECK)
	$(BIN)/pytest $(DOCTESTS)

# All tests, with a report of the lines that they do not reach.
coverage: .venv/test.stamp
	$(BIN)/coverage erase
	@failed=0; for part in $(TESTS) "tests/test_*.py" "$(DOCTESTS)"; do \
	  echo "$$part"; $(BIN)/pytest --cov --cov-append --cov-report= $$part || failed=1; done; exit $$failed
	$(BIN)/coverage report --skip-covered

docs: .venv/test.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

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
	$(INSTALL) -e ".[app,notebooks,train,eval,peers,export,openvino,docs,dev]"
	touch $@

clean:
	rm -rf .venv site demo_out .coverage .pytest_cache .ruff_cache .mypy_cache
