"""Whatever is handed over: a defined result, or a typed error that names the argument. The same examples each time."""

from __future__ import annotations

import json
import tomllib
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import strategies as st

import itten
from itten.config import Envelope, HeadConfig, ShaderConfig, SpectrumConfig
from itten.errors import ConfigError, IttenError
from itten.image import as_image, to_pil, to_uint8, to_uint16
from itten.shader import SpectralShader
from tests.faults.anything import (
    CONFIGS,
    GOOD_CONFIGS,
    GOOD_OPTIONS,
    JUNK,
    PICTURES,
    SIDES,
    SPECTRUM_OPTIONS,
    Given,
    accepted,
    filled,
    good,
    masks,
    settings_of,
    tries,
)


def counts(short: int, long: int) -> pytest.MarkDecorator:
    """How many examples; 10,000 in all where there is time."""
    return pytest.mark.parametrize("count", [short, pytest.param(long, marks=pytest.mark.long)])


def refused(error: IttenError, *names: str) -> None:
    """One line that names an argument."""
    told = str(error)
    assert any(name in told for name in names), f"{names} in {told!r}"
    assert "\n" not in told, told
    assert len(told) < 6000, told


def unit(image: torch.Tensor, size: tuple[int, ...]) -> None:
    assert image.dtype in (torch.float32, torch.float64)
    assert tuple(image.shape[-3:]) == (3, *size)
    assert bool(torch.isfinite(image).all())
    assert float(image.detach().min()) >= 0
    assert float(image.detach().max()) <= 1


def size_of(value: Any) -> tuple[int, ...]:
    if isinstance(value, np.ndarray):
        return value.shape[:2]
    return tuple(value.shape[-2:]) if isinstance(value, torch.Tensor) else value.size[::-1]


@counts(120, 4000)
def test_whatever_is_taken_for_a_picture(count: int) -> None:
    def judge(given: Given) -> None:
        value, before = given.value, None
        if isinstance(value, np.ndarray):
            before = value.copy()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                image = as_image(value, name="thing")
            except IttenError as error:
                named = repr(value) if isinstance(value, str) else "thing"
                return refused(error, named)
        unit(image, size_of(value))
        if before is not None:
            assert np.array_equal(before, value), "it was written to"
        if isinstance(value, torch.Tensor):
            assert image.requires_grad == value.requires_grad
        return None

    tries(PICTURES, count, judge)


@counts(40, 1000)
def test_whatever_is_written_with_whatever_alpha(count: int, tmp_path: Path) -> None:
    def judge(drawn: tuple[Given, Any]) -> None:
        given, alpha = drawn
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for call, most in ((to_uint8, 255), (to_pil, 255), (to_uint16, 65535)):
                try:
                    found = np.asarray(call(given.value) if call is to_uint8 else call(given.value, alpha))
                except IttenError as error:
                    refused(error, "image", "alpha", repr(given.value))
                else:
                    assert found.min() >= 0
                    assert found.max() <= most

    veils = st.one_of(st.none(), masks(8, 8).map(lambda mask: mask.value), JUNK, PICTURES.map(lambda one: one.value))
    tries(st.tuples(st.one_of(PICTURES, st.just(Given(good(8, 8), "good"))), veils), count, judge)


def as_toml(values: dict[str, Any], head: str = "") -> str:
    """Settings as a file; what is None is left out."""
    plain = {key: value for key, value in values.items() if not isinstance(value, dict) and value is not None}
    lines = [f"{key} = {json.dumps(value)}" for key, value in plain.items()]
    tables = {key: value for key, value in values.items() if isinstance(value, dict)}
    for key, value in tables.items():
        lines += [f"[{head}{key}]", as_toml(value, f"{head}{key}.")]
    return "\n".join(lines) + "\n"


@counts(80, 3000)
def test_whatever_is_a_configuration(count: int, tmp_path: Path) -> None:
    kinds = [ShaderConfig, ShaderConfig, HeadConfig, SpectrumConfig, Envelope]

    def judge(drawn: tuple[type, dict[str, Any]]) -> None:
        kind, values = drawn
        try:
            config = kind(**values)
        except ConfigError as error:
            keys = [*values, *(key for inner in values.values() if isinstance(inner, dict) for key in inner)]
            return refused(error, *keys, "radii", "tile")
        assert kind(**json.loads(json.dumps(config.to_dict()))) == config
        if kind is ShaderConfig and not config.heads:
            assert ShaderConfig(**tomllib.loads(as_toml(config.to_dict()))) == config
            assert len(config.schedule(7)) == 7
        return None

    def drawn(kind: type) -> st.SearchStrategy[tuple[type, dict[str, Any]]]:
        fine = settings_of(kind, 9).map(lambda values: accepted(kind, values))
        return st.tuples(st.just(kind), st.one_of(settings_of(kind), fine))

    tries(st.sampled_from(kinds).flatmap(drawn), count, judge)


