"""Routes of pictures: sent by visitors, or samples."""

from __future__ import annotations

import asyncio
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse

from itten.studio.catalogue import sample_file
from itten.studio.hall import Here, Studio
from itten.studio.look_at import SHOWN
from itten.studio.visitors import Upload

LOOK_S = 15.0


def add_pictures(app: FastAPI, studio: Studio) -> None:
    """Enter the routes."""

    @app.post("/api/upload", operation_id="upload")
    async def upload(request: Request, visitor: Here, name: str = "picture.png") -> dict[str, Any]:
        """Send a picture, as the body of the request; returns its number and size. 400 for what is none, 413 for one
        that is too large."""
        async with studio.looking:
            path = visitor.folder / f"upload-{len(list(visitor.folder.iterdir()))}-{id(request):x}"
            digest = hashlib.sha256()
            try:
                with path.open("wb") as file:
                    async for piece in request.stream():
                        digest.update(piece)
                        file.write(piece)
                found = await looked_at(path, path.with_suffix(".small"))
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            if "told" in found:
                path.unlink(missing_ok=True)
                raise HTTPException(413 if found.get("large") else 400, found["told"])
            called = Path(name.replace("\\", "/")).name[:200] or "picture.png"
            width, height, small = found["width"], found["height"], path.with_suffix(".small")
            known = Upload(called, path, small, width, height, digest.hexdigest(), found["kind"])
            return {"id": visitor.keep(known), "name": called, "width": width, "height": height}

    @app.get("/api/pictures/{number}", operation_id="picture")
    async def picture(number: str, visitor: Here) -> Response:
        """A small picture of an upload, or of a sample: ``sample:figure``."""
        if number.startswith("sample:"):
            return FileResponse(await asyncio.to_thread(sample_file, number, studio.kept), media_type="image/png")
        if number not in visitor.uploads:
            raise HTTPException(404, "there is no such picture")
        return FileResponse(visitor.uploads[number].small, media_type="image/png")

    @app.get("/api/full/{number}", operation_id="full_picture")
    async def full(number: str, visitor: Here) -> Response:
        """The whole picture of an upload or a sample, as a browser shows it."""
        if number.startswith("sample:"):
            drawn = await asyncio.to_thread(sample_file, number, studio.kept, whole=True)
            return FileResponse(drawn, media_type="image/png")
        if number not in visitor.uploads:
            raise HTTPException(404, "there is no such picture")
        known = visitor.uploads[number]
        if known.kind in SHOWN:
            return FileResponse(known.path, media_type=SHOWN[known.kind])
        return FileResponse(f"{known.small}.full", media_type="image/png")


async def looked_at(path: Path, small: Path) -> dict[str, Any]:
    """What a child process finds in a picture: its size, or a sentence, ``told``."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "itten.studio.look_at", str(path), str(small)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(child.communicate(), LOOK_S)
        found: dict[str, Any] = json.loads(out)
        return found
    except TimeoutError:
        return {"told": "the picture takes too long to decode"}
    except ValueError:
        return {"told": "the picture is damaged and cannot be decoded"}
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
