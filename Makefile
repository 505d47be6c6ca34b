# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Threads that wait should sleep: spinning ones slow everything down on a busy machine.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: demo test bench lint setup clean
.DELETE_ON_ERROR:

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

demo: $(READY)
	$(BIN)/itten demo --out demo_output

test: $(READY) lint
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --cov --cov-report=term --cov-fail-under=90

lint: $(READY)
	$(BIN)/ruff check src tests benchmarks examples docs
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/itten bench --pairs 20 --size 512 --json benchmarks/results/seed_table.json

clean:
	rm -rf $(VENV) demo_output .pytest_cache .mypy_cache .ruff_cache
