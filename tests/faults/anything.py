"""What anybody may hand over, drawn by Hypothesis: arrays of any shape, type and layout, masks, configurations."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from itten.config import ShaderConfig, SpectrumConfig
from itten.config.base import Frozen, groups
from itten.errors import ConfigError

DTYPES = (
    *("float32", "float32", "float64", "uint8", "float16", "bool", "uint16", "int8", "int16", "int32", "int64"),
    *("uint32", "complex64", "object", "U3", "datetime64[s]", ">f4", ">u2", "longdouble"),
)
TORCH = ("float32", "float64", "float16", "bfloat16", "uint8", "int8", "int16", "int32", "int64", "bool", "complex64")
FILLS = ("noise", "noise", "noise", "flat", "drawn", "nan", "inf", "over", "under", "eight bits", "rounding")
LAYOUTS = ("plain", "plain", "reversed", "transposed", "strided", "read-only", "fortran", "expanded")
JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 2**70), st.floats(), st.text(max_size=6), st.binary(max_size=6),
    st.just([]), st.just({}), st.just(()), st.just([[1.0, 2.0], [3.0]]), st.just(object),
    st.just(5000).map(lambda length: "a" * length),
    st.just("nul\0"), st.just("nowhere/\udcff.png"),
)  # fmt: skip


class Given(NamedTuple):
    """A value, and how it was made: what is shown where a test fails."""

    value: Any
    how: str

    def __repr__(self) -> str:
        return self.how


def tries(strategy: st.SearchStrategy[Any], count: int, judge: Any) -> None:
    """Hold ``judge`` against so many examples, the same ones each time."""
    checks = list(HealthCheck)

    @settings(max_examples=count, derandomize=True, deadline=None, database=None, suppress_health_check=checks)
    @given(strategy)
    def run(value: Any) -> None:
        judge(value)

    run()


SIDES = st.one_of(st.integers(1, 9), st.integers(0, 9), st.sampled_from([11, 13, 17, 23, 25, 31, 33, 40]))


def filled(shape: tuple[int, ...], fill: str, seed: int) -> np.ndarray:
    """Values in float64, which a type is then made of."""
    draw = np.random.default_rng(seed)
    values: np.ndarray = np.asarray(draw.random(shape))
    if fill == "flat":
        values[...] = draw.random()
    elif fill == "drawn":
        values = np.where(values > 0.7, 0.1, 0.95)
    elif fill in ("nan", "inf") and values.size:
        values.flat[int(draw.integers(values.size))] = {"nan": np.nan, "inf": np.inf}[fill]
    elif fill == "over":
        values *= 1 + 3 * draw.random()
    elif fill == "under":
        values = values * 2 - 1
    elif fill == "eight bits":
        values = np.round(values * 255)
    elif fill == "rounding":
        values = np.where(values > 0.5, 1 + 4e-7, -4e-7)
    return np.asarray(values)


def typed(values: np.ndarray, dtype: str) -> np.ndarray:
    """Values as that type; whole numbers up to its largest."""
    kind = np.dtype(dtype)
    with np.errstate(all="ignore"):
        if kind.kind in "iu" and values.size and np.isfinite(values).all() and values.max() <= 1:
            values = values * min(np.iinfo(kind).max, 2**31)
        if kind.kind == "M":
            return np.zeros(values.shape, kind)
        if kind.kind == "b":
            return values > 0.5
        return np.nan_to_num(values).astype(kind) if kind.kind in "iu" else values.astype(kind)


def laid_out(array: np.ndarray, layout: str) -> np.ndarray:
    """The same values, seen otherwise."""
    if layout == "reversed" and array.ndim > 1:
        return array[::-1, ::-1]
    if layout == "transposed" and array.ndim > 1:
        return np.ascontiguousarray(array.swapaxes(0, 1)).swapaxes(0, 1)
    if layout == "strided" and array.ndim > 1:
        return np.repeat(np.repeat(array, 2, axis=0), 2, axis=1)[::2, 1::2]
    if layout == "read-only":
        array.setflags(write=False)
    if layout == "fortran":
        return np.asfortranarray(array)
    if layout == "expanded" and array.ndim and array.shape[0]:
        return np.broadcast_to(array[:1], array.shape)
    return array


@st.composite
def arrays(draw: st.DrawFn) -> Given:
    """NumPy arrays: often of a picture's shape, else of any."""
    height, width, channels = draw(SIDES), draw(SIDES), draw(st.sampled_from([3, 3, 3, 1, 4, 2]))
    usual = (height, width, channels)
    shape = draw(st.sampled_from([usual, usual, usual, usual[:2], usual[:1], (), (2, *usual), (3, height, width)]))
    dtype, fill, layout = draw(st.sampled_from(DTYPES)), draw(st.sampled_from(FILLS)), draw(st.sampled_from(LAYOUTS))
    value = laid_out(typed(filled(shape, fill, draw(st.integers(0, 99))), dtype), layout)
    return Given(value, f"array {shape} of {dtype}, {fill}, {layout}")


@st.composite
def tensors(draw: st.DrawFn) -> Given:
    """Tensors: often ``(3, H, W)``, some batches, some that want a gradient."""
    height, width = draw(SIDES), draw(SIDES)
    usual, channels = (3, height, width), draw(st.sampled_from([1, 2, 4]))
    shapes = [usual, usual, usual, (2, *usual), (1, 1, *usual), (height, width), (height, width, 3), ()]
    shape = draw(st.sampled_from([*shapes, (channels, height, width)]))
    dtype, fill = draw(st.sampled_from(("float32", *TORCH))), draw(st.sampled_from(FILLS))
    values = torch.from_numpy(filled(shape, fill, draw(st.integers(0, 99))))
    if fill in ("nan", "inf") and "int" in dtype:
        values = values.nan_to_num(0, 0, 0)
    if "int" in dtype and fill != "eight bits":
        values = values * 100
    value, way = values.to(getattr(torch, dtype)), draw(st.sampled_from(["", "", "", "gradient", "strided", "flipped"]))
    if way == "gradient" and value.is_floating_point():
        value.requires_grad_()
    elif way == "strided" and value.ndim > 1:
        value = value.transpose(-1, -2).contiguous().transpose(-1, -2)
    elif way == "flipped" and value.ndim > 1:
        value = value.flip(-1)
    return Given(value, f"tensor {shape} of {dtype}, {fill}, {way}")


