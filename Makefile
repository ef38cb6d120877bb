# Two commands do everything: `make serve` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
C_SOURCES := ringbuf/_ring.c models/picture/_warp_blend.c
SOURCES := actors ringbuf runtime server models data tests perf examples clients/python clients/livekit clients/pipecat
# Two workers share the tests; tests/conftest.py says which of them may run beside each other.
PYTEST := $(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder
UNIT := tests/test_names.py tests/test_deploy_true.py tests/test_docs_true.py tests/test_security_true.py $(addprefix tests/,actors models/chat \
  models/picture models/sound ringbuf runtime server/api server/sessions)

.PHONY: serve test test-livekit test-pipecat check lint types unit docs clean

serve: $(VENV)/serve.ready
	@exec $(BIN)/ringtalk serve

test: lint types
	$(PYTEST)
	@$(MAKE) --no-print-directory test-pipecat test-livekit

# Lint, types, import rules and the tests that sit out no real time: in a minute and a half.
check: lint
	@$(MAKE) --no-print-directory -j2 types unit

lint: $(VENV)/test.ready
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/lint-imports
	$(BIN)/python -m server.api.openapi_document --check
	$(BIN)/python -m server.cli.settings_document --check

types: $(VENV)/test.ready
	$(BIN)/mypy

unit: $(VENV)/test.ready
	$(PYTEST) -m "not realtime" $(UNIT)

docs: $(VENV)/test.ready
	$(BIN)/python -m server.api.openapi_document
	$(BIN)/python -m server.cli.settings_document
	$(BIN)/python -m data.build.mouth.figures_doc

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "ringtalk needs Python 3.11 or newer; $(PYTHON) is older (make PYTHON=python3.12)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, os, sysconfig, sys; sys.exit(not os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))' || \
	  { echo "ringtalk needs Python's venv and headers: apt-get install python3-venv python3-dev"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# A stamp is made last, so an install that was cut short is done again.
$(VENV)/serve.ready: pyproject.toml clients/python/pyproject.toml constraints.txt $(C_SOURCES) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[espeak,talk]' -e clients/python
	@touch $@

$(VENV)/test.ready: pyproject.toml clients/python/pyproject.toml constraints.txt $(C_SOURCES) | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[espeak,neural,dev]' -e clients/python
	@touch $@ $(VENV)/serve.ready

# Pipecat has an environment of its own: what it pins is not what ringtalk pins.
PIPECAT := .venv-pipecat

$(PIPECAT)/ready: clients/pipecat/pyproject.toml clients/pipecat/constraints.txt clients/python/pyproject.toml
	$(PYTHON) -m venv $(PIPECAT)
	$(PIPECAT)/bin/python -m pip install --quiet --disable-pip-version-check -c clients/pipecat/constraints.txt \
	  -e clients/python -e 'clients/pipecat[test]'
	@touch $@

test-pipecat: $(VENV)/test.ready $(PIPECAT)/ready
	cd clients/pipecat && ../../$(PIPECAT)/bin/mypy
	$(PIPECAT)/bin/pytest -c clients/pipecat/pyproject.toml --rootdir=. --confcutdir=tests/clients/pipecat tests/clients/pipecat

# clients/livekit: in an environment of its own, since livekit-agents pins what it needs.
LIVEKIT := .venv-livekit

test-livekit: $(LIVEKIT)/ready $(VENV)/test.ready
	$(LIVEKIT)/bin/mypy --config-file clients/livekit/pyproject.toml
	$(LIVEKIT)/bin/python -m pytest tests/clients/livekit

$(LIVEKIT)/ready: clients/livekit/pyproject.toml clients/livekit/constraints.txt
	$(PYTHON) -m venv $(LIVEKIT)
	$(LIVEKIT)/bin/python -m pip install --quiet --disable-pip-version-check -c clients/livekit/constraints.txt -e 'clients/livekit[example,test]'
	@touch $@

clean:
	rm -rf $(VENV) $(PIPECAT) $(LIVEKIT) build *.egg-info ringbuf/*.so models/picture/*.so .mypy_cache .pytest_cache .ruff_cache
