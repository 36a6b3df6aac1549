# Two commands matter: `make demo` and `make test`. Everything installs into .venv.
# Another Python than python3: make demo PYTHON=python3.12
PYTHON ?= python3
VENV   := .venv
TESTS  := --numprocesses 2 --dist loadfile
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --constraint constraints.txt
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.PHONY: help demo test check portability lint bench size torture wheel clean

help:
	@echo "make demo     install the core and do the main job on sample photos"
	@echo "make test     install what the tests need and run them"
	@echo "make check    ruff, mypy, import-linter, then the tests"
	@echo "make portability  the tests as on other processors and without OpenVINO"
	@echo "make bench    mien against its peers, as ratios, and on degraded photos (MIEN_BENCH_DATA names the data)"
	@echo "make size     install the core alone in a fresh place and measure it"
	@echo "make torture  1,000 kill -9 during enrolment; 100,000 frames of video; a verifier on all of LFW"
	@echo "make wheel    build the wheel into dist/"
	@echo "make clean    remove .venv and everything built"

# Stamps, not the interpreter: an environment that was made by half is made again.
$(VENV)/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mien: expected Python 3.11 or newer, got " + sys.version.split()[0] + "; name another one, e.g. make PYTHON=python3.12")'
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing mien and its libraries into $(VENV) (about 250 MB to download)"
	@$(PIP) --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.made pyproject.toml constraints.txt
	@echo "Installing mien with what its tests need into $(VENV) (about 300 MB to download)"
	@$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/.core

demo: $(VENV)/.core
	$(BIN)/mien demo

# Two processes share the cores: a thread of theirs that waits must not turn on one meanwhile.
test portability torture: export OMP_WAIT_POLICY = passive
test portability torture: export OPENBLAS_NUM_THREADS = 1

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(TESTS)

portability: $(VENV)/.dev
	$(BIN)/python tests/portability.py $(SETTINGS) -- $(TESTS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint test

bench: $(VENV)/.core
	$(BIN)/python benchmarks/run.py
	$(BIN)/mien evaluate robustness "$(MIEN_BENCH_DATA)/lfw/images" --people 30

size: $(VENV)/.made
	$(BIN)/python benchmarks/install_size.py

torture: $(VENV)/.dev
	$(BIN)/python -m pytest -m torture tests/gallery tests/watching tests/verifiers tests/processes tests/evaluation tests/models

wheel: $(VENV)/.made
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
