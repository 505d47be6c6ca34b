# Two commands do all the set-up: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# Threads that wait should sleep: spinning ones slow everything down on a busy machine.
export OMP_WAIT_POLICY ?= PASSIVE

.PHONY: demo test test-long test-processors fuzz reliability mutants bench lint setup clean
.DELETE_ON_ERROR:

setup: $(READY)

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	$(BIN)/itten warmup
	@touch $(READY)

demo: $(READY)
	$(BIN)/itten demo --out demo_output

test: $(READY) lint
	$(BIN)/python -m pytest -n 2 --dist worksteal --cov --cov-report=term --cov-fail-under=90

# The short suite, and everything that is marked long: about half an hour more.
test-long: $(READY)
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "long or not long"

# Hostile files through the command, then what `make test` tries a little of, at length: failing system calls, races,
# arguments of any kind. Half an hour.
fuzz: $(READY)
	$(BIN)/python -m tests.faults.fuzz --count 2000 --seed 0
	$(BIN)/python -m pytest -m long $(addprefix tests/faults/test_,anything.py calls.py full_disks.py races.py)

# What is promised when things go wrong, row by row, with everything that is marked long for it.
reliability: $(READY)
	$(BIN)/python -m tests.reliability --write

# The short suite must go red for every fault of tests/mutants.toml.
mutants: $(READY)
	$(BIN)/python -m tests.mutants

# The short suite under other kernels of BLAS, torch and numba, one after the other.
test-processors: $(READY)
	$(BIN)/python -m tests.processors

lint: $(READY)
	$(BIN)/ruff check src tests benchmarks examples docs
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/itten bench --pairs 20 --size 512 --json benchmarks/results/seed_table.json

clean:
	rm -rf $(VENV) demo_output .pytest_cache .mypy_cache .ruff_cache
