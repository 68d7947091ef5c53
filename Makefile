# CONTRIBUTING.md describes the targets.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Optional dependencies to install; CI adds openvino,ray so that their tests run.
EXTRAS ?= dev
JOBS ?= 3
ONE_THREAD := POLARS_MAX_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
comma := ,
# A module is compiled when it is first imported: to compile all of them takes long, and most are never imported.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt
INSTALLED := $(VENV)/.installed-$(subst $(comma),-,$(EXTRAS))

export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false
# A command whose modules are compiled at each start takes seven seconds instead of two.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: setup run test quick storm check lint layers types bench ui clean docs

setup: $(INSTALLED)

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "paperlake needs Python 3.11 to 3.13; name one with: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e '.[$(EXTRAS)]'
	@touch $@

run: setup
	$(BIN)/paperlake run

# Three files of tests at a time, with one thread each: on two cores, since some tests wait for other processes.
# tests/conftest.py puts the files in order: those that take long come first.
PYTEST := $(ONE_THREAD) $(BIN)/pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder

test: setup
	$(PYTEST)

quick: setup
	$(PYTEST) -m "not real_data and not model and not slow"

# Hours: every kill, damage, order and mutated dump of tests/storms, with counts at the end.
storm: setup
	STORM=1 $(ONE_THREAD) $(BIN)/pytest -q -n $(JOBS) tests/storms

lint: setup
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

layers: setup
	$(BIN)/lint-imports

types: setup
	$(BIN)/mypy

check: lint layers types test

bench: setup
	$(PIP) -e '.[bench,openvino]'
	@grep -m 1 -H '^"""' benchmarks/*.py | sed 's/:"""/: /'

ui: setup
	$(BIN)/paperlake ui

docs: setup
	$(BIN)/python -m paperlake.documentation docs
	$(BIN)/python -m tests.support.query_examples
	$(BIN)/python -m tests.support.notebook

clean:
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find data_lake -mindepth 1 -maxdepth 1 ! -name raw ! -name curated -exec rm -rf {} +
