# Every developer verb. Bare `make` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
T ?= 60
# Chromium of the machine; the browser tests need it.
RUST_SOURCES := $(shell find crates -name '*.rs' -not -path '*/target/*') Cargo.toml Cargo.lock $(wildcard crates/*/Cargo.toml)
WEB_SOURCES := $(shell find web python/goodfit/findings/words -type f -not -path '*/node_modules/*' 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help setup system demo dev test test-rust test-python test-web browser test-integrations check lint fix snap fuzz bench docs wheel clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F'\t' '{printf "  %-18s %s\n", $$1, $$2}'

setup: $(VENV)/.dev web/node_modules/.installed system ## everything a developer needs on this machine

system: ## Debian packages that the tests want (Chromium, Korean fonts), where we may install them
	@tools/system_packages.sh

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --upgrade pip

# The package, in release mode: Rust core and page are built by build_backend.py.
$(VENV)/.installed: $(VENV)/bin/python pyproject.toml build_backend.py $(RUST_SOURCES) $(WEB_SOURCES)
	$(BIN)/python -m pip install -q -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.installed
	$(BIN)/python -m pip install -q -e ".[dev]"
	@touch $@

web/node_modules/.installed: web/package.json web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund
	@touch $@

demo: $(VENV)/.installed ## train four small models and open the page on them (ARGS=--once: print the verdicts and end)
	$(BIN)/goodfit demo $(ARGS)

dev: setup ## the server on logs/ and the page with reload; one Ctrl-C stops both
	$(BIN)/python tools/dev.py $(ARGS)

test: setup test-rust test-python test-web browser ## all tests

test-rust: ## the core's tests
	cargo test --workspace --exclude goodfit-py --quiet

test-python: $(VENV)/.dev ## the tests of the Python package, without a browser
	$(BIN)/python -m pytest -q -m "not browser and not integration" $(ARGS)

test-web: web/node_modules/.installed ## the page's unit tests
	cd web && npm test --silent

browser: setup ## the page in Chromium
	$(BIN)/python -m pytest -q -m browser tests/browser $(ARGS)

test-integrations: $(VENV)/.installed ## TensorFlow, PyTorch, Keras, … each in an environment of its own (slow, large)
	$(BIN)/python tests/integration/run.py $(ARGS)

check: setup lint ## the cheap checks, fast first: format, lint, types, import law, schema, budgets
	$(BIN)/python tools/gen_api.py --check
	$(BIN)/python tools/budgets.py
	$(BIN)/python -m mypy.stubtest goodfit._core --ignore-missing-stub --ignore-unused-allowlist --allowlist tools/stubtest_allowed.txt --concise
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cd web && npm run --silent check

lint: $(VENV)/.dev web/node_modules/.installed
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	cargo fmt --all --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	cd web && npm run --silent lint

fix: $(VENV)/.dev ## format and mend what tools can
	$(BIN)/ruff format --quiet .
	$(BIN)/ruff check --fix --quiet .
	cargo fmt --all
	cd web && npm run --silent fix

snap: $(VENV)/.dev ## rewrite the text snapshots, then review the difference
	GOODFIT_SNAP=1 $(BIN)/python -m pytest -q tests/contract $(ARGS)
	git diff --stat -- tests

fuzz: ## fuzz each target for T seconds
	tools/fuzz.sh $(T)

bench: $(VENV)/.dev ## make bench NAME=load|log_call|judgement|page
	$(BIN)/python -m bench.$(NAME) $(ARGS)

docs: $(VENV)/.dev ## redraw the pictures in docs/
	$(BIN)/python docs/make_pictures.py
	$(BIN)/python docs/make_screenshots.py

wheel: $(VENV)/.dev ## build the wheel, install it alone, ask for the page and each of its assets
	$(BIN)/python tools/wheel.py

clean: ## remove what was built
	rm -rf target dist $(VENV) web/node_modules python/goodfit/server/static python/goodfit/_core*.so
