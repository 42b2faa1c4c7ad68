# Everything a developer runs. `make setup` once (the other targets do it if need be), then `make demo`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z][a-z0-9-]*:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(STAMP) ## Make the virtual environment .venv and install the locked packages

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
		{ echo "Claimwire needs Python 3.11, 3.12 or 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1 || echo missing)." >&2; \
		  echo "Name another one: make setup PYTHON=python3.12" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing the locked packages into $(VENV), about a minute the first time …"
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps -e .
	@touch $@

.PHONY: demo
demo: $(STAMP) ## Start everything, submit the sample articles, show who said what, stop everything
	@$(BIN)/claimwire demo

.PHONY: up
up: $(STAMP) ## Start Kafka, ingest and one enrich worker, and keep them running until Ctrl-C
	@$(BIN)/claimwire up

.PHONY: test
test: $(STAMP) ## Run all tests, those with a real Kafka too
	$(BIN)/python -m pytest

.PHONY: check
check: $(STAMP) ## Run what must be clean before a commit: style, types, import rules, documentation
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m deploy.grafana.generate --check
	$(BIN)/python deploy/k8s/generate.py --check
	$(BIN)/python deploy/docker/lock.py --check
	$(BIN)/python -m pytest tests/docs

.PHONY: tools
tools: $(STAMP) ## Get the programs that check manifests and rules (Go and Debian's packages; a minute the first time)
	@$(BIN)/python deploy/tools/get.py kustomize kube-score crds prometheus promtool >/dev/null

.PHONY: test-k8s
test-k8s: $(STAMP) ## Apply the manifests to a real Kubernetes API server (builds one the first time, five minutes)
	@$(BIN)/python deploy/tools/get.py kustomize crds etcd kubectl kube-apiserver >/dev/null
	$(BIN)/python -m pytest -m apiserver tests/deploy

# Where the corpora are; they are not part of this repository.
DATA ?= .data

.PHONY: eval
eval: $(STAMP) ## Measure how good the language steps are and write docs/reference/quality.md (DATA=folder)
	$(BIN)/python -m bench.quality $(DATA)

.PHONY: bench-nlp
bench-nlp: $(STAMP) ## Compare the speed of language, sentences and entities with spaCy's, on one core
	$(BIN)/python -m bench.nlp
