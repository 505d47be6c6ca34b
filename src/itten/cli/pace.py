"""How long works take on this machine: remembered, so that a command knows it before its first step is done."""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from pathlib import Path

from itten.errors import IttenError
from itten.files import read_text, write_bytes_atomic

# Seconds a million pixels and step, where nothing is remembered.
USUAL = {"shade": 2.5, "engrave": 4.0, "panes": 2.0, "bands": 1.0, "segment": 8.0, "match": 8.0}
# How much the last run counts against those before.
NEWS = 0.5


def expected(verb: str, pixels: int, steps: int = 1) -> float:
    """Seconds that a work of so many ``steps`` on a picture of so many ``pixels`` will take, roughly."""
    return _known().get(verb, USUAL[verb]) * max(pixels, 20_000) / 1e6 * steps


def remember(verb: str, pixels: int, steps: int, seconds: float) -> None:
    """A work took so long. That this cannot be kept is no failure."""
    known = _known()
    now = seconds / (max(pixels, 20_000) / 1e6 * max(steps, 1))
    known[verb] = known[verb] * (1 - NEWS) + now * NEWS if verb in known else now
    with suppress(IttenError, OSError):
        write_bytes_atomic(json.dumps(known).encode(), _place(), overwrite=True)


def _place() -> Path:
    home = os.environ.get("ITTEN_CACHE_DIR")
    if home:
        return Path(home) / "pace.json"
    import platformdirs

    return platformdirs.user_cache_path("itten") / "pace.json"


def _known() -> dict[str, float]:
    with suppress(OSError, ValueError):
        found = json.loads(read_text(_place()))
        if isinstance(found, dict):
            return {
                name: float(value)
                for name, value in found.items()
                if name in USUAL and isinstance(value, int | float) and math.isfinite(value) and value > 0
            }
    return {}
