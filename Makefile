# What can be run here; `make help` lists it. Every target sets up the environment it needs, once.
#
# Put a target here when it exists and does something; what it runs lives in a program of its own.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test check lint bench torture proof real lock
.PHONY: types contracts core

PYTHON ?= python3
DATA ?= ../shared/data
WHAT ?=
KINDS := triage archive faults lifecycle triggers gate rollback recurrence closure drift

BIN := .venv/bin
READY := .venv/.ready

export DO_NOT_TRACK := true

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-7s %s\n", $$1, $$2}' Makefile

demo: $(READY) ## run an embedded history with known truth and compare what was found
	@$(BIN)/proofloop demo

test: $(READY) ## run every test, two processes at a time
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(READY) ## lint, types, import contracts and the core tests: 80 CPU seconds, shared by two processes
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target lint core

lint: $(READY) ## lint, types and import contracts: what no test asks
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory --jobs 2 --output-sync=target types contracts

types: $(READY)
	@$(BIN)/mypy

contracts: $(READY)
	@$(BIN)/lint-imports --no-logo

core: $(READY)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder --hypothesis-profile quick tests/domain tests/checks

bench: $(READY) ## measure against peers [WHAT=triage]
	$(call run-each,benchmarks,)

torture: $(READY) ## alter archives, let system calls fail [WHAT=archive] [SEED=1] [MUTATIONS=10000] [ARCHIVE=DIR] [PACKAGES=6] [REPLAY=NUMBER]
	$(call run-each,tests.torture,$$([ $$kind != archive ] || echo $(foreach name,SEED MUTATIONS ARCHIVE PACKAGES REPLAY,$(call option,$(name)))))

proof: $(READY) ## simulate years whose truth is known, and compare [WHAT=triggers]
	$(call run-each,tests.proof,)

real: $(READY) ## compare with what is known of real data [WHAT=triage] [DATA=../shared/data]
	$(call run-each,tests.real,--data "$(DATA)")

lock: $(READY) ## resolve the dependencies again and write requirements.lock
	@$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --group dev --upgrade pyproject.toml -o requirements.lock

# $(call option,NAME): --name VALUE, where it was given
option = $(if $($(1)),--$(shell echo $(1) | tr A-Z a-z) $($(1)))

# $(call run-each,package,arguments): run package.KIND for WHAT, or for every kind there is; not one that runs is a failure.
define run-each
@failed=; ran=; \
for kind in $(or $(WHAT),$(KINDS)); do \
  if [ ! -f $(subst .,/,$(1))/$$kind.py ]; then \
    if [ -z "$(WHAT)" ]; then continue; fi; \
    echo "make $@: expected WHAT to be one of those in $(subst .,/,$(1))/, found $$kind" >&2; exit 2; \
  fi; \
  ran=$$kind; \
  $(BIN)/python -m $(1).$$kind $(2) || failed="$$failed $$kind"; \
done; \
if [ -z "$$ran" ]; then echo "make $@: nothing to run" >&2; exit 2; fi; \
if [ -n "$$failed" ]; then echo "make $@: not ok:$$failed" >&2; exit 1; fi
endef

$(READY): requirements.lock requirements-uv.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "expected Python 3.11 or later, found " + sys.version.split()[0] + "; run make PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes --compile-bytecode requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(READY)