@counts(25, 700)
def test_whatever_a_spectrum_is_asked_of(count: int) -> None:
    @st.composite
    def drawn(draw: st.DrawFn) -> tuple[Given, Any, dict[str, Any], Given | None]:
        """One of the four may be anything."""
        height, width = draw(SIDES.filter(bool)), draw(SIDES.filter(bool))
        odd = draw(st.sampled_from(["", "", "", "picture", "k", "options", "mask"]))
        picture = Given(good(height, width, draw(st.integers(0, 9))), f"good {height} × {width}")
        k = draw(st.integers(1, min(8, height * width)))
        if odd == "k":
            k = draw(st.one_of(st.integers(-1, 2000), JUNK, st.just(2.0)))
        options = draw(SPECTRUM_OPTIONS if odd == "options" else GOOD_OPTIONS)
        mask = draw(st.one_of(st.none(), masks(height, width, odd != "mask")))
        return draw(PICTURES) if odd == "picture" else picture, k, options, mask

    def judge(case: tuple[Given, Any, dict[str, Any], Given | None]) -> None:
        picture, k, options, mask = case
        try:
            found = itten.spectrum(picture.value, k, exclude=None if mask is None else mask.value, **options)
        except IttenError as error:
            names = "image", "picture", "features", "k must", "eigenvectors", "exclude", "tol", "method", "backend"
            return refused(error, *names, *options, repr(picture.value), "radii", "tile")
        assert len(found.values) == k
        for one in (found.values, found.vectors, found.residuals):
            assert bool(torch.isfinite(one).all())
        assert found.status
        return None

    tries(drawn(), count, judge)


@counts(35, 1300)
def test_whatever_is_painted(count: int) -> None:
    @st.composite
    def drawn(draw: st.DrawFn) -> dict[str, Any]:
        """One of the arguments may be anything."""
        height, width = draw(SIDES.filter(bool)), draw(SIDES.filter(bool))
        fill = draw(st.sampled_from(["drawn", "noise", "flat"]))
        fine = Given(good(height, width, draw(st.integers(0, 9)), fill), f"{fill} {height} × {width}")
        other = Given(good(draw(SIDES.filter(bool)), 7), "another")
        arguments = ["target", "source", "config", "passes", "read", "write", "hidden", "opacity"]
        odd = draw(st.sampled_from([*[""] * 8, *arguments]))
        found = {
            "target": draw(PICTURES) if odd == "target" else fine,
            "source": draw(st.sampled_from([None, None, fine, other, [other, fine]])),
            "config": draw(st.one_of(CONFIGS, JUNK) if odd == "config" else GOOD_CONFIGS),
            "passes": draw(st.one_of(st.integers(), JUNK) if odd == "passes" else st.integers(1, 2)),
            "layers": draw(st.booleans()),
            "keep": draw(st.booleans()),
        }
        if odd == "source":
            found["source"] = draw(st.one_of(PICTURES, st.lists(PICTURES, max_size=3)))
        for name in ("read", "write", "hidden"):
            fits = name == "write" or found["source"] is None
            if odd == name or (fits and draw(st.integers(0, 3)) == 0):
                found[name] = draw(masks(height, width, odd != name))
        veil = torch.from_numpy(filled((height, width), "noise", 3))
        if found["source"] is None and draw(st.integers(0, 5)) == 0:
            found["opacity"] = (veil, (1.0, 1.0, 1.0))
        if odd == "opacity":
            found["opacity"] = draw(st.one_of(st.just((veil, 3)), masks(height, width).map(tuple), JUNK))
        return found

    def bare(value: Any) -> Any:
        if isinstance(value, Given):
            return value.value
        return [bare(one) for one in value] if isinstance(value, list) else value

    def judge(case: dict[str, Any]) -> None:
        values = {name: bare(value) for name, value in case.items()}
        target, source, config = values.pop("target"), values.pop("source"), values.pop("config")
        try:
            shader = SpectralShader(ShaderConfig.from_config(config)) if case["layers"] else None
            call = itten.shade if shader is None else lambda one, two, _, **more: shader(one, two, **more)
            found = call(target, source, config, **values)
        except IttenError as error:
            keys = (
                [*config, *(key for one in config.values() if isinstance(one, dict) for key in one)]
                if (isinstance(config, dict))
                else [repr(config)[:40], "configuration"]
            )
            files = [repr(one) for one in (target, source) if isinstance(one, str)]
            return refused(error, *case, *keys, *files, "image", "radii", "tile", "picture", "vector")
        unit(found.image, size_of(target))
        assert len(found.passes) == (values["passes"] if values["keep"] else 1)
        assert bool(torch.isfinite(found.field).all())
        return None

    tries(drawn(), count, judge)
