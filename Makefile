# make run    everything on this machine with live numbers; ARGS="..." goes to `cxstream local`, BROKER=kafka for Apache Kafka
# make watch  the same with a real Prometheus and Alertmanager: the alerts of an outage, as they come and go
# make test   all checks and tests that this machine can run
# make test-faults  every fault on real brokers, a line for each; ARGS="--fault-seed 7" for another history and other moments
# make test-replay  replays against live workers on Apache Kafka, also under faults
# make test-ops     rules, alerts, routes, dashboards and what deploys them; needs promtool, prometheus and amtool. Beyond
#                   `make test` it tells the story of an outage to real programs, a quarter of an hour on a machine that does
#                   nothing else
# make dashboards  write Grafana's dashboards from their code; dashboards-preview draws each with recorded data, and
#                   ARGS=--record records them anew from the local stack, some four minutes
# make proof  the property tests with fifty times as many examples as in `make test`, an hour or two
# make fuzz   a million hostile inputs and more, some ten minutes; ARGS="events --seed 7 --only 12" makes one of them again
# make soak   half an hour of traffic with random faults, and its report; MINUTES=5 for less, SEED=7 for the same again
# make lint   the checks alone: ruff, mypy, import contracts
# make bench  cxstream beside its peers, into tests/bench/RESULTS.md: about 10 minutes on a quiet machine, Java and Maven;
#             ARGS="--scale 0.1 --rounds 1" is a quick look. Likewise bench-growth, bench-freshness, bench-profile
#             and bench-rebuild (a lost database of ten million events);
#             bench-instructions counts what the core needs per event (valgrind) and takes it as the new baseline.
# make lock   resolve the dependencies of pyproject.toml anew into requirements.lock
# make clean  remove what make has made; the data of `cxstream local` (.cxstream) stay
#
# Needs make and Python 3.11 or newer. Another Python: make PYTHON=/path/to/python3.12 run

PYTHON ?= python3
BROKER ?= tansu
ARGS ?=
MINUTES ?= 30
SEED ?=

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UV_VERSION := 0.13.9
# Two processes on any machine: most tests wait for servers, and each process starts servers of its own.
PYTEST := $(BIN)/pytest -n 2 --dist loadgroup

.DEFAULT_GOAL := run
.PHONY: run watch test test-faults test-replay test-ops dashboards dashboards-preview proof fuzz soak lint bench bench-growth bench-freshness bench-profile bench-rebuild bench-instructions lock clean setup

# 130 is the end by Ctrl-C, which is how a run without --duration ends.
run: setup
	@$(BIN)/cxstream local --broker $(BROKER) $(ARGS) || [ $$? -eq 130 ]

watch: setup
	@$(BIN)/cxstream local --watch --broker $(BROKER) $(ARGS) || [ $$? -eq 130 ]

test: lint
	@unless=; \
	if ! $(BIN)/python -m deploy.local.kafka; then \
		echo "NOT RUN: the tests against a real Apache Kafka (pytest marker: kafka)" >&2; \
		unless="not kafka"; \
	fi; \
	if ! command -v promtool >/dev/null || ! command -v amtool >/dev/null; then \
		echo "NOT RUN: rules and routes, which need promtool and amtool (pytest marker: prometheus)" >&2; \
		unless="$${unless:+$$unless and }not prometheus"; \
	fi; \
	if [ -n "$$unless" ] && [ -n "$$CI" ]; then \
		echo "error: continuous integration runs every test, these too" >&2; exit 1; \
	fi; \
	$(PYTEST) $${unless:+-m "$$unless"}

test-faults: setup
	$(BIN)/pytest tests/faults $(ARGS)

test-replay: setup
	$(BIN)/pytest tests/integration/replay tests/faults/test_replay.py -m kafka

test-ops: setup
	$(BIN)/pytest tests/deploy tests/deploy/prometheus/story_on_stack.py

dashboards: setup
	$(BIN)/python -m deploy.grafana

dashboards-preview: dashboards
	@$(BIN)/python -m tests.deploy.grafana.preview $(ARGS)

proof: setup
	$(PYTEST) tests/property --hypothesis-profile proof --timeout 0 $(ARGS)

fuzz: setup
	@$(BIN)/python -m tests.fuzz $(ARGS)

soak: setup
	@$(BIN)/python -m tests.soak --minutes $(MINUTES) $(if $(SEED),--seed $(SEED))

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup
	@$(BIN)/python -m tests.bench.compare $(ARGS)

bench-growth: setup
	@$(BIN)/python -m tests.bench.growth $(ARGS)

bench-freshness: setup
	@$(BIN)/python -m tests.bench.freshness $(ARGS)

bench-profile: setup
	@$(BIN)/python -m tests.bench.profile $(ARGS)

bench-rebuild: setup
	@$(BIN)/python -m tests.bench.rebuild $(ARGS)

bench-instructions: setup
	@$(BIN)/python -m tests.bench.instructions

lock: setup
	$(BIN)/uv pip compile pyproject.toml --extra local --group dev --universal --generate-hashes \
		--python-version 3.11 --quiet --output-file requirements.lock

clean:
	rm -rf $(VENV) .bench build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup: $(INSTALLED)

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "error: cxstream needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>&1)." >&2; \
		echo "Install one (Debian, Ubuntu: apt install python3.11 python3.11-venv) and name it:" >&2; \
		echo "    make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; \
		exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
		echo "error: $(PYTHON) cannot make a virtual environment; Debian, Ubuntu: apt install python3-venv" >&2; \
		exit 1; }
	@echo "installing into $(VENV); this takes a minute or two the first time"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@
