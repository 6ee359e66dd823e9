# Everything a newcomer types. It needs make and a Python from 3.11 to 3.14, and nothing else.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo serve test test-fast lint bench screenshots translations lock clean

BIN      := .venv/bin
ENGLISH  := web/translations/en/LC_MESSAGES/messages
RUN      := .venv/.packages        # stamps: what was installed, and from which lock
DEV      := .venv/.dev-packages
ABREAST  := -n 2 --dist loadfile --no-loadscope-reorder
COMPILE  := $(BIN)/uv --quiet pip compile --no-config --universal --python-version 3.11 --upgrade \
            --generate-hashes --no-header --no-emit-index-url --no-emit-find-links pyproject.toml

help:
	@echo "Casetrack: every letter answered within one month. What make can do here:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(RUN) ## set everything up, fill a fictional town with a year of mail and serve it (PORT=8000)
	$(BIN)/casetrack demo

serve: $(RUN) ## serve this installation's own database (PORT=8000)
	$(BIN)/casetrack serve

test: $(DEV) ## set everything up and run every test, on SQLite and on PostgreSQL
	$(BIN)/python -m pytest $(ABREAST)

test-fast: $(DEV) ## the tests without the browser and without the slow ones
	$(BIN)/python -m pytest $(ABREAST) -m "not slow and not browser"

lint: $(DEV) ## check style and imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

bench: $(DEV) ## measure this machine's floor and how far from it Casetrack runs
	$(BIN)/python -m benchmarks

screenshots: $(DEV) ## take the six pictures of the README again, in the demonstration town
	$(BIN)/python -m tests.web.screenshots docs/screenshots

lock: $(DEV) ## choose the newest packages that pyproject.toml allows and lock them
	$(COMPILE) --output-file requirements.lock
	$(COMPILE) --extra dev --constraint requirements.lock --output-file requirements-dev.lock

translations: $(DEV) ## gather the sentences of the pages; those that lack English are then empty in messages.po
	$(BIN)/pybabel -q extract --mapping-file web/babel.cfg --keyword plural:1,2 --omit-header --no-location --sort-output \
	  --output-file $(ENGLISH).pot .
	$(BIN)/pybabel -q update --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --no-wrap \
	  --input-file $(ENGLISH).pot --output-dir web/translations
	rm $(ENGLISH).pot
	$(BIN)/pybabel -q compile --directory web/translations

clean: ## remove what make made; a town's data (casetrack-data) is left alone
	rm -rf .venv build dist .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Casetrack runs on..."
	$(call install,requirements.lock)
	@touch $(RUN)

$(DEV): requirements-dev.lock pyproject.toml | $(BIN)/python
	@echo "Installing what Casetrack runs on, and what tests it..."
	$(call install,requirements-dev.lock)
	@touch $(DEV) $(RUN)

# uv takes seconds where pip takes a minute; where uv has no build, pip reads the same locks.
define install
	@$(BIN)/uv --version >/dev/null 2>&1 \
	  || awk '/^[a-z]/ { wanted = /^uv==/ } wanted' requirements-dev.lock \
	     | $(BIN)/python -m pip install -qq --require-hashes --requirement /dev/stdin \
	  || echo "uv could not be installed: going on with pip, which is slower."
	@if $(BIN)/uv --version >/dev/null 2>&1; then \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --requirement $(1) && \
	  $(BIN)/uv pip install --quiet --python $(BIN)/python --build-constraints requirements-dev.lock --no-deps --editable .; \
	else \
	  $(BIN)/python -m pip install -qq --require-hashes --requirement $(1) && \
	  $(BIN)/python -m pip install -qq --no-deps --editable .; \
	fi
endef

# A half-made environment is removed, so that the next try does not take it for a whole one.
$(BIN)/python:
	@for python in $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11; do \
	  if "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then \
	    echo "Making .venv with $$("$$python" --version)..."; \
	    "$$python" -m venv .venv && exit 0; \
	    rm -rf .venv; \
	    echo "$$python has no working venv module (on Debian and Ubuntu: apt install python3-venv)." >&2; \
	    exit 1; \
	  fi; \
	done; \
	echo "Casetrack needs Python 3.11, 3.12, 3.13 or 3.14, and found none of them." >&2; \
	echo "Install one, or name it: make demo PYTHON=/path/to/python3" >&2; \
	exit 1
