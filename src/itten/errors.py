"""Every error that itten raises on purpose: one base, one sentence, one exit code.

The command turns an :class:`IttenError` into its sentence on standard error and ``exit_code``; a
program that uses the library can catch the base or, where one exists, the built-in type it extends.
"""

from __future__ import annotations

from typing import Any


class IttenError(Exception):
    """Base of all errors raised on purpose. ``exit_code`` is what the command returns."""

    exit_code = 3


class UsageError(IttenError, ValueError):
    """The call itself is wrong: an option, a method name, a combination. Exit code 2."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration that cannot be: unknown key, value out of range, unreadable file. Exit code 2."""


class InputError(IttenError, ValueError):
    """An array or tensor that cannot be used: wrong shape, NaN, empty. Exit code 3."""


class ImageFileError(IttenError, OSError):
    """A picture file that cannot be read: missing, damaged, too large, not a picture. Exit code 3."""


class MapFileError(IttenError, OSError):
    """A coordinate map that cannot be read: missing, damaged, no map. Exit code 3."""


class GradientError(IttenError, RuntimeError):
    """A derivative that does not exist, such as that of one vector of a degenerate eigenspace. Exit code 3."""


class ResourceError(IttenError, RuntimeError):
    """Not enough of something: memory, disk, a device that is not there. Exit code 4."""

    exit_code = 4


class BackendError(UsageError):
    """A backend or device asked for by name that cannot do the work here. Exit code 2."""


class ConvergenceError(IttenError, RuntimeError):
    """A solver stopped before its tolerance. ``partial`` holds what it had. Exit code 4."""

    exit_code = 4

    def __init__(self, message: str, partial: Any = None) -> None:
        super().__init__(message)
        self.partial = partial
