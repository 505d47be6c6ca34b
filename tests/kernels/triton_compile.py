"""Compiles every kernel for an H100, which needs none: what the interpreter accepts the compiler may not.

Run as a program without TRITON_INTERPRET; prints the names of the kernels that went through to machine code.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.jit import JITFunction

from itten.config import SpectrumConfig
from itten.graph import make_stencil
from itten.kernels import kernel
from itten.kernels.arguments import LanczosRun

TYPES = {
    torch.float32: "*fp32",
    torch.float64: "*fp64",
    torch.int64: "*i64",
    torch.int32: "*i32",
    torch.uint8: "*u8",
}
DONE: set[str] = set()


def compile_only(self: JITFunction, *arguments: Any, grid: Any, warmup: bool = False, **named: Any) -> None:
    """In place of a launch."""
    options = {name: named.pop(name) for name in ("num_warps", "enable_fp_fusion") if name in named}
    bound = {**dict(zip(self.arg_names, arguments, strict=False)), **named}
    kinds, fixed = {}, {}
    for parameter in self.params:
        value = bound[parameter.name]
        if parameter.is_constexpr or (isinstance(value, int) and value == 1):
            fixed[parameter.name], kinds[parameter.name] = value, "constexpr"
        else:
            plain = "fp32" if isinstance(value, float) else "i32"
            kinds[parameter.name] = TYPES[value.dtype] if isinstance(value, torch.Tensor) else plain
    source = ASTSource(self, kinds, fixed)
    built = triton.compile(source, target=GPUTarget("cuda", 90, 32), options=options)
    assert len(built.asm["cubin"]) > 0
    DONE.add(self.__name__)


def zeros(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.zeros(shape, dtype=dtype)


def call(operation: str, *arguments: Any) -> None:
    kernel(operation, "triton")(*arguments)


def main(few: bool) -> None:
    """Every operation once, at sizes of production; ``few``: some of them."""
    from itten.kernels.triton import lanczos, stitched_product, stitched_small, stitched_tiles, voids
    from itten.kernels.triton.ritz import ritz_pencil
    from itten.kernels.triton.stitched_basis import tile_basis
    from itten.kernels.triton.stitched_panels import tile_panels

    JITFunction.run = compile_only
    stencil = make_stencil(SpectrumConfig().radii, SpectrumConfig().weights)
    plan, whole = (stencil.offsets, stencil.weights, 6.7), torch.int64
    image, field, marks = zeros(3, 300, 500), zeros(300, 500), zeros(300, 500, dtype=torch.bool)
    call("edge_weights", image, *plan)
    call("label_components", marks)
    call("scatter_mean", image, zeros(99, dtype=whole), zeros(3, 99))
    if few:
        print(*sorted(DONE))
        return
    call("laplacian_apply", image, *plan, zeros(8, 300, 500))
    corners, start = np.zeros((2, 2), int), np.arange(4096.0)
    run = LanczosRun(corners, 64, 64, *plan, start, 30, 1, 0.0, 1e-3)
    lanczos._run(image, run, lanczos.PIXELS, lanczos.ROWS)
    for side in (16, 30, 48):
        call("symmetric_eigh", zeros(2, side, side, dtype=torch.float64))
    for side in (16, 48):
        pencil = zeros(2, side, side, dtype=torch.float64)
        ritz_pencil(pencil, pencil, zeros(2, side, dtype=torch.bool), 16, 3e-3)
    tiles = zeros(3, 9999), zeros(2, dtype=whole), zeros(2, 384), zeros(384, 8)
    for columns in (3, 8):
        tile_basis(*tiles, zeros(13, 31), 6.7, 528, 0.1, columns, zeros(2, 384, 8))
    for panels in (1, 4):
        noise = zeros(384, 3), zeros(panels, 384, 8)
        cut = 1e-7 * (panels > 1)
        tile_panels(zeros(3, 9999), zeros(9999), *tiles[1:3], *noise, zeros(7, 31), 33.3, cut, 528, 1e-3, 8, panels)
    steps, numbers, x = zeros(112, dtype=torch.int32), zeros(112), zeros(2, 4096, 16)
    for cut in (0.0, 1e-7):
        place = zeros(3, 2 * 4096), steps, numbers, 6.7, cut, 528, 6, 40, 50
        stitched_product.laplacian_block(*place, x)
        for old in (None, x):
            stitched_product.smooth_block(*place, zeros(2 * 4096), x, x, old, 0.1, 0.2)
        stitched_product.degrees(*place, 2)
    base, local = zeros(9, dtype=whole), zeros(384, dtype=whole)
    pairs, flat = zeros(4, 9, dtype=whole), x.flatten(0, 1)
    for c in (8, 32):
        psi, blocks = zeros(10, 384, c), zeros(9, c, c, dtype=torch.float64)
        stitched_tiles.restrict(psi[:-1], base, local, x.flatten(0, 1))
        cover = zeros(2, 80, dtype=whole), zeros(2, 80, dtype=whole)
        stitched_tiles.expand(psi, zeros(9, c, 16), cover, cover, 3)
        place = psi, pairs, base, local, zeros(9, 2, dtype=whole), 24, 6
        stitched_tiles.tile_products(*place, flat, flat, blocks, blocks)
    small = zeros(2, 5, 232, 16, dtype=torch.float64)
    couple, inverse = zeros(2, 2, 232, 464, dtype=torch.float64), zeros(2, 2, 232, 232, dtype=torch.float64)
    stitched_small.reduce_level(couple, small, 1)
    stitched_small.back_level(inverse, couple, small, small, 1)
    stitched_small.back_level(inverse[:, :1], None, small, small, 1)
    call("segment_sums", zeros(99, dtype=whole), zeros(99, dtype=whole), field, 5)
    call("scatter_last", image, zeros(99, dtype=whole), zeros(3, 99))
    for segments in (1, 5):
        call("shape_numbers", zeros(99, dtype=whole), zeros(segments, dtype=whole), 500)
    call("squared_distance", marks)
    numbers = [zeros(*shape, dtype=whole) for shape in ((300, 500), (7, 4), (7, 2), (9,))]
    turns = [*numbers, *(zeros(9, dtype=torch.float64) for _ in range(3))]
    call("turn_segments", *turns)
    found = zeros(9, 8, dtype=whole), zeros(9, 2, dtype=whole), zeros(9, dtype=whole)
    voids._turn[(9, 8)](*turns, *found, 500, PARTS=8, BLOCK=256, FILL=True, enable_fp_fusion=False)
    copies = zeros(10, dtype=whole), zeros(50, 2, dtype=whole), zeros(3, 2, dtype=whole)
    call("place_segments", marks, None, *copies, 3, 2.0, False, (0.6, 0.8, 0.5))
    call("complexity", field, 7)
    call("thicken", image, field, marks, field, 1.0, 0.5, 0.4, 0.2, 4, 0.03)
    call("distort", zeros(3, 100), 0.3, 1.0, (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 1.0)
    print(*sorted(DONE))


if __name__ == "__main__":
    main("few" in sys.argv)
