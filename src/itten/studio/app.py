"""The studio's application. Its routes have names, ``operationId`` in ``/openapi.json``, which programs may rely on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse, PlainTextResponse

import itten
from itten.errors import IttenError
from itten.studio.catalogue import catalogue
from itten.studio.hall import COOKIE, Here, Studio
from itten.studio.making import add_works
from itten.studio.past import add_history
from itten.studio.sent import add_pictures

STATIC = Path(__file__).parent / "static"
FOLDERS = (STATIC, *(STATIC / name for name in ("looks", "samples", "settings")))


def make_app(folder: Path, kept: Path, memory: int) -> FastAPI:
    """The application, without its guard."""
    studio = Studio(folder, kept, memory)

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await studio.crew.start()
        sweeping = asyncio.create_task(studio.sweep())
        await asyncio.to_thread(catalogue)  # so that the first visitor does not wait for it
        yield
        sweeping.cancel()
        await studio.crew.stop()

    app = FastAPI(title="itten studio", version=itten.__version__, docs_url=None, redoc_url=None, lifespan=lifespan)
    app.state.studio = studio

    @app.exception_handler(IttenError)
    async def told(request: Request, error: IttenError) -> Response:
        return PlainTextResponse(str(error), 400)

    @app.post("/api/enter", operation_id="enter")
    async def enter(request: Request, response: Response) -> dict[str, Any]:
        """Begin, or go on with, a visit: looks, samples, keys and limits. 503 where the studio is full."""
        token = request.cookies.get(COOKIE)
        visitor = studio.visitors.find(token) or studio.visitors.admit(token)
        if visitor is None:
            raise HTTPException(503, "the studio is full: eight people are here. Try again in a minute.")
        response.set_cookie(COOKIE, visitor.token, max_age=365 * 86400, httponly=True, samesite="strict")
        return {**catalogue(), **studio.visitors.facts()}

    @app.post("/api/leave", operation_id="leave")
    async def leave(visitor: Here) -> dict[str, Any]:
        """End a visit: works are cancelled, uploads removed; the history stays."""
        if visitor.job is not None:
            await studio.crew.cancel(visitor.job)
        studio.visitors.forget(visitor.token)
        return {}

    add_pictures(app, studio)
    add_works(app, studio)
    add_history(app, studio)

    @app.get("/{name:path}", include_in_schema=False)
    async def page(name: str) -> FileResponse:
        path = STATIC / (name or "index.html")
        if path.parent not in FOLDERS or not path.is_file():
            raise HTTPException(404, "there is no such page")
        return FileResponse(path)

    return app
