"""The command ``itten``: options in, pictures out. There is no mathematics here."""

from itten.cli.app import main

__all__ = ["main"]
