"""What a caller gives: one picture, and how it is to be done."""

from __future__ import annotations

from typing import Any, TypeVar

import torch

from itten.config.base import Frozen
from itten.errors import ConfigError, InputError
from itten.image import as_image

Kind = TypeVar("Kind", bound=Frozen)


def config_of(kind: type[Kind], config: Kind | None, options: dict[str, Any]) -> Kind:
    """``config`` of that ``kind``, the usual one if it is None, with ``options`` in its place.

    Raises :class:`~itten.errors.ConfigError` for another kind, for unknown keys and for values out of range."""
    if config is None:
        return kind(**options)
    if not isinstance(config, kind):
        raise ConfigError(f"a configuration is a {kind.__name__} here, not {type(config).__name__}")
    return config.changed(**options) if options else config


def one_picture(image: Any) -> tuple[torch.Tensor, torch.device]:
    """``image`` as ``(3, H, W)`` in [0, 1] on the CPU, and the device that it came from.

    Raises :class:`~itten.errors.InputError` for what is not one picture."""
    found = as_image(image).detach()
    if found.dim() != 3:
        raise InputError(f"one picture (3, H, W) is wanted here, got {tuple(found.shape)}")
    return found.cpu(), found.device
