# Every target that needs Python calls `setup` first, so each works alone in a fresh clone.
# Needed on the machine: Python 3.11 or later, pip, make, git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup demo test check format lint types imports bench torture lock clean

help: ## show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## make .venv and install the locked dependencies and the bot

$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; set PYTHON=...") if sys.version_info < (3, 11) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked dependencies into $(VENV) (a minute or two the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

demo: setup ## the whole bot against a pretend Slack and feed server; no account, no network
	@$(BIN)/briefing demo

test: setup ## all tests but the long fault and kill tests (those: make torture)
	$(BIN)/python -m pytest -q -m "not slow"

lint: setup ## style and common mistakes
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup ## strict type check
	$(BIN)/mypy

imports: setup ## imports go one way
	$(BIN)/lint-imports

check: lint types imports ## all that CI runs
	$(BIN)/python -m pytest -q -m "not slow" --cov --cov-report=term

format: setup ## format, and fix what can be fixed by machine
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: setup ## measure speed against peers and limits; prints ratios
	$(BIN)/python -m bench

torture: setup ## long fault and kill tests, and new examples for every property
	$(BIN)/python -m pytest -q -m "slow or hypothesis" --hypothesis-profile torture

lock: ## write requirements/*.lock anew (maintainers; needs uv)
	uv pip compile --quiet --universal --no-strip-extras --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" pyproject.toml -o requirements/run.lock
	uv pip compile --quiet --universal --no-strip-extras --generate-hashes --no-emit-index-url --python-version 3.11 --custom-compile-command "make lock" pyproject.toml --group dev -o requirements/dev.lock

clean: ## remove .venv and caches (never ./data)
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
