# capplan: the one place that knows how things are run.
#
# Needs Python 3.11 to 3.14 with pip, and make; nothing else. `make clean`, then `make PYTHON=python3.13 test`,
# picks another Python than python3.
# Everything is installed into .venv, at the versions and hashes of requirements/; only that folder is written to,
# beside .boot (where the system's Python has no venv), .lock-tools (`make lock`) and build/.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install
REPORTS := build/demo

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check drift deep bench accuracy intervals stack-compose lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 24

demo: .venv/installed ## the reference service: a plan, then its report in English and in Persian
	@mkdir -p $(REPORTS)
	$(BIN)/capplan recommend -o $(REPORTS)/plan.json
	$(BIN)/capplan report --format markdown --lang en -o $(REPORTS)/report.en.md
	$(BIN)/capplan report --format markdown --lang fa -o $(REPORTS)/report.fa.md
	@echo "Written: $(REPORTS)/plan.json report.en.md report.fa.md"

test: .venv/tools ## every test but the deep ones
	$(BIN)/python -m pytest -q -n auto --dist loadgroup

check: .venv/tools ## format, lint, types, import contracts, generated files
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache --no-logo > build/contracts.txt || { cat build/contracts.txt; exit 1; }
	$(MAKE) --no-print-directory drift

drift: .venv/tools ## generated files and shell examples equal what the code would write today
	$(BIN)/python -m pytest -q tests/docs

deep: .venv/tools ## the laws with 2,000 examples each, and the tests marked deep: many minutes
	CAPPLAN_HYPOTHESIS=deep $(BIN)/python -m pytest -q -n auto --dist loadgroup -m "hypothesis or deep"

bench: .venv/tools ## speed of commands, solvers and simulator, beside peers; cost of load generator and sampler
	$(BIN)/python benchmarks/commands.py
	$(BIN)/python -m benchmarks.solvers
	$(BIN)/python -m benchmarks.simulation
	$(BIN)/python benchmarks/instruments.py

accuracy: .venv/tools ## every known network through every method: error and processor time
	$(BIN)/python -m benchmarks.accuracy

intervals: .venv/tools ## how often the simulator's 95 % intervals hold what is known exactly: half an hour
	$(BIN)/python -m benchmarks.coverage

stack-compose: .venv/installed ## the reference stack under Docker Compose: built, loaded, sampling checked, taken away
	$(BIN)/python scenarios/django-stack/compose/run.py $(STEPS)

# ── setting up ─────────────────────────────────────────────────────────────────────────────────────────────
# Each stamp is a file in .venv, so that a second run does nothing and `make demo` brings no development tools.

# `import ensurepip` fails where `python3 -m venv` would (Debian ships it apart): virtualenv does the same work.
.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] < (3, 15) else \
	  "capplan needs Python 3.11 to 3.14, and $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=...")'
	@rm -rf .venv .boot
	@echo "Making .venv with $$($(PYTHON) --version)"
	@if $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
	  $(PYTHON) -m venv .venv; \
	else \
	  $(PYTHON) -m pip --disable-pip-version-check --quiet install --root-user-action=ignore \
	    --no-deps --require-hashes --target .boot -r requirements/boot.txt && \
	  PYTHONPATH=.boot $(PYTHON) -m virtualenv --quiet --no-download .venv; \
	fi
	@touch $@

.venv/locked: requirements/run.txt | .venv/made
	@echo "Installing requirements/run.txt"
	@$(PIP) --no-deps --require-hashes --only-binary :all: -r requirements/run.txt
	@touch $@

# Editable, so that the sources in src/ are what runs; nothing is fetched, the build tool is in the lock.
.venv/installed: pyproject.toml .venv/locked
	@$(PIP) --no-deps --no-build-isolation --no-index --editable .
	@touch $@

.venv/tools: requirements/dev.txt .venv/installed
	@echo "Installing requirements/dev.txt"
	@$(PIP) --no-deps --require-hashes --only-binary :all: -r requirements/dev.txt
	@mkdir -p build
	@touch $@

# ── maintaining ────────────────────────────────────────────────────────────────────────────────────────────
# uv resolves once for Python 3.11 to 3.14 on any platform; plain pip installs what it wrote. `fewest` keeps one
# version of each package for all Pythons, so that a plan does not depend on which one computed it.
UV := PYTHONPATH=.lock-tools $(PYTHON) -m uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
  --generate-hashes --no-emit-index-url --upgrade --custom-compile-command "make lock"

lock: ## resolve pyproject.toml anew into requirements/ (read the difference before committing it)
	@test -d .lock-tools || $(PYTHON) -m pip --disable-pip-version-check --quiet install --target .lock-tools uv
	$(COMPILE) --group boot -o requirements/boot.txt
	$(COMPILE) pyproject.toml --group build -o requirements/run.txt
	$(COMPILE) pyproject.toml --group dev --constraints requirements/run.txt -o requirements/dev.txt
	$(COMPILE) scenarios/django-stack/requirements.in -o scenarios/django-stack/requirements.txt

clean: ## remove everything that make has made
	rm -rf .venv .boot .lock-tools build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find src tests -name __pycache__ -type d -prune -exec rm -rf {} +
