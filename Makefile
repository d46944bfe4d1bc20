# The project's commands; `make` alone lists them. Everything runs from .venv, which `make install` keeps in step.
export PROOFLINE_HOME ?= $(CURDIR)/var
BIN := .venv/bin
UV ?= uv
# Where the environment forbids it, every one of the processes that tests and demo start would compile all of this anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install demo serve test test-nightly check check-web check-sdk sdk docs format bench lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## .venv as the lock says, with the project in it; quick when nothing changed
	@.ci/install

demo: install ## demo events, portals, and everything built from them, in PROOFLINE_HOME (./var)
	@$(BIN)/proofline demo --portals
	@$(BIN)/proofline build
	@echo "Published: $(PROOFLINE_HOME)/published"
	@echo "Reports of the last month:"
	@$(BIN)/proofline reports run --missing
	@echo "Portals, open once the server runs; start it with: make serve"
	@$(BIN)/proofline portals

serve: install ## the API on port 8000, and the Dagster UI with its daemon on port 3000
	@$(BIN)/proofline serve & api=$$!; trap 'kill $$api' EXIT; $(BIN)/proofline ui

test: install ## the tests, but for those of minutes
	@$(BIN)/pytest --numprocesses auto --dist loadfile --no-loadscope-reorder

test-nightly: install ## the tests that take minutes, at most an hour in all
	@$(BIN)/pytest -m nightly

check: install ## format, lint, types, and who may import whom
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

AUDITS := tests/web/audits
$(AUDITS)/node_modules/.package-lock.json: $(AUDITS)/package-lock.json
	@command -v npm >/dev/null || { echo "axe and Lighthouse need node 18.16 or newer with npm: install nodejs and npm."; exit 1; }
	@npm ci --prefix $(AUDITS) --ignore-scripts --no-audit --no-fund --loglevel=error

check-web: install $(AUDITS)/node_modules/.package-lock.json ## axe and Lighthouse on the portals' pages; needs node, npm and Chromium
	@$(BIN)/python -m tests.web.audits

docs: install ## docs/reference anew from the code
	@$(BIN)/python -m docs

SDK := sdk/typescript
$(SDK)/node_modules/.package-lock.json: $(SDK)/package-lock.json
	@command -v npm >/dev/null || { echo "The TypeScript SDK needs node 18 or newer with npm: install nodejs and npm."; exit 1; }
	@npm ci --prefix $(SDK) --ignore-scripts --no-audit --no-fund --loglevel=error

check-sdk: install $(SDK)/node_modules/.package-lock.json ## the TypeScript SDK on the real service; needs node and npm
	@PYTHONPATH=sdk/python/src $(BIN)/python -m tests.sdk.typescript

sdk: install ## the TypeScript SDK's types and operations anew from the Python SDK
	@PYTHONPATH=sdk/python/src $(BIN)/python -m sdk.generator

format: install ## format, and mend what the linter can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: install ## how fast, beside the floor of the parts
	@$(BIN)/python -m bench

# Without index URLs, so that every machine installs from its own index; extras kept, or pip refuses gql[requests].
lock: ## requirements.txt anew from pyproject.toml, with hashes (needs uv)
	@$(UV) pip compile pyproject.toml --group dev --generate-hashes --no-emit-index-url --no-strip-extras \
		--no-header --python-version 3.11 --quiet -o requirements.txt

clean: ## caches and build output away; .venv and PROOFLINE_HOME stay
	@rm -rf build sdk/python/build sdk/typescript/dist dbt/target dbt/logs .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info sdk/python/src/*.egg-info
	@find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
