"""``itten shade``: one picture, painted with itself or with another."""

from __future__ import annotations

import logging
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from itten.cli.app import complain, guarded
from itten.cli.output import WITH_ALPHA, picture_name, tell
from itten.cli.progress import passes_bar
from itten.config import ShaderConfig
from itten.errors import ResourceError, UsageError
from itten.image import read_image, write_image
from itten.kernels import choose
from itten.kernels.registry import operations
from itten.shader import SpectralShader
from itten.shader.output import check_passes

HELP = """Paint TARGET with itself, or with SOURCE, over several passes.

\b
Examples:
  itten shade drawing.png
  itten shade drawing.png texture.jpg -p 6 -o result.png
  itten shade drawing.png -d 0.7 -q fast
  itten shade a.png b.png --no-overwrite --save-intermediates -o out.png
"""


class Quality(StrEnum):
    fast = "fast"
    standard = "standard"
    quality = "quality"


class EnvelopeKind(StrEnum):
    adsr = "adsr"
    decay = "decay"


def pick_device(name: str) -> torch.device:
    """The torch device of that name; ``auto`` is the first GPU, or the CPU where there is none."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise UsageError(f"unknown device {name!r}: try cpu, cuda or auto") from None
    if device.type == "cuda" and not torch.cuda.is_available():
        raise ResourceError("no CUDA device can be used here: try --device cpu")
    if device.type not in ("cpu", "cuda"):
        raise UsageError(f"device {name!r} is not supported: try cpu, cuda or auto")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ResourceError(f"there is no {name!r} here, only {torch.cuda.device_count()} CUDA devices")
    return device


def announce(device: torch.device, backend: str = "auto") -> None:
    """Log which backend each operation will use; ``--verbose`` shows it."""
    chosen = ", ".join(f"{operation} {choose(operation, device.type, backend)}" for operation in operations())
    logging.getLogger("itten").info("on %s: %s", device, chosen)


def merged(base: ShaderConfig, changes: dict[str, Any]) -> ShaderConfig:
    """``base`` with dotted keys changed, such as ``spectrum.seed``; values of None change nothing."""
    data = base.to_dict()
    for key, value in changes.items():
        if value is not None:
            group, _, name = key.rpartition(".")
            (data[group] if group else data)[name] = value
    return ShaderConfig.from_config(data)


@guarded
def shade(
    target: Annotated[Path, typer.Argument(help="The picture to paint on.")],
    source: Annotated[Path | None, typer.Argument(help="The picture to copy from; TARGET itself if left out.")] = None,
    passes: Annotated[int, typer.Option("--passes", "-p", help="How many passes.")] = 4,
    decay: Annotated[
        float | None, typer.Option("--decay", "-d", help="Multiply the effect by this from pass to pass, 0 to 1.")
    ] = None,
    envelope: Annotated[EnvelopeKind | None, typer.Option(help="How parameters change from pass to pass.")] = None,
    quality: Annotated[Quality | None, typer.Option("--quality", "-q", help="How carefully the field is made.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file to write; a timestamped name if left out.")
    ] = None,
    save_intermediates: Annotated[
        bool, typer.Option("--save-intermediates", help="Write the picture after every pass, too.")
    ] = False,
    no_overwrite: Annotated[
        bool, typer.Option("--no-overwrite", help="Z-buffer: copies may overlap, and are averaged where they do.")
    ] = False,
    config: Annotated[
        str | None, typer.Option(help="A TOML or JSON file with the configuration, or a preset's name.")
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 … or auto.")] = "cpu",
    method: Annotated[str | None, typer.Option(help="How the field is made: stitched, tiled or exact.")] = None,
    field: Annotated[int | None, typer.Option(help="Number of the eigenvector that gates.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of random turns, and of the start vector of the method tiled.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")] = False,
) -> None:
    if decay is not None and envelope is EnvelopeKind.adsr:
        raise UsageError("--decay and --envelope adsr exclude each other")
    settings = merged(
        ShaderConfig.from_config(config),
        {
            "envelope.kind": "decay" if decay is not None else envelope and envelope.value,
            "envelope.decay": decay,
            "spectrum.quality": quality and quality.value,
            "seed": seed,
            "spectrum.seed": seed,
            "spectrum.method": method,
            "field": field,
            "composite": "zbuffer" if no_overwrite else None,
            "overlap": True if no_overwrite else None,
        },
    )
    where = pick_device(device)
    check_passes(passes)
    name = picture_name(out, f"{target.stem}_itten.png")
    announce(where, settings.spectrum.backend)
    shader = SpectralShader(settings)
    image, alpha = read_image(target, return_alpha=True)
    content = None if source is None else read_image(source).to(where)
    with passes_bar(f"shading {target.name}", passes) as moved:
        result = shader(image.to(where), content, passes=passes, progress=moved)

    keep = alpha if name.suffix.lower() in WITH_ALPHA else None
    if alpha is not None and keep is None:
        complain(f"itten: {name.suffix} holds no alpha channel, it is left out")
    written = _write(result.image, name, overwrite, keep)
    if save_intermediates:
        for index, picture in enumerate(result.passes, start=1):
            _write(picture, written.with_name(f"{written.stem}_pass{index}{written.suffix}"), overwrite, keep)


def _write(picture: torch.Tensor, name: Path, overwrite: bool, alpha: torch.Tensor | None) -> Path:
    written = write_image(picture.cpu(), name, overwrite, alpha=alpha)
    tell(written, name)
    return written


def register(app: typer.Typer) -> None:
    app.command("shade", help=HELP)(shade)
