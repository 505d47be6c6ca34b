"""A picture that grows: a run of the shader, each pass shown with the frames between."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch
from PIL import Image

from itten.config import AnimationConfig, ShaderConfig
from itten.config.base import config_of
from itten.errors import InputError
from itten.files import as_path, check_place
from itten.heads import soft
from itten.image import as_image
from itten.image.coerce import renamed
from itten.motion.between import Between, as_frame
from itten.motion.encode import Animation, check_format, write_animation
from itten.motion.flights import Size
from itten.motion.reel import Frame, Reel
from itten.shader import PassResult, shade

# Frames of larger pictures are shown smaller if nothing else is said.
LONGEST = 1024


class Growth:
    """Makes frames of passes as a shader makes them: it is a ``progress`` for :func:`itten.shade` and
    :class:`itten.SpectralShader`, which need what :attr:`needs` says besides.

    ``image`` ``(3, H, W)``: the picture that the run starts from. ``to`` is given every frame ``(H, W, 3)`` uint8, the
    first before those of the first pass, and nothing is kept of it. ``sources``: heights and widths of the pictures
    that are copied from, in their order; none where the picture attends to itself. The first frame is the picture, the
    last one of every pass its result, exactly, as 8 bits, but where ``size`` shrinks them. ::

        growth = itten.Growth(image, reel.add)
        itten.shade(image, progress=growth, **growth.needs)
    """

    needs: ClassVar[Mapping[str, bool]] = {"layers": True}
    """What a run has to be asked for."""

    def __init__(
        self,
        image: Any,
        to: Callable[[Frame], None],
        config: AnimationConfig | None = None,
        sources: Sequence[Size] | None = None,
        **options: Any,
    ) -> None:
        self.config = config_of(AnimationConfig, config, options)
        self.before = as_image(image, name="image").detach().cpu()
        if self.before.dim() != 3:
            raise InputError(f"image: one picture (3, H, W) is wanted, got {tuple(self.before.shape)}")
        self.hard = not soft(self.before)
        self.to, self.sources, self.begun = to, list(sources) if sources else None, False

    def __call__(self, index: int, passes: int, result: PassResult) -> None:
        """A pass has been made; see :data:`itten.shader.output.Progress`."""
        for frame in self.frames(result):
            self.to(frame)

    def frames(self, result: PassResult) -> Iterator[Frame]:
        """The frames of the next pass, one by one; before those of the first one the picture itself."""
        between = Between(self.before, result, self.hard, self.sources)
        if not self.begun:
            self.begun = True
            yield shown(as_frame(self.before), self.config.size, self.hard)
        self.before = result.image.detach().cpu()
        steps = self.config.steps
        for step in range(1, steps + 1):
            yield shown(between.frame(step / steps), self.config.size, self.hard)


def shown(frame: Frame, size: int | None, hard: bool) -> Frame:
    """``frame`` with its longest side no longer than ``size``, or 1024; in a hard picture of whole pixels."""
    height, width = frame.shape[:2]
    most = LONGEST if size is None else size
    if max(height, width) <= most:
        return frame
    scale = most / max(height, width)
    small = max(int(width * scale + 0.5), 1), max(int(height * scale + 0.5), 1)
    how = Image.Resampling.NEAREST if hard else Image.Resampling.LANCZOS
    return as_frame(Image.fromarray(frame).resize(small, how))


def growth(
    target: Any,
    source: Any = None,
    config: ShaderConfig | Mapping[str, Any] | str | Path | None = None,
    passes: int = 4,
    *,
    animation: AnimationConfig | None = None,
    read: Any = None,
    write: Any = None,
    read_mask: Any = None,
    write_mask: Any = None,
    **options: Any,
) -> Iterator[Frame]:
    """The frames ``(H, W, 3)`` uint8 of a picture that grows: the ``target``, then for every pass its in-between frames
    and its result, as :func:`itten.animate` writes them once. ``options`` are fields of
    :class:`itten.AnimationConfig`. All passes are made before the first frame is given out; frames wait compressed, on
    disk where they are many."""
    read, write = renamed(read, read_mask, ("read", "read_mask")), renamed(write, write_mask, ("write", "write_mask"))
    settings = config_of(AnimationConfig, animation, options)
    with Reel() as reel:
        _grow(reel, target, source, config, passes, settings, read, write)
        for number in range(len(reel)):
            yield reel[number]


def animate(
    target: Any,
    source: Any = None,
    config: ShaderConfig | Mapping[str, Any] | str | Path | None = None,
    passes: int = 4,
    *,
    path: str | os.PathLike[str],
    animation: AnimationConfig | None = None,
    overwrite: bool = False,
    read: Any = None,
    write: Any = None,
    progress: Callable[[int, int, PassResult], None] | None = None,
    read_mask: Any = None,
    write_mask: Any = None,
    **options: Any,
) -> Animation:
    """Paint ``target`` as :func:`itten.shade` does and write how it grows to ``path``: ``.gif``, ``.png`` (animated),
    ``.webp`` or ``.mp4`` (with the extra ``video``). Returns what was written, and where.

    Copies travel from the segments that they are of to their places, turning on the way; those of another picture rise
    from where they lie in it. Strokes swell. In a hard picture pixels stay whole and no colour appears that is in none
    of its passes. ``options`` are fields of :class:`itten.AnimationConfig`: ``fps``, ``seconds`` a pass, ``hold``,
    ``loop``, ``ping_pong``, ``size``, ``quality``. Raises the errors of :mod:`itten.errors`; names are looked at before
    the work."""
    read, write = renamed(read, read_mask, ("read", "read_mask")), renamed(write, write_mask, ("write", "write_mask"))
    settings = config_of(AnimationConfig, animation, options)
    check_format(path, settings)
    check_place(as_path(path), overwrite)
    with Reel() as reel:
        _grow(reel, target, source, config, passes, settings, read, write, progress)
        return write_animation(reel, path, settings, overwrite)


def _grow(
    reel: Reel,
    target: Any,
    source: Any,
    config: ShaderConfig | Mapping[str, Any] | str | Path | None,
    passes: int,
    settings: AnimationConfig,
    read: Any,
    write: Any,
    progress: Callable[[int, int, PassResult], None] | None = None,
) -> None:
    image = as_image(target, name="target")
    given, sizes = read_sources(source)
    growing = Growth(image, reel.add, settings, sizes)

    def told(index: int, count: int, result: PassResult) -> None:
        growing(index, count, result)
        if progress is not None:
            progress(index, count, result)

    shade(image, given, config, passes, told, read=read, write=write, layers=True)


def read_sources(source: Any) -> tuple[Any, list[Size] | None]:
    """One source or a list of them as tensors, and their heights and widths; None for none."""
    if source is None:
        return None, None
    several = isinstance(source, list | tuple)
    pictures: list[torch.Tensor] = [as_image(one, name="source") for one in (source if several else [source])]
    return pictures if several else pictures[0], [(one.shape[-2], one.shape[-1]) for one in pictures]
