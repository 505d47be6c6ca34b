"""The short suite under nine settings of the libraries' kernels, one after the other: BLAS as on other processors,
torch with narrower vectors, numba for other targets, with one thread (and two workers) or with two (and one).

``python -m tests.processors`` runs all; ``--only WORD`` those whose name holds the word; further arguments go to
pytest. Machine code for other targets is kept beside the usual one: numba's cache knows the target.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

# With a target of another name numba would still use all that this machine has: no features, but those of the name.
HASWELL = {"NUMBA_CPU_NAME": "haswell", "NUMBA_CPU_FEATURES": ""}
SETTINGS: dict[str, tuple[dict[str, str], int]] = {
    "OpenBLAS Haswell": ({"OPENBLAS_CORETYPE": "Haswell"}, 1),
    "OpenBLAS Zen": ({"OPENBLAS_CORETYPE": "Zen"}, 2),
    "OpenBLAS SkylakeX": ({"OPENBLAS_CORETYPE": "SkylakeX"}, 2),
    "torch default": ({"ATEN_CPU_CAPABILITY": "default"}, 1),
    "torch avx2": ({"ATEN_CPU_CAPABILITY": "avx2"}, 2),
    "torch avx512": ({"ATEN_CPU_CAPABILITY": "avx512"}, 2),
    "numba generic": ({"NUMBA_CPU_NAME": "generic"}, 1),
    "numba haswell": (HASWELL, 2),
    "numba host": ({}, 2),  # it has no name for it: that is what it takes if none is given
}
VARIABLES = ("OPENBLAS_CORETYPE", "ATEN_CPU_CAPABILITY", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES")
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS")


def main() -> int:
    """Run them; 1 if one is red."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="settings whose name holds this")
    asked, more = parser.parse_known_args()
    red = []
    plain = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    for name, (setting, threads) in SETTINGS.items():
        if asked.only not in name:
            continue
        begin = time.monotonic()
        # What torch compiles it keeps, and does not see that it was for wider vectors.
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                [sys.executable, "-m", "pytest", "-n", str(2 // threads), "--dist", "worksteal", *more],
                cwd=Path(__file__).parents[1],
                env={**plain, "TORCHINDUCTOR_CACHE_DIR": folder, **dict.fromkeys(THREADS, str(threads)), **setting},
                check=False,
            )
        if done.returncode:
            red.append(name)
        word = "red" if done.returncode else "green"
        print(f"{word:5}  {name}, {threads} threads, {time.monotonic() - begin:.0f} s", flush=True)
    return int(bool(red))


if __name__ == "__main__":
    sys.exit(main())
