"""Straight-line products and factors of 16 × 16 blocks, sums in registers: what the factorisations are made of."""

from __future__ import annotations

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from itten.kernels.numba.simd import F32, I32, I64, address, multiply_add, read, spread, write

N = 16
# A pivot below this is rounding: the systems factored here have shifts of 2e-3 and more.
PIVOT = 3e-5


def _make_product(lanes, transposed, mode):
    """C = S B, C −= S B or C += S B: S a 16 × 16 block of scalars (read transposed if so), B and C 16 × ``lanes``."""

    @intrinsic
    def product(typing, c, ic, s, js, d, jd):
        def generate(context, b, sig, args):
            to = address(context, b, sig.args[0], args[0], args[1])
            scalars = address(context, b, sig.args[2], args[2], args[3])
            rows = address(context, b, sig.args[4], args[4], args[5])

            def at(pointer, offset):
                return b.gep(pointer, [I64(offset)])

            kind = ir.VectorType(F32, lanes)
            zero = ir.Constant(kind, [0.0] * lanes)
            begin = [zero if mode == "set" else read(b, at(to, r * lanes), lanes) for r in range(N)]
            # A loop over k, its 16 products written out: sixteen times less for the compiler to read.
            before, body, after = b.block, b.append_basic_block("body"), b.append_basic_block("after")
            b.branch(body)
            b.position_at_end(body)
            k = b.phi(I64)
            held = [b.phi(kind) for _ in range(N)]
            row = read(b, b.gep(rows, [b.mul(k, I64(lanes))]), lanes)
            if mode == "sub":
                row = b.fneg(row)
            first = b.gep(scalars, [b.mul(k, I64(N)) if transposed else k])
            sums = []
            for r in range(N):
                scalar = spread(b, b.load(at(first, r if transposed else r * N), align=4), lanes)
                sums.append(multiply_add(b, scalar, row, held[r]))
            following = b.add(k, I64(1))
            b.cbranch(b.icmp_unsigned("<", following, I64(N)), body, after)
            for phi, start, end in zip([k, *held], [I64(0), *begin], [following, *sums], strict=True):
                phi.add_incoming(start, before)
                phi.add_incoming(end, body)
            b.position_at_end(after)
            for r in range(N):
                write(b, sums[r], at(to, r * lanes))
            return context.get_dummy_value()

        return types.void(c, types.intp, s, types.intp, d, types.intp), generate

    return product


gemm16_t_sub = _make_product(16, True, "sub")
gemm16_n_sub = _make_product(16, False, "sub")
gemm16_n_set = _make_product(16, False, "set")
gemm16_t_set = _make_product(16, True, "set")
gemm16_t_add = _make_product(16, True, "add")
gemm16_n_add = _make_product(16, False, "add")
gemm8_t_sub = _make_product(8, True, "sub")
gemm8_n_sub = _make_product(8, False, "sub")
gemm8_n_set = _make_product(8, False, "set")
gemm8_t_set = _make_product(8, True, "set")


@intrinsic
def chol16(typing, a, i, w, j):
    """``w[j:]`` = U⁻ᵀ (lower) of the symmetric 16 × 16 block ``a[i:]`` = UᵀU; the same place may be given twice.

    A pivot within rounding of zero becomes huge: that direction depends on those before it and is left out.
    """

    def generate(context, b, sig, args):
        source = address(context, b, sig.args[0], args[0], args[1])
        target = address(context, b, sig.args[2], args[2], args[3])
        kind = ir.VectorType(F32, N)
        root = cgutils.get_or_insert_function(b.module, ir.FunctionType(F32, [F32]), "llvm.sqrt.f32")

        def at(pointer, row):
            return b.gep(pointer, [I64(row * N)])

        def lane(v, r):
            return b.shuffle_vector(v, v, ir.Constant(ir.VectorType(I32, N), [r] * N))

        v = [read(b, at(source, r), N) for r in range(N)]
        inverse = []
        for k in range(N):
            pivot = b.extract_element(v[k], I32(k))
            pivot = b.select(b.fcmp_ordered(">", pivot, F32(PIVOT)), pivot, F32(1e30))
            inverse.append(b.fdiv(F32(1.0), b.call(root, [pivot])))
            upper = ir.Constant(kind, [1.0 if c >= k else 0.0 for c in range(N)])
            v[k] = b.fmul(b.fmul(v[k], spread(b, inverse[k], N)), upper)
            negative = b.fneg(v[k])
            for r in range(k + 1, N):
                v[r] = multiply_add(b, lane(negative, r), v[k], v[r])
        rows = []
        for r in range(N):
            x = ir.Constant(kind, [1.0 if c == r else 0.0 for c in range(N)])
            for k in range(r):
                x = multiply_add(b, b.fneg(lane(v[k], r)), rows[k], x)
            rows.append(b.fmul(x, spread(b, inverse[r], N)))
            write(b, rows[r], at(target, r))
        return context.get_dummy_value()

    return types.void(a, types.intp, w, types.intp), generate


@intrinsic
def scatter_diagonal(typing, a, i, w, k, d):
    """A diagonal of a 16 × 16 block: ``a[i + 17 c] = −w[k + c]`` for all c with 0 ≤ c + d < 16."""

    def generate(context, b, sig, args):
        block = address(context, b, sig.args[0], args[0], args[1])
        weights = address(context, b, sig.args[2], args[2], args[3])
        end = b.append_basic_block("end")
        cases = b.switch(args[4], end)
        for shift in range(1 - N, N):
            with b.goto_block(b.append_basic_block(f"shift{shift}")):
                cases.add_case(I64(shift), b.block)
                for c in range(max(0, -shift), min(N, N - shift)):
                    value = b.load(b.gep(weights, [I64(c)]), align=4)
                    b.store(b.fneg(value), b.gep(block, [I64(c * (N + 1))]), align=4)
                b.branch(end)
        b.position_at_end(end)
        return context.get_dummy_value()

    return types.void(a, types.intp, w, types.intp, types.intp), generate
