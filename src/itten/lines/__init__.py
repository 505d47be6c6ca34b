"""Pictures in lines: directions from the spectrum, phases along them, tone as width, inks."""

from itten.lines.engrave import Engraving, Family, engrave

__all__ = ["Engraving", "Family", "engrave"]
