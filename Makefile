# `make demo` mattes a real clip, `make test` runs every test, `make notebooks` executes and saves every notebook.
# `make check` takes a minute, `make docs` builds the pages and the API reference into site/.
# `make web` adds to web/ what its page needs: ONNX Runtime Web and Mediabunny from npm, and the exported networks.
# Each makes .venv first and fills it when pyproject.toml or constraints.txt has changed.
PYTHON ?= python3
BIN := .venv/bin
PYTEST = $(BIN)/pytest -p no:cacheprovider
INSTALL := $(BIN)/uv pip install --quiet --python $(BIN)/python -c constraints.txt

.PHONY: demo test check coverage lint docs notebooks web clean

demo: .venv/demo.stamp
	$(BIN)/modnetv demo

# One process a folder, and one a file where every runtime is tested: with decord, OpenVINO, ONNX Runtime, a compiler
# and a browser's driver in one process, tests crashed long after its memory had been damaged. Tests use one thread
# each, or wait for a browser, so JOBS of them run at a time, the longest first. OpenMP's threads spin while they
# wait, so with two in each process networks were ten times slower.
JOBS ?= 2
LONGEST := tests/app/ tests/batch/ tests/notebooks/ tests/training/ tests/web/
FOLDERS := $(LONGEST) $(sort $(filter-out tests/engines/ $(LONGEST),$(dir $(wildcard tests/*/test_*.py))) $(wildcard tests/engines/test_*.py))
DOCTESTS := --doctest-modules modnetv_kit/models modnetv_kit/inference modnetv_kit/evaluation modnetv_kit/files.py
PARTS := $(addprefix part/,$(FOLDERS) root doctests)
PARALLEL = $(MAKE) --no-print-directory --keep-going --jobs $(JOBS)
test: .venv/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(PARALLEL) web types docs
	$(PARALLEL) $(PARTS)

.PHONY: $(PARTS) types
$(PARTS): export OMP_NUM_THREADS = 1
# in a fresh environment numba compiles pymatting for two minutes; on pictures as small as the tests' it is not worth it
$(PARTS): export NUMBA_DISABLE_JIT = 1
$(PARTS): FILES = $(@:part/%=%)
part/root: FILES = $(wildcard tests/test_*.py)
part/doctests: FILES = $(DOCTESTS)
$(PARTS):
	@output=$$($(PYTEST) $(FILES) 2>&1); status=$$?; printf '%s\n' "$@" "$$output"; exit $$status

types: .venv/test.stamp
	$(BIN)/mypy
	$(BIN)/nbqa mypy notebooks --config-file=notebooks/mypy.ini

# What to run while working: lint, types, and tests that need neither a browser nor a runtime to be converted for.
CHECK := tests/models tests/data tests/samples tests/test_files.py tests/test_packaging.py
check: .venv/test.stamp
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest -m "not slow" $(CHECK)
	$(BIN)/pytest $(DOCTESTS)

# All tests, with a report of the lines that they do not reach.
coverage: .venv/test.stamp web
	$(BIN)/coverage erase
	$(PARALLEL) $(PARTS) PYTEST='$(BIN)/coverage run --parallel-mode -m pytest -p no:cacheprovider'
	$(BIN)/coverage combine
	$(BIN)/coverage report --skip-covered

docs: .venv/test.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

lint: .venv/test.stamp
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/mypy

web: .venv/test.stamp
	$(BIN)/python -m modnetv_kit.web.build

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
	$(INSTALL) -e ".[app,notebooks,train,eval,peers,export,openvino,s3,docs,dev]"
	touch $@

clean:
	rm -rf .venv site demo_out web/built .coverage .pytest_cache .ruff_cache .mypy_cache
