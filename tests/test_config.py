"""Configuration: what is accepted, what is refused and how, presets, files, and the envelope."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from itten import Envelope, ShaderConfig, SpectrumConfig
from itten.errors import ConfigError, UsageError

ADSR = {
    "thicken_modulation": (0.2, 0.3, 0.5, 0.7),
    "kernel_sigma_ratio": (0.8, 0.6, 0.5, 0.4),
    "fill_threshold": (0.05, 0.1, 0.15, 0.2),
    "dilation_radius": (2, 1, 1, 1),
}


def test_defaults() -> None:
    config = ShaderConfig()
    assert (config.effect, config.sharpness, config.percentile, config.strength) == (1, 10, 40, 15)
    assert (config.min_pixels, config.max_segments, config.thicken_rotation) == (12, 120, 0.03)
    assert (config.size, config.copies, config.palette, config.shadow) == (0.12, 2, "auto", "none")
    assert (config.complexity_window, config.composite) == (7, "overwrite")
    assert (config.envelope, config.spectrum) == (Envelope(), SpectrumConfig())
    assert config.spectrum.radii == (1, 2, 3, 4, 5, 6)
    assert config.spectrum.weights == (1.0, 0.6, 0.4, 0.3, 0.2, 0.1)
    assert (config.spectrum.edge_threshold, config.spectrum.seed) == (0.15, 0)


@pytest.mark.parametrize(
    ("quality", "plan"), [("fast", (15, 96, 8)), ("standard", (30, 64, 16)), ("quality", (50, 48, 24))]
)
def test_presets(quality: str, plan: tuple[int, int, int]) -> None:
    assert SpectrumConfig(quality=quality).plan == plan
    assert ShaderConfig.from_config(quality) == ShaderConfig(spectrum={"quality": quality})
    own = SpectrumConfig(quality=quality, steps=9, tile=100, overlap=0)
    assert own.plan == (9, 100, 0)


def test_radii_may_have_weights_of_their_own() -> None:
    assert SpectrumConfig(radii=(1, 3)).weights == (1.0, 0.4)
    assert SpectrumConfig(radii=(2, 9), radius_weights=(0.5, 0.25)).weights == (0.5, 0.25)


@pytest.mark.parametrize(
    "config",
    [
        ShaderConfig(),
        ShaderConfig(effect=0.25, composite="zbuffer", envelope={"kind": "decay", "decay": 0.1}),
        ShaderConfig(spectrum=SpectrumConfig(quality="fast", steps=7, radii=(1, 9), radius_weights=(1, 0.5), seed=3)),
    ],
)
def test_round_trip(config: ShaderConfig, tmp_path: Path) -> None:
    data = config.to_dict()
    assert ShaderConfig.from_config(data) == config
    (tmp_path / "c.json").write_text(json.dumps(data), encoding="utf-8")
    assert ShaderConfig.from_config(tmp_path / "c.json") == config
    assert ShaderConfig.from_config(str(tmp_path / "c.json")) == config
    assert ShaderConfig.from_config(config) is config
    assert config.changed() == config
    assert hash(config.changed()) == hash(config)


def test_toml_and_none(tmp_path: Path) -> None:
    text = '\ufeffeffect = 0.5\n[envelope]\nkind = "decay"\n[spectrum]\nradii = [1, 2]\n'
    (tmp_path / "c.TOML").write_text(text, encoding="utf-8")
    expected = ShaderConfig(effect=0.5, envelope=Envelope(kind="decay"), spectrum=SpectrumConfig(radii=(1, 2)))
    assert ShaderConfig.from_config(tmp_path / "c.TOML") == expected
    assert ShaderConfig.from_config(None) == ShaderConfig.from_config({}) == ShaderConfig()


def test_colours_have_names_or_digits() -> None:
    named = ShaderConfig(palette=["Crimson", "#dc143c", [220 / 255, 20 / 255, 60 / 255]])
    assert len(set(named.palette)) == 1
    assert ShaderConfig(palette="teal, #B3202A").palette == ShaderConfig(palette=["#008080", "#b3202a"]).palette
    assert ShaderConfig(palette="keep").palette == "keep"
    assert ShaderConfig.from_config(named.to_dict()) == named
    assert named.wear == "cycle"


def test_frozen_and_changed() -> None:
    config = ShaderConfig()
    with pytest.raises(ValueError, match="frozen"):
        config.effect = 2.0  # type: ignore[misc]
    assert config.changed(effect=2.0).effect == 2.0
    assert config.effect == 1.0
    with pytest.raises(ConfigError, match="'effect'"):
        config.changed(effect=-1)


@pytest.mark.parametrize(
    ("config", "sentence"),
    [
        ({"efect": 1}, "unknown configuration key 'efect': did you mean 'effect'?"),
        ({"envelope": {"decy": 1}}, "unknown configuration key 'envelope.decy': did you mean 'envelope.decay'?"),
        ({"spectrum": {"qualty": 1}}, "unknown configuration key 'spectrum.qualty': did you mean 'spectrum.quality'?"),
        ({"quality": "fast"}, "unknown configuration key 'quality': did you mean 'spectrum.quality'?"),
        ({"spectrum": {"strenght": 1}}, "unknown configuration key 'spectrum.strenght': did you mean 'strength'?"),
        ({"envelope": {"zzz": 1}}, "unknown configuration key 'envelope.zzz': known keys: kind, decay, "),
        ({"a\nb": 1}, "unknown configuration key 'a\\nb': "),
    ],
)
def test_an_unknown_key_names_the_nearest(config: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ConfigError) as refused:
        ShaderConfig.from_config(config)
    assert str(refused.value).startswith(sentence)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2
    assert isinstance(refused.value, UsageError)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"min_pixels": 2**64}, "'min_pixels'"),
        ({"effect": -0.1}, "'effect': Input should be greater than or equal to 0 (got -0.1)"),
        ({"effect": float("nan")}, "'effect'"),
        ({"effect": "much"}, "'effect'"),
        ({"sharpness": 0}, "'sharpness'"),
        ({"percentile": 101}, "'percentile'"),
        ({"strength": float("inf")}, "'strength'"),
        ({"min_pixels": 0}, "'min_pixels'"),
        ({"min_pixels": 2.5}, "'min_pixels'"),
        ({"max_segments": 0}, "'max_segments'"),
        ({"thicken_rotation": 4}, "'thicken_rotation'"),
        ({"complexity_window": 6}, "configuration: complexity_window must be odd, got 6"),
        ({"composite": "blend"}, "'composite': Input should be 'overwrite' or 'zbuffer' (got 'blend')"),
        ({"envelope": 3}, "'envelope'"),
        ({"envelope": {"decay": 1.5}}, "'envelope.decay': Input should be less than or equal to 1 (got 1.5)"),
        ({"envelope": {"dilation_radius": (3, 2)}}, "'envelope.dilation_radius.2'"),
        ({"envelope": {"dilation_radius": (3, 2, 2, 0)}}, "'envelope': dilation_radius must lie in 1…32 pixels"),
        ({"envelope": {"kernel_sigma_ratio": (1, 1, 1, 0)}}, "kernel_sigma_ratio must be positive"),
        ({"envelope": {"fill_threshold": (0, 0, 0, -1)}}, "must not be negative"),
        ({"spectrum": {"quality": "ultra"}}, "'spectrum.quality': Input should be 'fast', 'standard' or 'quality'"),
        ({"spectrum": {"method": "tiled", "tile": 16}}, "overlap 16 is more than half of the tile of 16 pixels"),
        ({"spectrum": {"steps": 1}}, "'spectrum.steps'"),
        ({"spectrum": {"radii": ()}}, "one or more different"),
        ({"spectrum": {"radii": (1, 1)}}, "one or more different"),
        ({"spectrum": {"radii": (0, 1)}}, "radii must lie in 1…16"),
        ({"spectrum": {"radii": (1, 7)}}, "radius 7 has no default weight: give radius_weights"),
        ({"spectrum": {"radii": (1, 2), "radius_weights": (1,)}}, "one for each of the radii"),
        ({"spectrum": {"radii": (1, 2), "radius_weights": (1, 0)}}, "must be positive"),
        ({"spectrum": {"edge_threshold": 0}}, "'spectrum.edge_threshold'"),
        ({"spectrum": {"seed": -1}}, "'spectrum.seed'"),
        ({"spectrum": {3: 4}}, "'spectrum.3'"),
        ({"palette": ["crimsn"]}, "'#rrggbb', a CSS name such as 'teal', or three numbers in 0…1, got 'crimsn'"),
        ({"palette": ["crimsn"]}, "did you mean 'crimson'?"),
        ({"palette": "distrot"}, "did you mean 'distort'?"),
        ({"palette": ["#12"]}, "'#rrggbb', a CSS name such as 'teal', or three numbers in 0…1, got '#12'"),
        ({"palette": ["rgb(1,2,3)"]}, "a CSS name"),
        ({"palette": [[0.1, 2.0, 0.3]]}, "'#rrggbb', CSS names or three numbers in 0…1"),
        ({"palette": ""}, "a CSS name"),
        ({"palette": []}, "at least one colour"),
        ({"wear": "all"}, "'wear'"),
        ({1: 2}, "configuration keys are strings, got 1"),
        (3, "not int"),
        ("ultra", "'ultra' is neither a preset (fast, standard, quality, seed), nor a look"),
        ("c.yaml", "'c.yaml' is neither"),
        ("confeti", "did you mean 'confetti'?"),
        ("missing.toml", "cannot read the configuration 'missing.toml': No such file or directory"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(config: Any, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        ShaderConfig.from_config(config)
    message = str(refused.value)
    assert words in message
    assert message.count("configuration") <= 2
    assert len(message) < 200


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("c.toml", b"effect = "),
        ("c.json", b'{"effect": '),
        ("c.json", b"[1, 2]"),
        ("c.json", b"[" * 100_000),
        ("c.toml", b"\xff\xfe"),
        ("c.json", b'{"effect": NaN}'),
    ],
)
def test_broken_files(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(ConfigError):
        ShaderConfig.from_config(tmp_path / name)


@pytest.mark.parametrize(
    ("passes", "phases"),
    [
        (1, [0]),
        (2, [0, 1]),
        (3, [0, 1, 2]),
        (4, [0, 1, 2, 3]),
        (5, [0, 0, 1, 2, 3]),
        (6, [0, 0, 1, 2, 2, 3]),
        (7, [0, 0, 1, 1, 2, 2, 3]),
        (8, [0, 0, 1, 1, 2, 2, 3, 3]),
        (9, [0, 0, 0, 1, 1, 2, 2, 3, 3]),
    ],
)
def test_adsr_takes_the_phases_in_turn_and_spreads_them_evenly(passes: int, phases: list[int]) -> None:
    rows = Envelope().schedule(passes, 0.5)
    assert len(rows) == passes
    for row, phase in zip(rows, phases, strict=True):
        assert row.effect == 0.5
        assert {name: getattr(row, name) for name in ADSR} == {name: ADSR[name][phase] for name in ADSR}
    if passes >= 4:
        counts = [phases.count(phase) for phase in range(4)]
        assert max(counts) - min(counts) <= 1


def test_decay_keeps_the_attack_and_lowers_the_effect() -> None:
    rows = Envelope(kind="decay", decay=0.5).schedule(4, 0.8)
    assert [row.effect for row in rows] == pytest.approx([0.8, 0.4, 0.2, 0.1])
    for row in rows:
        assert {name: getattr(row, name) for name in ADSR} == {name: ADSR[name][0] for name in ADSR}
    assert [row.effect for row in Envelope(kind="decay", decay=0).schedule(3, 1.0)] == [1.0, 0.0, 0.0]


def test_a_table_of_ones_own() -> None:
    rows = Envelope(dilation_radius=(1, 2, 3, 4), fill_threshold=(0.1, 0.2, 0.3, 0.4)).schedule(4, 1.0)
    assert [row.dilation_radius for row in rows] == [1, 2, 3, 4]
    assert [row.fill_threshold for row in rows] == [0.1, 0.2, 0.3, 0.4]
