"""The module path: the same pass as a tree of modules, for those who compose, replace or compile parts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import nn

from itten.config import PassParameters, ShaderConfig
from itten.heads import Contour, Points
from itten.shader.head import SpectralHead, View
from itten.shader.output import (
    EVERYWHERE,
    Masks,
    PassResult,
    Progress,
    Seen,
    ShaderOutput,
    Source,
    run_passes,
)
from itten.spectra import SpectralFields, Spectrum


class SpectralShader(nn.Module):
    """Paints a target with itself or with sources. Its parts are modules that may be replaced one by one.

    ``field`` makes the fields, ``contour`` the content, ``heads`` are a list of :class:`~itten.shader.SpectralHead`.
    The module has no weights: ``state_dict`` is empty and ``to_config`` holds all there is to know."""

    def __init__(self, config: ShaderConfig | None = None) -> None:
        super().__init__()
        self.config = config if config is not None else ShaderConfig()
        numbers = self.config.gate_vectors
        self.field = SpectralFields(numbers, self.config.spectrum)
        self.contour = Contour()
        self.heads: Iterable[SpectralHead] = nn.ModuleList(  # type: ignore[assignment]
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
        read_mask: Any = None,
        write_mask: Any = None,
    ) -> ShaderOutput:
        """As :func:`itten.shade`, with this module's configuration."""
        return run_passes(self, target, source, passes, progress, read_mask, write_mask)

    def look(self, images: Sequence[torch.Tensor], warm: Sequence[Spectrum | None]) -> list[Seen]:
        """The fields of pictures ``(3, H, W)`` of one size, and the spectra that they are of; ``warm``: spectra to
        start from."""
        if not hasattr(self.field, "of_all"):
            return [self.field(image, before) for image, before in zip(images, warm, strict=True)]
        return self.field.of_all(images, warm)

    def read_source(self, image: torch.Tensor, mask: torch.Tensor | None = None, seen: Seen | None = None) -> Source:
        """What a source ``(3, H, W)`` offers to every head, all of it where ``mask`` ``(H, W)`` is True. ``seen``: its
        fields and spectrum, if they are known."""
        fields, found = self.field(image) if seen is None else seen
        return self._offered(image, self._views(fields, self.contour(image), found, mask), found)

    def forward_pass(
        self,
        image: torch.Tensor,
        parameters: Sequence[PassParameters],
        source: Source | None = None,
        warm: Spectrum | None = None,
        masks: Masks = EVERYWHERE,
        seen: Seen | None = None,
    ) -> PassResult:
        """One pass over one picture ``(3, H, W)``; see :func:`~itten.shader.shade_pass`."""
        fields, found = self.field(image, warm) if seen is None else seen
        ink = self.contour(image)
        views = self._views(fields, ink, found)
        grown = image
        for head, view, settings in zip(self.heads, views, parameters, strict=True):
            grown = head.grow(grown, view, ink, settings)
        given, itself = source, source is None and masks.read is None
        if given is None:
            own = views if itself else self._views(fields, ink, found, masks.read)
            given = self._offered(image, own, found)
        taken = (grown != image).any(dim=0)
        if masks.write is not None:
            taken = taken | ~masks.write
        labels, fronts = [], []
        for number, (head, view, settings) in enumerate(zip(self.heads, views, parameters, strict=True)):
            target = view.segments.first(head.config.max_segments)
            labels.append(target.label_map())
            offered, keys = given.segments[number], given.signatures[number]
            if not len(target) or not len(offered):
                fronts.append(Points.none(image.device))
                continue
            queries = keys.first(len(target)) if itself else head.describe(target, image, found)
            matches = head.read(queries, keys)
            key = (self.config.seed, number, settings.index)
            grown, front, taken = head(grown, image, ink, view, matches, given.image, offered, taken, settings, key)
            fronts.append(front)
        if masks.write is not None:
            grown = torch.where(masks.write, grown, image)
        return PassResult(grown, fields, torch.stack(labels), found, tuple(fronts))

    def _views(
        self, fields: torch.Tensor, ink: torch.Tensor, found: Spectrum | None, mask: torch.Tensor | None = None
    ) -> list[View]:
        return [head.view(field, ink, found, mask) for head, field in zip(self.heads, fields, strict=True)]

    def _offered(self, image: torch.Tensor, views: list[View], found: Spectrum | None) -> Source:
        signatures = (head.describe(view.segments, image, found) for head, view in zip(self.heads, views, strict=True))
        return Source(image, tuple(view.segments for view in views), tuple(signatures))
