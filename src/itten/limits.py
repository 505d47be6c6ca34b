"""What a call may ask for, checked before anything is loaded or computed."""

from __future__ import annotations

import numbers
from typing import Any

from itten.errors import UsageError

MOST_PASSES = 1000


def check_passes(passes: Any) -> int:
    """``passes`` as an int, if it is a whole number from 1 to 1000. Raises :class:`~itten.errors.UsageError`."""
    whole = isinstance(passes, numbers.Integral) and not isinstance(passes, bool)
    if not whole or not 1 <= passes <= MOST_PASSES:
        raise UsageError(f"passes must be a whole number from 1 to {MOST_PASSES}, got {passes!r}")
    return int(passes)
