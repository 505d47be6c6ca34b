"""Animations: a run pass by pass with the frames between, or from one setting to another."""

from itten.motion.encode import FORMATS, Animation, check_format, write_animation
from itten.motion.growth import Growth, animate, growth
from itten.motion.reel import Reel

__all__ = [
    "FORMATS",
    "Animation",
    "Growth",
    "Reel",
    "animate",
    "check_format",
    "growth",
    "write_animation",
]
