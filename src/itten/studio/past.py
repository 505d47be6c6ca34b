"""Routes of histories: what a visitor has made, kept and restored."""

from __future__ import annotations

import hashlib
from typing import Any

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse

from itten.studio.hall import Here, Studio
from itten.studio.sent import looked_at
from itten.studio.settings import MASKS
from itten.studio.visitors import Upload


def add_history(app: FastAPI, studio: Studio) -> None:
    """Enter the routes."""

    @app.get("/api/history", operation_id="history")
    async def history(visitor: Here) -> list[dict[str, Any]]:
        """What the visitor has made, the newest first."""
        return studio.history(visitor).entries()

    @app.delete("/api/history", operation_id="empty_history")
    async def empty(visitor: Here) -> dict[str, Any]:
        """Remove all of it."""
        studio.history(visitor).empty()
        return {}

    @app.get("/api/history/{number}/{name}", operation_id="history_file")
    async def kept_file(number: str, name: str, visitor: Here) -> FileResponse:
        """A picture of it: ``result.png`` or ``small.png``."""
        path = studio.history(visitor).file(number, name)
        if path is None or path.suffix != ".png":
            raise HTTPException(404, "there is no such picture")
        return FileResponse(path, media_type="image/png")

    @app.post("/api/history/{number}/restore", operation_id="restore")
    async def restore(number: str, visitor: Here) -> dict[str, Any]:
        """The settings of an entry, its pictures being uploads again."""
        past = studio.history(visitor)
        entry = past.entry(number)
        if entry is None:
            raise HTTPException(404, "there is no such entry")
        renamed, again = {}, {}
        for old, name in entry["inputs"].items():
            source = past.file(number, f"input-{old}")
            if source is None:
                raise HTTPException(404, f"{name} is no longer there")
            path = visitor.folder / f"again-{number}-{old}"
            path.write_bytes(source.read_bytes())
            found = await looked_at(path, path.with_suffix(".small"))
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            size = found.get("width", 0), found.get("height", 0)
            known = Upload(name, path, path.with_suffix(".small"), *size, digest, found.get("kind", "PNG"))
            renamed[old] = visitor.keep(known)
            again[renamed[old]] = {"name": name, "width": size[0], "height": size[1]}
        settings = entry["settings"]
        for key in ("target", *MASKS, "read_marks", "write_marks"):
            settings[key] = renamed.get(settings.get(key), settings.get(key))
        settings["sources"] = [renamed.get(one, one) for one in settings["sources"]]
        return {**entry, "settings": settings, "uploads": again}
