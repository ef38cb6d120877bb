# Two commands do everything: `make serve` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SOURCES := actors ringbuf runtime server models data tests perf examples

.PHONY: serve test check docs clean

serve: $(VENV)/serve.ready
	@exec $(BIN)/ringtalk serve

test: $(VENV)/test.ready
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m server.api.openapi_document --check
	$(BIN)/python -m server.cli.settings_document --check
	$(BIN)/pytest

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
$(VENV)/serve.ready: pyproject.toml constraints.txt ringbuf/_ring.c | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[espeak]'
	@touch $@

$(VENV)/test.ready: pyproject.toml constraints.txt ringbuf/_ring.c | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[espeak,neural,dev]'
	@touch $@ $(VENV)/serve.ready

clean:
	rm -rf $(VENV) build *.egg-info ringbuf/*.so .mypy_cache .pytest_cache .ruff_cache