@st.composite
def pillows(draw: st.DrawFn) -> Given:
    """Pillow pictures of every mode."""
    size = draw(SIDES), draw(SIDES)
    mode = draw(st.sampled_from(["RGB", "RGBA", "L", "LA", "P", "PA", "1", "CMYK", "YCbCr", "HSV", "LAB", "I", "F"]))
    mode = draw(st.sampled_from([mode, mode, "I;16", "RGBX", "La", "RGBa"]))
    return Given(Image.new(mode, size), f"Pillow {mode} {size}")


PICTURES = st.one_of(arrays(), tensors(), pillows(), JUNK.map(lambda value: Given(value, repr(value)[:60])))


def good(height: int, width: int, seed: int = 0, fill: str = "drawn") -> torch.Tensor:
    """A picture without fault."""
    return torch.from_numpy(filled((3, height, width), fill, seed).astype(np.float32))


@st.composite
def masks(draw: st.DrawFn, height: int, width: int, fine: bool = False) -> Given:
    """Masks of one size: as they should be, or, unless ``fine``, of another size or type, or none at all."""
    ways = ["good", "good", "none", "all", *([] if fine else ["size", "type", "junk"])]
    seed, way = draw(st.integers(0, 99)), draw(st.sampled_from(ways))
    value: Any = np.random.default_rng(seed).random((height, width)) > 0.5
    if way in ("none", "all"):
        value[...] = way == "all"
    elif way == "size":
        value = draw(st.sampled_from([value[:-1], value[None], value[..., None], value.T[:-1], value.ravel(), True]))
    elif way == "type":
        value = value.astype(draw(st.sampled_from(["uint8", "float32", "int64", "object", "complex64", "U1"])))
    elif way == "junk":
        return draw(JUNK.map(lambda value: Given(value, f"mask {value!r:.60}")))
    as_tensor = way in ("good", "none", "all") and draw(st.booleans())
    return Given(torch.from_numpy(value) if as_tensor else value, f"mask {way} {seed}")


NUMBERS = st.one_of(st.integers(-2, 12), st.floats(-1, 20), st.floats(), st.just(2**64), st.just(0.5))
WORDS = ("auto", "keep", "void", "seed", "gap", "fast", "exact", "tiled", "stitched", "drop", "match", "quarter", "")
ODD = st.one_of(
    NUMBERS, st.sampled_from(WORDS), st.text(max_size=5), st.none(), st.booleans(), st.just([]), st.just({})
)


@st.composite
def settings_of(draw: st.DrawFn, model: type[Frozen] = ShaderConfig, most: int = 4) -> dict[str, Any]:
    """Keys of a configuration with values that are mostly what the key takes."""
    found: dict[str, Any] = {}
    inner = groups(model)
    for name in draw(st.lists(st.sampled_from(sorted(model.model_fields)), max_size=most, unique=True)):
        if name in inner and draw(st.integers(0, 9)):
            found[name] = draw(settings_of(inner[name], 3))
        elif draw(st.integers(0, 3)):
            found[name] = draw(_fitting(model.model_fields[name].annotation))
        else:
            found[name] = draw(st.one_of(ODD, st.lists(ODD, max_size=4)))
    if draw(st.integers(0, 19)) == 0:
        found[draw(st.sampled_from(["nonsense", "colour", "sharpnes", "spectrum.tol", ""]))] = draw(ODD)
    return found


def _fitting(annotation: Any) -> st.SearchStrategy[Any]:
    """Values of a type, also outside of what is allowed."""
    text = str(annotation)
    ways: list[st.SearchStrategy[Any]] = []
    if "Literal" in text:
        ways.append(st.sampled_from([part for part in text.split("'")[1::2] if part.isidentifier()] or ["auto"]))
    if "int" in text:
        ways.append(st.integers(-1, 70))
    if "float" in text:
        ways.append(st.floats(-0.5, 4))
    if "bool" in text:
        ways.append(st.booleans())
    if "tuple" in text:
        ways.append(st.lists(st.floats(0, 1) if "float" in text else st.integers(1, 16), max_size=6))
    if "Colour" in text or "palette" in text:
        ways.append(st.sampled_from(["teal,#b3202a", "teel", "#12", ["red"], [[0, 0, 1]], [[0, 2, 0]]]))
    return st.one_of(*ways) if ways else ODD


def accepted(model: type[Frozen], values: dict[str, Any]) -> dict[str, Any]:
    """Of these settings those that can be together, each being tried in turn."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        inner = groups(model).get(name)
        kept = accepted(inner, value) if inner is not None and isinstance(value, dict) else value
        try:
            model(**{**found, name: kept})
        except ConfigError:
            continue
        found[name] = kept
    return found


CONFIGS = settings_of()
GOOD_CONFIGS = settings_of(most=9).map(lambda values: accepted(ShaderConfig, values))
SPECTRUM_OPTIONS = settings_of(SpectrumConfig)
GOOD_OPTIONS = SPECTRUM_OPTIONS.map(lambda values: accepted(SpectrumConfig, values))
