"""The module path: the same pass as a tree of modules, for those who compose, replace or compile parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from itten.config import ShaderConfig
from itten.heads import Contour, Cover, Marks, Protect
from itten.image.coerce import renamed
from itten.shader.chain import Painter
from itten.shader.head import SpectralHead
from itten.shader.output import Progress, Seen, ShaderOutput
from itten.shader.run import run_passes
from itten.spectra import SpectralFields, Spectrum


class SpectralShader(Painter, nn.Module):
    """Paints a target with itself or with sources. Its parts are modules that may be replaced one by one.

    ``field`` makes the fields, ``contour`` the content of hard pictures and ``marks`` that of soft ones, ``cover``
    their coverage, ``protect`` finds the features that are left be, ``heads`` are a list of
    :class:`~itten.shader.SpectralHead`.
    The module has no weights: ``state_dict`` is empty and ``to_config`` holds all there is to know."""

    def __init__(self, config: ShaderConfig | None = None) -> None:
        super().__init__()
        self.config = ShaderConfig.from_config(config)
        numbers = self.config.gate_vectors
        self.field = SpectralFields(numbers, self.config.spectrum)
        backend = self.config.spectrum.backend
        self.contour, self.marks, self.cover = Contour(), Marks(backend), Cover(backend)
        self.protect = Protect(backend)
        self.heads = nn.ModuleList(  # type: ignore[assignment]
            SpectralHead(head, number, self.config) for head, number in zip(self.config.all_heads, numbers, strict=True)
        )

    @classmethod
    def from_config(cls, config: ShaderConfig | Mapping[str, Any] | str | Path | None = None) -> SpectralShader:
        """From a dict, a TOML or JSON file, the name of a preset or a look, or a
        :class:`~itten.config.ShaderConfig`."""
        return cls(ShaderConfig.from_config(config))

    def to_config(self) -> dict[str, Any]:
        """The dict that :meth:`from_config` takes."""
        return self.config.to_dict()

    def forward(
        self,
        target: Any,
        source: Any = None,
        passes: int = 4,
        progress: Progress | None = None,
        *,
        read: Any = None,
        write: Any = None,
        hidden: Any = None,
        coverage: bool = False,
        layers: bool = False,
        opacity: Any = None,
        keep: bool = False,
        coordinates: bool = False,
        read_mask: Any = None,
        write_mask: Any = None,
    ) -> ShaderOutput:
        """As :func:`itten.shade`, with this module's configuration."""
        read, write = (
            renamed(read, read_mask, ("read", "read_mask")),
            renamed(write, write_mask, ("write", "write_mask")),
        )
        rest = read, write, hidden, coverage, layers, opacity, keep, coordinates
        return run_passes(self, target, source, passes, progress, *rest)

    def look(self, images: Sequence[torch.Tensor], warm: Sequence[Spectrum | None]) -> list[Seen]:
        if not hasattr(self.field, "of_all"):
            return super().look(images, warm)
        known: list[Seen] = self.field.of_all(images, warm)
        return known
