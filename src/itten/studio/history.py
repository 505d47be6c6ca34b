"""What a visitor has made, kept in a folder of its own until it is emptied or there is too much of it."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Any

from itten.files import read_text, write_bytes_atomic

MOST_ENTRIES = 200
MOST_BYTES = 1 << 30
_NUMBER = re.compile(r"[0-9a-f]{16}")


class History:
    """``root``: the folder that histories are kept in; ``name``: whose it is."""

    def __init__(self, root: Path, name: str) -> None:
        self._folder = root / name

    def add(self, facts: dict[str, Any], files: dict[str, Path]) -> str:
        """Keep an entry: its ``facts``, and ``files`` by the names that they get. The oldest go where there are more
        than :data:`MOST_ENTRIES`, or more than :data:`MOST_BYTES` of them."""
        number = secrets.token_hex(8)
        part = self._folder / f"new-{number}"
        part.mkdir(parents=True, mode=0o700)
        for name, path in files.items():
            shutil.copyfile(path, part / name)
        text = json.dumps({**facts, "id": number, "time": time.time()})
        write_bytes_atomic(text.encode(), part / "entry.json")
        part.rename(self._folder / number)
        self._trim()
        return number

    def entries(self) -> list[dict[str, Any]]:
        """The newest first."""
        found = []
        for folder in self._folder.iterdir() if self._folder.is_dir() else ():
            if _NUMBER.fullmatch(folder.name):
                try:
                    found.append(json.loads(read_text(folder / "entry.json")))
                except (OSError, ValueError):  # half a copy of a folder: not what this wrote
                    continue
        return sorted(found, key=lambda one: (-float(one["time"]), one["id"]))

    def entry(self, number: str) -> dict[str, Any] | None:
        """The entry of that number, None if there is none."""
        folder = self.file(number, "entry.json")
        return None if folder is None else json.loads(read_text(folder))

    def file(self, number: str, name: str) -> Path | None:
        """A file of an entry, None if there is none; names with folders in them are of none."""
        if not _NUMBER.fullmatch(number) or Path(name).name != name:
            return None
        path = self._folder / number / name
        return path if path.is_file() else None

    def empty(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _trim(self) -> None:
        kept = 0
        for place, one in enumerate(self.entries()):
            folder = self._folder / one["id"]
            kept += sum(path.stat().st_size for path in folder.iterdir())
            if place >= MOST_ENTRIES or (kept > MOST_BYTES and place):
                shutil.rmtree(folder, ignore_errors=True)
