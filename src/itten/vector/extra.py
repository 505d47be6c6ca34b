"""The libraries of the extra ``vector``, loaded where they are met."""

from __future__ import annotations

import importlib
from typing import Any

from itten.errors import UsageError


def extra(module: str) -> Any:
    """A module of the extra ``vector``. Raises :class:`~itten.errors.UsageError` where it is not installed."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        raise UsageError(f"drawings of paths need {name}, which is not here: pip install 'itten[vector]'") from error
