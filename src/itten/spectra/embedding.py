"""The spectrum and the field as modules."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from itten.config import SpectrumConfig
from itten.image import as_image
from itten.spectra.result import Spectrum
from itten.spectra.solve import all_gate_fields, embed, gate_fields


class SpectralEmbedding(nn.Module):
    """Maps pictures ``(B, 3, H, W)`` or ``(3, H, W)`` in [0, 1] to ``(B, k, H, W)`` or ``(k, H, W)``.

    Channel q is the q-th lowest non-constant vector at unit RMS. The module holds configuration only and
    calls :func:`itten.spectra.embed`.
    """

    def __init__(self, k: int = 1, config: SpectrumConfig | None = None, **options: Any) -> None:
        super().__init__()
        self.k = k
        self.config = config if config is not None else SpectrumConfig(**options)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> SpectralEmbedding:
        """From ``{"k": …, …}`` with the options of :class:`~itten.config.SpectrumConfig`."""
        options = dict(config)
        return cls(k=options.pop("k", 1), **options)

    def to_config(self) -> dict[str, Any]:
        """The dict that :meth:`from_config` takes."""
        return {"k": self.k, **self.config.to_dict()}

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return embed(as_image(image), self.k, self.config)

    def extra_repr(self) -> str:
        return f"k={self.k}, method={self.config.method!r}, quality={self.config.quality!r}"


class SpectralFields(nn.Module):
    """The fields that gate a pass: vectors ``numbers`` of a picture ``(3, H, W)``, by :func:`gate_fields`."""

    def __init__(self, numbers: tuple[int, ...] = (1,), config: SpectrumConfig | None = None) -> None:
        super().__init__()
        self.numbers = numbers
        self.config = config if config is not None else SpectrumConfig()

    def forward(self, image: torch.Tensor, warm: Spectrum | None = None) -> tuple[torch.Tensor, Spectrum | None]:
        return gate_fields(image, self.numbers, self.config, warm)

    def of_all(
        self, images: Sequence[torch.Tensor], warm: Sequence[Spectrum | None]
    ) -> list[tuple[torch.Tensor, Spectrum | None]]:
        """The same for pictures of one size, on a device all at once."""
        return all_gate_fields(images, self.numbers, self.config, warm)

    def extra_repr(self) -> str:
        return f"numbers={self.numbers}, method={self.config.method!r}"
