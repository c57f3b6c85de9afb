# Keepwell: every command of the house. `make` alone prints what there is.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
export PORT
export DJANGO_SETTINGS_MODULE := keepwell.config.settings

.DEFAULT_GOAL := help
.PHONY: help setup run test soak check bench area migration messages openapi lock sbom format

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## .venv by the locks, assets, translations; quick when all is up to date
	@$(PYTHON) bin/setup

run: ## the demo group on http://localhost:$PORT, with a worker beside it
	@$(PYTHON) bin/setup run && exec $(BIN)/keepwell demo

test: setup ## every test; what needs PostgreSQL or Chromium runs where they are
	@$(BIN)/python bin/test $(TESTS)

soak: setup ## the same tests with full numbers; writes dated results under var/soak
	@$(BIN)/python bin/soak

check: setup ## exactly what CI runs
	@$(BIN)/python bin/check

bench: setup ## the benchmarks, as ratios in one run
	@$(BIN)/python -m benchmarks

area: setup ## a new area in the house's shape: make area name=policy
	@$(BIN)/python bin/area "$(name)"

migration: setup ## write the migrations that the models ask for
	@$(BIN)/python -m django makemigrations

messages: setup ## bring the translation files in line with the sources
	@$(BIN)/python bin/messages extract && $(BIN)/python bin/messages compile

openapi: setup ## write tests/openapi.json, the snapshot of the API
	@$(BIN)/python bin/openapi write

lock: ## resolve requirements.lock and package-lock.json anew
	@$(BIN)/python bin/lock

sbom: setup ## write build/sbom.json, the bill of materials (CycloneDX)
	@$(BIN)/python bin/sbom build/sbom.json

format: setup ## lay out the code and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix . ; $(BIN)/ruff format .
