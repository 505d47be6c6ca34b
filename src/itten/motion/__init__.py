"""Animations: a run pass by pass with the frames between, or from one setting to another.

Names are imported when they are first used: who only looks at the name of a file needs no torch. The functions
``growth`` and ``vary`` are in the modules of their names, and in ``itten``.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "FORMATS": "itten.motion.encode",
    "Animation": "itten.motion.encode",
    "animation_bytes": "itten.motion.encode",
    "check_format": "itten.motion.encode",
    "write_animation": "itten.motion.encode",
    "Growth": "itten.motion.growth",
    "animate": "itten.motion.growth",
    "Reel": "itten.motion.reel",
}

__all__ = sorted(_HOME)

if TYPE_CHECKING:
    from itten.motion.encode import FORMATS as FORMATS
    from itten.motion.encode import Animation as Animation
    from itten.motion.encode import animation_bytes as animation_bytes
    from itten.motion.encode import check_format as check_format
    from itten.motion.encode import write_animation as write_animation
    from itten.motion.growth import Growth as Growth
    from itten.motion.growth import animate as animate
    from itten.motion.reel import Reel as Reel


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'itten.motion' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_HOME[name]), name)
    return value
