"""Vectors of 16 or 8 float32 lanes as a type for kernels; LLVM maps them to whatever the machine has.

Explicit vectors in place of hoping for the compiler's: sums keep the order in which they are written, nothing
needs alias checks, and there are no remainder loops. All of it reads and writes flat float32 arrays by
plain indices, without bounds or wrap-around: the caller keeps them inside. Kernels that use these are compiled with
``fast=False``.
"""

from __future__ import annotations

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

F32, I32, I64 = ir.FloatType(), ir.IntType(32), ir.IntType(64)


class Vector(types.Type):
    """``lanes`` float32 numbers."""

    def __init__(self, lanes):
        self.lanes = lanes
        super().__init__(name=f"F32x{lanes}")


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, ir.VectorType(F32, kind.lanes))


V16, V8 = Vector(16), Vector(8)


def spread(b, x, lanes):
    """A scalar in all lanes."""
    v = b.insert_element(ir.Constant(ir.VectorType(F32, lanes), ir.Undefined), x, I32(0))
    return b.shuffle_vector(v, v, ir.Constant(ir.VectorType(I32, lanes), [0] * lanes))


def address(context, b, kind, array, index):
    """Pointer to a flat array's entry."""
    return b.gep(context.make_array(kind)(context, b, array).data, [index])


def read(b, pointer, lanes):
    """``lanes`` entries from ``pointer`` on."""
    return b.load(b.bitcast(pointer, ir.VectorType(F32, lanes).as_pointer()), align=4)


def write(b, v, pointer):
    """All lanes to ``pointer`` and after it."""
    b.store(v, b.bitcast(pointer, v.type.as_pointer()), align=4)


def multiply_add(b, x, y, z):
    """x · y + z, rounded once."""
    signature = ir.FunctionType(x.type, [x.type] * 3)
    return b.call(cgutils.get_or_insert_function(b.module, signature, f"llvm.fma.v{x.type.count}f32"), [x, y, z])


def _unary(b, name, x):
    signature = ir.FunctionType(x.type, [x.type])
    return b.call(cgutils.get_or_insert_function(b.module, signature, f"llvm.{name}.v{x.type.count}f32"), [x])


def _make_load(kind):
    @intrinsic
    def load(typing, a, i):
        def generate(context, b, sig, args):
            return read(b, address(context, b, sig.args[0], args[0], args[1]), kind.lanes)

        return kind(a, types.intp), generate

    return load


def _make_splat(kind):
    @intrinsic
    def splat(typing, x):
        def generate(context, b, sig, args):
            return spread(b, args[0], kind.lanes)

        return kind(types.float32), generate

    return splat


def _make_broadcast(kind):
    @intrinsic
    def broadcast(typing, a, i):
        def generate(context, b, sig, args):
            return spread(b, b.load(address(context, b, sig.args[0], args[0], args[1]), align=4), kind.lanes)

        return kind(a, types.intp), generate

    return broadcast


def _make_binary(operation):
    @intrinsic
    def binary(typing, x, y):
        def generate(context, b, sig, args):
            return getattr(b, operation)(args[0], args[1])

        return x(x, x), generate

    return binary


load16, load8 = _make_load(V16), _make_load(V8)
splat16, splat8 = _make_splat(V16), _make_splat(V8)
bcast16, bcast8 = _make_broadcast(V16), _make_broadcast(V8)
vadd, vsub, vmul = _make_binary("fadd"), _make_binary("fsub"), _make_binary("fmul")


@intrinsic
def store(typing, a, i, v):
    """All lanes of ``v`` to ``a[i:]``."""

    def generate(context, b, sig, args):
        write(b, args[2], address(context, b, sig.args[0], args[0], args[1]))
        return context.get_dummy_value()

    return types.void(a, types.intp, v), generate


@intrinsic
def sum8(typing, v):
    """The sum of eight lanes, pair by pair."""

    def generate(context, b, sig, args):
        x = args[0]
        for half in (4, 2, 1):
            low = ir.Constant(ir.VectorType(I32, half), list(range(half)))
            high = ir.Constant(ir.VectorType(I32, half), list(range(half, 2 * half)))
            x = b.fadd(b.shuffle_vector(x, x, low), b.shuffle_vector(x, x, high))
        return b.extract_element(x, I32(0))

    return types.float32(v), generate


@intrinsic
def fma(typing, x, y, z):
    """x · y + z lane by lane, rounded once."""

    def generate(context, b, sig, args):
        return multiply_add(b, *args)

    return x(x, x, x), generate


@intrinsic
def decay_of_root(typing, square, scale):
    """exp(−scale · √square) lane by lane, exactly 0 below exp(−80).

    exp as 2ⁿ times a polynomial of degree 6 with Cephes' coefficients (expf): error about 2 units in the last place.
    """

    def generate(context, b, sig, args):
        x, s = args
        n = x.type.count
        whole = ir.VectorType(I32, n)

        def constant(value):
            return ir.Constant(x.type, [value] * n)

        t = b.fmul(_unary(b, "sqrt", x), b.fneg(s))
        live = b.fcmp_ordered(">", t, constant(-80.0))
        t = b.select(live, t, constant(0.0))
        k = _unary(b, "floor", multiply_add(b, t, constant(1.44269504088896341), constant(0.5)))
        r = multiply_add(b, k, constant(-0.693359375), t)
        r = multiply_add(b, k, constant(2.12194440e-4), r)
        p = constant(1.9875691500e-4)
        for q in (1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1):
            p = multiply_add(b, p, r, constant(q))
        p = b.fadd(multiply_add(b, p, b.fmul(r, r), r), constant(1.0))
        exponent = b.shl(b.add(b.fptosi(k, whole), ir.Constant(whole, [127] * n)), ir.Constant(whole, [23] * n))
        return b.select(live, b.fmul(p, b.bitcast(exponent, x.type)), constant(0.0))

    return square(square, square), generate
