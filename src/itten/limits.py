"""What a call may ask for, checked before anything is loaded or computed."""

from __future__ import annotations

from itten.errors import UsageError

MOST_PASSES = 1000


def check_passes(passes: int) -> int:
    """``passes`` if it is a whole number from 1 to 1000. Raises :class:`~itten.errors.UsageError`."""
    if not isinstance(passes, int) or not 1 <= passes <= MOST_PASSES:
        raise UsageError(f"passes must be a whole number from 1 to {MOST_PASSES}, got {passes!r}")
    return passes
