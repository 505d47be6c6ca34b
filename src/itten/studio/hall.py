"""What all routes share: visitors, workers, jobs, histories."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request

from itten.studio.crew import Crew, Job
from itten.studio.history import History
from itten.studio.visitors import Visitor, Visitors

COOKIE = "itten"
_SWEEP_S = 10.0


class Studio:
    """What the routes share. ``folder``: visitors' folders are made there; ``kept``: histories are kept there."""

    def __init__(self, folder: Path, kept: Path, memory: int) -> None:
        self.visitors, self.kept, self.crew = Visitors(folder), kept, Crew(memory)
        self.jobs: dict[int, tuple[Visitor, Job, asyncio.Queue[dict[str, Any] | None]]] = {}
        self.number = 0
        self.looking = asyncio.Semaphore(2)

    async def sweep(self) -> None:
        """Again and again, let go of those who have gone."""
        while True:
            await asyncio.sleep(_SWEEP_S)
            for visitor in self.visitors.gone():
                if visitor.job is not None:
                    await self.crew.cancel(visitor.job)

    def history(self, visitor: Visitor) -> History:
        return History(self.kept, visitor.name)


def _visitor(request: Request) -> Visitor:
    found: Visitor | None = request.app.state.studio.visitors.find(request.cookies.get(COOKIE))
    if found is None:
        raise HTTPException(401, "open the page first: /api/enter")
    return found


Here = Annotated[Visitor, Depends(_visitor)]
