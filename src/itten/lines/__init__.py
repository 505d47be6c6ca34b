"""Pictures in lines: directions from the spectrum, phases along them, tone as width, inks."""

from itten.lines.engrave import engrave
from itten.lines.engraving import Engraving
from itten.lines.family import Family

__all__ = ["Engraving", "Family", "engrave"]
