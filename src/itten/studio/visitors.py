"""Visitors: each with a folder of its own, which nobody else sees, and which is removed when it has gone."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from itten.studio.crew import Job

MOST = 8
"""Most visitors at once."""
AWAY_S = 90.0
"""A visitor that has not been heard of for so long has gone."""
MOST_UPLOADS = 24
"""Pictures that are kept of a visitor; those go that were not used for longest."""
MOST_FOLDERS, MOST_PREVIEWS = 6, 2
"""Works whose files are kept, and previews, which are not to drive them out."""


@dataclass
class Upload:
    """A picture that was sent: what it is called, its file, that of a small one, its size, its SHA-256, its format."""

    name: str
    path: Path
    small: Path
    width: int
    height: int
    sha256: str
    kind: str = "PNG"


@dataclass
class Visitor:
    """``token`` is the visitor's alone; ``name`` is what its history is kept under."""

    token: str
    folder: Path
    seen: float
    uploads: dict[str, Upload] = field(default_factory=dict)
    job: Job | None = None
    folders: list[Path] = field(default_factory=list)
    previews: list[Path] = field(default_factory=list)

    @property
    def name(self) -> str:
        return hashlib.sha256(self.token.encode()).hexdigest()[:32]

    def keep(self, upload: Upload) -> str:
        """Number it; where there are too many the one goes that was not used for longest."""
        number = secrets.token_hex(8)
        self.uploads[number] = upload
        while len(self.uploads) > MOST_UPLOADS:
            old = self.uploads.pop(next(iter(self.uploads)))
            for path in (old.path, old.small, Path(f"{old.small}.full")):
                path.unlink(missing_ok=True)
        return number

    def use(self, number: str) -> Upload:
        """An upload that a work wants: the last that would go. Raises KeyError where it is not there."""
        known = self.uploads[number] = self.uploads.pop(number)
        return known

    def new_folder(self, preview: bool = False) -> Path:
        """A folder for what the next work, or a ``preview``, writes; the oldest of its kind goes."""
        kept, most = (self.previews, MOST_PREVIEWS) if preview else (self.folders, MOST_FOLDERS)
        folder = self.folder / secrets.token_hex(8)
        folder.mkdir()
        kept.append(folder)
        while len(kept) > most:
            shutil.rmtree(kept.pop(0), ignore_errors=True)
        return folder


class Visitors:
    """Those who are here. ``root``: the folder that theirs are in."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._known: dict[str, Visitor] = {}

    def find(self, token: str | None) -> Visitor | None:
        """The one with this token, who has been heard of now."""
        found = None if token is None else self._known.get(token)
        if found is not None:
            found.seen = time.monotonic()
        return found

    def admit(self, token: str | None) -> Visitor | None:
        """A new one, with the token of an earlier visit if it has one; None where there is no room."""
        if len(self._known) >= MOST:
            return None
        if token is None or not (len(token) == 43 and token.replace("-", "").replace("_", "").isalnum()):
            token = secrets.token_urlsafe(32)
        folder = self._root / secrets.token_hex(16)
        folder.mkdir(mode=0o700)
        visitor = self._known[token] = Visitor(token, folder, time.monotonic())
        return visitor

    def gone(self) -> Iterator[Visitor]:
        """Those who have not been heard of; their folders are removed."""
        now = time.monotonic()
        for token, visitor in list(self._known.items()):
            if now - visitor.seen > AWAY_S:
                yield visitor
                self.forget(token)

    def forget(self, token: str) -> None:
        """Remove all that is kept of a visitor but its history."""
        visitor = self._known.pop(token, None)
        if visitor is not None:
            shutil.rmtree(visitor.folder, ignore_errors=True)

    def __iter__(self) -> Iterator[Visitor]:
        return iter(self._known.values())

    def facts(self) -> dict[str, Any]:
        """How many are here, and how many may be."""
        return {"visitors": len(self._known), "most": MOST}
