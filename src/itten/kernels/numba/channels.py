"""Edge weights of pictures with many channels, on a canvas.

What costs are the differences: a load, a subtraction and a multiplication with addition for each offset, channel and
16 pixels. A pixel's own colour is loaded once for eight offsets, whose sums stay in registers. Planes lie far apart in
memory, so a patch of 16 rows and 128 columns takes 16 channels at a time, whose rows then come from the cache for all
offsets; the sums so far wait where the weights will stand. Sums of 16 squares are added up: what float32 loses
grows with a sixteenth of the channels.
"""

from __future__ import annotations

from numpy import float32

from itten.kernels.numba.jit import kernel
from itten.kernels.numba.simd import decay_of_root, fma, load16, splat16, store, vadd, vmul, vsub

# So many channels are worth it: with fewer the sums of an offset stay in registers from the first to the last.
MANY = 8
# Channels at a time, and rows and columns of a patch.
CHANNELS, ROWS, COLUMNS = 16, 16, 128


@kernel(inner=True, fast=False)
def weigh_many(row0, row1, base, canvas, channels, pixels, pitch, flat, weights, scale, w):
    """What :func:`itten.kernels.numba.product.weight_rows` makes, for any number of channels."""
    factor = splat16(scale)
    m = flat.size
    for top in range(row0, row1, ROWS):
        bottom = min(top + ROWS, row1)
        for left in range(0, pitch, COLUMNS):
            right = min(left + COLUMNS, pitch)
            for first in range(0, channels, CHANNELS):
                last = min(first + CHANNELS, channels)
                for y in range(top, bottom):
                    _add_squares(y, left, right, base, canvas, first, last, pixels, pitch, flat, w)
            for y in range(top, bottom):
                for o in range(m):
                    row = ((y - base) * m + o) * pitch
                    weight = splat16(weights[o])
                    for x in range(left, right, 16):
                        store(w, row + x, vmul(weight, decay_of_root(load16(w, row + x), factor)))


@kernel(inner=True, fast=False)
def _add_squares(y, left, right, base, canvas, first, last, pixels, pitch, flat, w):
    """Squared differences in the channels ``first … last`` of a row's pixels ``left … right``, added to ``w`` but for
    the first channels. Where offsets are no multiple of eight the last one is done several times over."""
    m = flat.size
    end = m - 1
    zero = splat16(float32(0))
    for o in range(0, m, 8):
        o1, o2, o3, o4 = min(o + 1, end), min(o + 2, end), min(o + 3, end), min(o + 4, end)
        o5, o6, o7 = min(o + 5, end), min(o + 6, end), min(o + 7, end)
        f0, f1, f2, f3, f4, f5, f6, f7 = flat[o], flat[o1], flat[o2], flat[o3], flat[o4], flat[o5], flat[o6], flat[o7]
        for x in range(left, right, 16):
            s0, s1, s2, s3, s4, s5, s6, s7 = zero, zero, zero, zero, zero, zero, zero, zero
            i = first * pixels + y * pitch + x
            for _ in range(first, last):
                v = load16(canvas, i)
                d = vsub(v, load16(canvas, i + f0))
                s0 = fma(d, d, s0)
                d = vsub(v, load16(canvas, i + f1))
                s1 = fma(d, d, s1)
                d = vsub(v, load16(canvas, i + f2))
                s2 = fma(d, d, s2)
                d = vsub(v, load16(canvas, i + f3))
                s3 = fma(d, d, s3)
                d = vsub(v, load16(canvas, i + f4))
                s4 = fma(d, d, s4)
                d = vsub(v, load16(canvas, i + f5))
                s5 = fma(d, d, s5)
                d = vsub(v, load16(canvas, i + f6))
                s6 = fma(d, d, s6)
                d = vsub(v, load16(canvas, i + f7))
                s7 = fma(d, d, s7)
                i += pixels
            j = (y - base) * m * pitch + x
            j0, j1, j2, j3 = j + o * pitch, j + o1 * pitch, j + o2 * pitch, j + o3 * pitch
            j4, j5, j6, j7 = j + o4 * pitch, j + o5 * pitch, j + o6 * pitch, j + o7 * pitch
            if first > 0:
                s0, s1, s2, s3 = (
                    vadd(s0, load16(w, j0)),
                    vadd(s1, load16(w, j1)),
                    vadd(s2, load16(w, j2)),
                    vadd(s3, load16(w, j3)),
                )
                s4, s5, s6, s7 = (
                    vadd(s4, load16(w, j4)),
                    vadd(s5, load16(w, j5)),
                    vadd(s6, load16(w, j6)),
                    vadd(s7, load16(w, j7)),
                )
            store(w, j0, s0)
            store(w, j1, s1)
            store(w, j2, s2)
            store(w, j3, s3)
            store(w, j4, s4)
            store(w, j5, s5)
            store(w, j6, s6)
            store(w, j7, s7)
