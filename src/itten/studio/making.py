"""Routes of works: begun, followed, cancelled."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI, HTTPException
from fastapi.responses import FileResponse, StreamingResponse
from pydantic import BaseModel, Field

from itten.config import to_toml
from itten.errors import UsageError
from itten.studio.catalogue import input_of
from itten.studio.crew import Full, Job
from itten.studio.hall import Here, Studio
from itten.studio.sent import looked_at
from itten.studio.settings import Settings
from itten.studio.visitors import Visitor
from itten.works.command import command

KINDS = {".png": "image/png", ".gif": "image/gif", ".webp": "image/webp", ".mp4": "video/mp4"}


class Make(BaseModel):
    """A work that is wanted; ``preview``: pixels of the shorter side at which it is done; ``animate``: how the picture
    grows is wanted, in this format; ``find``: the target's figure alone is, as a mask."""

    settings: dict[str, Any]
    preview: int | None = Field(None, ge=16, le=1024)
    animate: Literal["gif", "png", "webp", "mp4"] | None = None
    find: Literal["figure"] | None = None


def add_works(app: FastAPI, studio: Studio) -> None:
    """Enter the routes."""

    @app.post("/api/make", operation_id="make")
    async def make(wanted: Make, visitor: Here) -> dict[str, Any]:
        """Begin a work; the visitor's last one is cancelled. ``preview``: pixels of the shorter side at which it is
        done. What becomes of it: ``/api/jobs/{id}``. 400 for settings that cannot be, 503 where too many wait."""
        settings = Settings(**{**wanted.settings, **({"figure": True} if wanted.find else {})})
        # Samples are drawn for their digests, once.
        pictures = [await asyncio.to_thread(input_of, role, one, visitor) for role, one in settings.pictures()]
        if wanted.animate is not None and settings.verb != "shade":
            raise UsageError("copies alone travel: there is no animation of anything else")
        if wanted.find is not None and settings.verb != "shade":
            raise UsageError("figures are found with the verb shade alone")
        plain = wanted.preview is None and wanted.animate is None and wanted.find is None
        plain = plain and settings.verb != "select"  # a selection is no picture to go back to
        recipe = settings.recipe(tuple(one for one, _ in pictures))
        if visitor.job is not None:
            await studio.crew.cancel(visitor.job, gently=True)
        folder = visitor.new_folder(wanted.preview is not None)
        studio.number += 1
        number, events = studio.number, asyncio.Queue[dict[str, Any] | None]()
        words = command(recipe, "mask.png" if settings.verb == "select" else "out.png", settings.look)
        facts = {"settings": settings.to_dict(), "command": words, "toml": to_toml(recipe.config)}

        async def tell(message: dict[str, Any]) -> None:
            if message["event"] == "done" and plain:
                files = {"result.png": folder / "result.png"}
                small = await looked_at(folder / "result.png", folder / "small.png")
                if "told" not in small:
                    files["small.png"] = folder / "small.png"
                inputs = {}
                for one in {one for _, one in settings.pictures() if one in visitor.uploads}:
                    files[f"input-{one}"] = visitor.uploads[one].path
                    inputs[one] = visitor.uploads[one].name
                message["entry"] = studio.history(visitor).add({**facts, "inputs": inputs}, files)
            if message.get("file"):
                message["url"] = f"/api/jobs/{number}/{message['file']}"
            events.put_nowait(message)
            if message["event"] in ("done", "failed", "cancelled"):
                events.put_nowait(None)

        inputs = [{"name": one.name, "path": path} for one, path in pictures]
        task = {"recipe": recipe.to_dict(), "inputs": inputs, "folder": str(folder), "preview": wanted.preview}
        kind = {"overlays": plain, "animate": wanted.animate, "find": wanted.find}
        job = visitor.job = Job({**task, **kind}, tell)
        studio.jobs[number] = visitor, job, events
        for old in list(studio.jobs)[:-64]:
            del studio.jobs[old]
        try:
            before = studio.crew.add(job)
        except Full:
            raise HTTPException(503, "many are waiting already: try again in a minute") from None
        return {"id": number, "before": before, **facts}

    def job_of(number: int, visitor: Visitor) -> tuple[Job, asyncio.Queue[dict[str, Any] | None]]:
        owner, job, events = studio.jobs.get(number, (None, None, None))
        if owner is not visitor or job is None or events is None:
            raise HTTPException(404, "there is no such work")
        return job, events

    @app.get("/api/jobs/{number}", operation_id="events")
    async def follow(number: int, visitor: Here) -> StreamingResponse:
        """What becomes of a work, as server-sent events: ``began``, ``pass``, then ``done``, ``failed`` or
        ``cancelled``."""
        _, events = job_of(number, visitor)

        async def lines() -> AsyncIterator[str]:
            while True:
                try:
                    message = await asyncio.wait_for(events.get(), 15)
                except TimeoutError:
                    visitor.seen = time.monotonic()
                    yield ": waiting\n\n"
                    continue
                if message is None:
                    return
                yield f"data: {json.dumps(message)}\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream")

    @app.post("/api/jobs/{number}/cancel", operation_id="cancel")
    async def cancel(number: int, visitor: Here) -> dict[str, Any]:
        """End a work; returns when it has ended and its memory is free."""
        job, _ = job_of(number, visitor)
        await studio.crew.cancel(job)
        return {}

    @app.get("/api/jobs/{number}/{name}", operation_id="result")
    async def result(number: int, name: str, visitor: Here) -> FileResponse:
        """A file that a work wrote."""
        job, _ = job_of(number, visitor)
        path = Path(job.task["folder"]) / Path(name).name
        if not path.is_file():
            raise HTTPException(404, "there is no such file")
        return FileResponse(path, media_type=KINDS.get(path.suffix))
