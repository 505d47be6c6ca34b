"""Where compiled kernels are kept: a private folder of the user's, named after what they are compiled from.

``ITTEN_CACHE_DIR``, else the platform's cache folder; ``NUMBA_CACHE_DIR`` wins over both. A folder that others may
write to is not read, since what lies in it is run. Nothing here loads numba.
"""

from __future__ import annotations

import functools
import hashlib
import logging
import os
import platform
import shutil
import stat
import time
from importlib.metadata import version
from pathlib import Path

from itten.kernels.numba.store import sweep

log = logging.getLogger("itten")

# How kernels are kept; what keeps and runs them does not show in their code.
FORMAT = b"2"
AROUND = {"cache.py", "folder.py", "prepare.py", "store.py", "team.py"}
PREFIX = "kernels-"
# Folders of other versions that nobody used for so long are removed when a new one is made.
SWEEP_SECONDS = 60 * 24 * 3600


@functools.cache
def source_stamp() -> str:
    """A digest of all that the kernels are compiled from."""
    digest = hashlib.sha256(FORMAT)
    folder = Path(__file__).parent
    for path in sorted([*folder.glob("*.py"), *(folder.parent / "reference").glob("*.py")]):
        if path.parent == folder and path.name in AROUND:
            continue
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@functools.cache
def folder() -> Path:
    """The folder of these sources' kernels, whether it exists or not."""
    base = os.environ.get("NUMBA_CACHE_DIR") or os.environ.get("ITTEN_CACHE_DIR")
    if not base:
        import platformdirs

        base = platformdirs.user_cache_dir("itten", appauthor=False)
    return Path(base) / f"{PREFIX}{source_stamp()[:16]}"


class Trouble:
    """What went wrong with the folder in this process: said once, however many files it concerns."""

    def __init__(self) -> None:
        self.text = ""
        self.lost = False

    def say(self, text: str, *, aloud: bool = True) -> None:
        """A warning the first time, if ``aloud``."""
        log.log(logging.WARNING if aloud and not self.text else logging.INFO, "%s", text)
        self.text = self.text or text

    def lose(self, reason: str) -> None:
        """Nothing can be written."""
        self.lost = True
        self.say(f"compiled kernels cannot be kept in {folder()}, and every process makes them anew: {reason}")


trouble = Trouble()


@functools.cache
def usable() -> tuple[bool, bool]:
    """Whether the folder may be read, and written to; it is made, and old ones are swept, if need be."""
    here = folder()
    try:
        if not here.is_dir():
            here.mkdir(mode=0o700, parents=True, exist_ok=True)
            _sweep(here)
        state = here.stat()
    except OSError as error:
        trouble.say(f"kernels are compiled anew in every process: {error}")
        return False, False
    others = state.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if hasattr(os, "getuid") and (others or state.st_uid not in (os.getuid(), 0)):
        trouble.say(f"kernels are compiled anew in every process: others may write to {here}")
        return False, False
    writable = os.access(here, os.W_OK)
    if writable:
        sweep(here)
    return True, writable


def _sweep(kept: Path) -> None:
    for other in kept.parent.glob(f"{PREFIX}*"):
        try:
            if other != kept and time.time() - other.stat().st_mtime > SWEEP_SECONDS:
                shutil.rmtree(other)
        except OSError:
            continue


def mark() -> Path:
    """The file that says that all kernels are there, for this interpreter, numba and processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next((line for line in lines if line.startswith(("model name", "CPU part"))), "")
    except OSError:
        processor = platform.processor()
    names = platform.python_version(), version("numba"), platform.machine(), processor
    chosen = (os.environ.get(name, "") for name in ("NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"))
    return folder() / f"ready-{hashlib.sha256(repr([*names, *chosen]).encode()).hexdigest()[:12]}"
