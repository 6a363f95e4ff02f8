# make setup installs everything; demo, test, lint, bench and format build on it.
SHELL := /bin/bash
VENV  := .venv
BIN   := $(VENV)/bin
STAMP := $(VENV)/.installed
NODE  := tests/micropython/node_modules/.package-lock.json
RUN   := env -u PYTHONPATH PATH="$(CURDIR)/$(BIN):$(PATH)"

.PHONY: setup demo test lint bench bench-scan faults fuzz check-print format lock messages clean

setup: $(STAMP) $(NODE)

# Debian packages first, then the locked Python packages, then ourselves (editable).
$(STAMP): requirements.lock pyproject.toml config/setup-debian.sh
	@config/setup-debian.sh
	python3 -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-build-isolation --no-deps -e .
	$(BIN)/python -m compileall -q config kiosk office printer scanner sync
	@touch $@

$(NODE): tests/micropython/package-lock.json $(STAMP)
	cd tests/micropython && $(RUN) npm ci --silent --no-audit --no-fund
	@touch $@

demo: $(STAMP)
	@$(RUN) ocop demo

test: setup lint
	@$(RUN) python -m pytest

lint: $(STAMP)
	@$(RUN) ruff check . && $(RUN) ruff format --check --quiet . && $(RUN) mypy && $(RUN) lint-imports --no-cache

bench: $(STAMP)
	@for file in tests/bench/bench_*.py; do $(RUN) python $$file || exit 1; done

bench-scan: $(STAMP)
	@$(RUN) python tests/bench/bench_scan.py

# Hours, in as many sittings as need be: it goes on where it stopped. ONLY=kills for a group, MINUTES=60 for an hour.
faults: $(STAMP)
	@$(RUN) python tests/faults/run.py $(if $(ONLY),--only "$(ONLY)") $(if $(MINUTES),--minutes $(MINUTES))

# Ten million texts by default; RUNS=100000 for a minute. atheris lives in an environment of its own.
RUNS ?= 10000000
FUZZ := $(VENV)/fuzz
fuzz: $(FUZZ)/.installed
	@PYTHONPATH=$(CURDIR) $(FUZZ)/bin/python tests/fuzz/fuzz_codes.py $(RUNS)

$(FUZZ)/.installed: tests/fuzz/requirements.txt
	python3 -m venv $(FUZZ)
	$(FUZZ)/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

# Receipts read by a virtual printer of others (emupos), which needs a Python 3.13 of its own.
PYTHON313 ?= python3.13
EMUPOS := $(VENV)/emupos
check-print: $(EMUPOS)/.installed
	@$(RUN) python tests/emupos/check_print.py $(EMUPOS)/bin/emupos

$(EMUPOS)/.installed: tests/emupos/requirements.txt $(STAMP)
	$(PYTHON313) -m venv $(EMUPOS)
	$(EMUPOS)/bin/python -m pip install --quiet --require-hashes --only-binary :all: -r $<
	@touch $@

format: $(STAMP)
	@$(RUN) ruff format . && $(RUN) ruff check --fix .

# The pages' sentences as the service reads them; both stand in the repository, so that nothing is built on a Pi.
messages: $(STAMP)
	@for file in kiosk/host/web/locale/*/LC_MESSAGES/*.po; do $(RUN) pybabel -q compile -i $$file -o $${file%.po}.mo || exit 1; done

# The only step that needs uv: writes the lock anew, without addresses, for Python 3.11 to 3.13.
lock:
	uv pip compile --universal --generate-hashes --no-emit-index-url --no-header -p 3.11 \
	  --extra dev pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) demo-data tests/micropython/node_modules
