# The first two commands of a newcomer: make run, make test. Both do their own set-up.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test servers crash crash-random lint format lock bench bench-site docs clean

run: .venv/installed
	@exec $(BIN)/outreach run .

test: .venv/installed-dev
	$(BIN)/pytest -n 2 --dist loadgroup $(ARGS)

# The servers that tests start for themselves (apt, npm, pip); nothing happens where they are there.
servers: .venv/installed-dev
	@$(BIN)/python -m tests.servers

# Every fault point, every server mode, every channel; `make test` has the pairs of them.
crash: .venv/installed-dev
	@$(BIN)/python -m tests.crash points

# Kills at random milliseconds, N per channel: make crash-random N=1000 CHANNEL=mastodon SEED=7
N ?= 1000
crash-random: .venv/installed-dev
	@$(BIN)/python -m tests.crash random --runs $(N) $(if $(CHANNEL),--channel $(CHANNEL)) $(if $(SEED),--seed $(SEED))

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# A lock names every file by its hash and no host, so that any index may serve it.
LOCK := $(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet pyproject.toml --extra build --extra channels
lock: .venv/installed-dev
	$(LOCK) --output-file requirements.lock
	$(LOCK) --extra dev --output-file requirements-dev.lock

bench: .venv/installed
	$(BIN)/python -m bench

# Beside Hugo, Pelican, Eleventy, Jekyll and Nikola, which it installs: make bench-site N=1000
bench-site: .venv/installed
	@$(BIN)/python -m bench.site --posts $(N)

docs: .venv/installed-dev
	$(BIN)/python -m tests.test_docs

clean:
	rm -rf .venv .outreach .mypy_cache .pytest_cache .ruff_cache outreach.sandbox.db*

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "outreach needs Python 3.11 or newer; say which: make PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@
