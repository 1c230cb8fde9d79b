# Everything a newcomer needs: `make run` and `make test`. `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# The newest Python of 3.11 and above that is installed; override with `make PYTHON=python3.13 run`.
PYTHON ?= $(shell for v in 3.13 3.12 3.14 3.11 3; do command -v python$$v >/dev/null 2>&1 \
  && python$$v -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
  && echo python$$v && break; done)
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: help setup run test unit check format openapi train quality-source-bias quality-violence bench chaos chaos-quick fuzz clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1	\2/' | expand -t 20

setup: $(VENV)/.installed-run ## make .venv and install what a running Obelus needs (no torch)

run: setup ## start everything, read the sample article, stay up until Ctrl-C
	@exec $(RUN) -m workers run

test: $(VENV)/.installed-test ## the whole test suite
	@$(VENV)/bin/pytest

unit: $(VENV)/.installed-test ## the tests that need no server, no weights and no network
	@$(VENV)/bin/pytest -n auto --dist loadfile -m "not servers and not weights and not end_to_end"

check: $(VENV)/.installed-test ## ruff, mypy --strict, import-linter, tests
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports
	@$(VENV)/bin/pytest

format: $(VENV)/.installed-test ## lay the code out
	@$(VENV)/bin/ruff check --fix .
	@$(VENV)/bin/ruff format .

openapi: setup ## write docs/openapi.json anew
	@$(RUN) -m service.openapi > docs/openapi.json

.venv-train/.installed: requirements.txt requirements/run.txt requirements/train.txt # torch and transformers besides
	@test -d .venv-train || $(PYTHON) -m venv .venv-train
	@.venv-train/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

train: .venv-train/.installed ## learn the weights of both profiles from ../shared/data (two cores or a GPU)
	@.venv-train/bin/python -m training.train --profile research
	@.venv-train/bin/python -m training.train --profile permissive

register-check: setup ## what in the register is doubled, clashing, ordinary or stale
	@$(RUN) -m models.designations.check

quality-designations: setup ## measure the designations classifier on the case table
	@$(RUN) -m quality.designations

quality-source-bias: setup ## measure the source-bias classifier on the held-out data, beside its baselines
	@.venv-train/bin/python -m quality.source_bias --profile all

quality-violence: setup ## measure the violence classifier beside its baselines, as tables for its card
	@.venv-train/bin/python -m quality.violence --profile all

bench: setup .venv-train/.installed ## measure speed: by stage, beside other pipelines, from POST to webhook (five minutes)
	@$(RUN) -m quality.speed

chaos: $(VENV)/.installed-test ## kill everything at random under load and look for every article (an hour; root, strace, npm)
	@$(RUN) -m quality.faults --freeze

chaos-quick: $(VENV)/.installed-test ## the same in a few minutes, as in CI
	@$(RUN) -m quality.faults --quick

fuzz: $(VENV)/.installed-test ## 200,000 bad requests to the real server (minutes; goes on where it was stopped)
	@$(RUN) -m quality.fuzz

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Obelus needs Python 3.11 or newer with venv; none was found."; exit 1; }
	@echo "Making $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.installed-run: requirements/run.txt | $(VENV)/bin/python
	@echo "Installing what Obelus runs on (a minute, once)"
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/run.txt
	@touch $@

$(VENV)/.installed-test: requirements/test.txt requirements/run.txt | $(VENV)/.installed-run
	@echo "Installing what the tests need"
	@$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements/test.txt
	@touch $@

clean: ## remove .venv and the data of `make run`
	@rm -rf $(VENV) var
