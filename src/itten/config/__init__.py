"""Configuration: frozen, validated, with presets, looks and the envelope that drives the passes.

A configuration is plain data. It can be built from keyword arguments, a dict, a TOML or JSON file or
the name of a preset or a look, and goes back to a dict with ``to_dict``. A key that does not exist is an
error that names the nearest one that does.
"""

from itten.config.bands import BandsConfig
from itten.config.engrave import EngraveConfig
from itten.config.envelope import PHASES, Envelope, PassParameters
from itten.config.head import FRONT, SHADOW, TURNS, HeadConfig, Tint
from itten.config.layers import nested, overlaid
from itten.config.look import Look, as_look, load_look, look_names, look_text, read_look
from itten.config.match import AlignConfig, MatchConfig
from itten.config.motion import AnimationConfig
from itten.config.page import Page
from itten.config.panes import PanesConfig
from itten.config.segment import SegmentConfig
from itten.config.shader import GATE_VECTOR, PRESETS, ShaderConfig, config_keys
from itten.config.spectrum import QUALITIES, RADIUS_WEIGHTS, STITCHED_TILE, SpectrumConfig
from itten.config.text import differences, flat, to_toml

__all__ = [
    "FRONT",
    "GATE_VECTOR",
    "PHASES",
    "PRESETS",
    "QUALITIES",
    "RADIUS_WEIGHTS",
    "SHADOW",
    "STITCHED_TILE",
    "TURNS",
    "AlignConfig",
    "AnimationConfig",
    "BandsConfig",
    "EngraveConfig",
    "Envelope",
    "HeadConfig",
    "Look",
    "MatchConfig",
    "Page",
    "PanesConfig",
    "PassParameters",
    "SegmentConfig",
    "ShaderConfig",
    "SpectrumConfig",
    "Tint",
    "as_look",
    "config_keys",
    "differences",
    "flat",
    "load_look",
    "look_names",
    "look_text",
    "nested",
    "overlaid",
    "read_look",
    "to_toml",
]
