# `make demo` and `make test` are all a fresh machine needs: Python 3.11 with venv, git, make.
PYTHON ?= python3
BIN := .venv/bin
export FOYER_BENCH_DATA ?= $(abspath ../shared/data)

.PHONY: setup demo serve test long check bench samples clean

setup: .venv/.ready

.venv/.ready: pyproject.toml constraints.txt
	@echo "Installing into .venv, once; it takes some minutes and says little."
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt --no-deps pipecat-ai  # Smart Turn, for tests
	touch $@

demo: setup
	$(BIN)/foyer demo

serve: setup
	$(BIN)/foyer serve

# A test run starts these programs a hundred times: they are compiled once, whatever the shell says.
test long: export PYTHONDONTWRITEBYTECODE =

test: setup
	$(BIN)/python -m pytest -m 'not long' -n 3 --dist loadfile --no-loadscope-reorder

long: setup
	$(BIN)/python -m pytest -m long --timeout 3600

check: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit -q -c pyproject.toml -ll -r api screening interview matching models integrations compliance
	$(BIN)/python -m tests.advisories
	$(BIN)/python -m pytest -q tests/unit/test_docs.py

bench: setup
	$(BIN)/python -m tests.bench

samples: setup
	$(BIN)/python -m samples.build

clean:
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache *.egg-info build dist
