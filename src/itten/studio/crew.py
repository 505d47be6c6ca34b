"""The workers: one at work, one that waits, and works in a queue."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

WAITING = 16
"""Most works that wait; one more is refused."""
SECONDS = 900.0
"""After so long a work is ended."""

MOMENT_S = 1.2
"""So long a work that another follows may take to stop."""

Tell = Callable[[dict[str, Any]], Awaitable[None]]


class Full(Exception):
    """Too many works wait."""


@dataclass
class Job:
    """A work for a worker: the ``task`` that it is told, and who is told what becomes of it, ``tell``."""

    task: dict[str, Any]
    tell: Tell
    over: asyncio.Event = field(default_factory=asyncio.Event)
    cancelled: bool = False


class Crew:
    """Runs jobs one after the other, each visitor's newest alone. ``memory``: bytes that a worker may take."""

    def __init__(self, memory: int) -> None:
        self._memory = memory
        self._queue: deque[Job] = deque()
        self._more = asyncio.Event()
        self._spare: asyncio.Task[asyncio.subprocess.Process] | None = None
        self._at_work: tuple[Job, asyncio.subprocess.Process] | None = None
        self._loop: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Have a worker get ready."""
        self._hire()
        self._loop = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End all workers."""
        if self._loop is not None:
            self._loop.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._loop
        if self._at_work is not None:
            await _end(self._at_work[1])
        if self._spare is not None:
            with contextlib.suppress(Exception):
                await _end(await self._spare)

    def add(self, job: Job) -> int:
        """Put a job into the queue, and return how many are before it. Raises :class:`Full`."""
        if len(self._queue) >= WAITING:
            raise Full
        self._queue.append(job)
        self._more.set()
        return len(self._queue) - 1 + (self._at_work is not None)

    async def cancel(self, job: Job, gently: bool = False) -> None:
        """End a job, wherever it is; returns when its worker has gone. ``gently``: when it has stopped by itself, which
        it is given a moment for, and goes on to the next one, warm."""
        if job.over.is_set():
            return
        job.cancelled = True
        if job in self._queue:
            self._queue.remove(job)
            await job.tell({"event": "cancelled"})
            job.over.set()
        elif self._at_work is not None and self._at_work[0] is job:
            worker = self._at_work[1]
            if gently and worker.stdin is not None:
                with contextlib.suppress(TimeoutError, OSError):
                    worker.stdin.write(b'{"stop": true}\n')
                    await asyncio.wait_for(job.over.wait(), MOMENT_S)
                    return
            await _end(worker)
            await job.over.wait()

    def _hire(self) -> None:
        self._spare = asyncio.create_task(self._new())

    async def _new(self) -> asyncio.subprocess.Process:
        environment = {**os.environ, "ITTEN_MEMORY": str(self._memory), "OMP_WAIT_POLICY": "PASSIVE"}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "itten.studio.worker", str(self._memory)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            env=environment,
            limit=1 << 22,
        )
        assert process.stdout is not None
        while line := await process.stdout.readline():
            with contextlib.suppress(ValueError):
                if json.loads(line).get("event") == "ready":
                    return process
        raise RuntimeError("a worker of the studio could not be started")

    async def _run(self) -> None:
        worker: asyncio.subprocess.Process | None = None
        while True:
            while not self._queue:
                self._more.clear()
                await self._more.wait()
            job = self._queue.popleft()
            try:
                if worker is None or worker.returncode is not None:
                    assert self._spare is not None
                    worker = await self._spare
                    self._hire()
                if job.cancelled:
                    await job.tell({"event": "cancelled"})
                    continue
                self._at_work = job, worker
                await self._do(job, worker)
            except Exception as error:
                await job.tell({"event": "failed", "told": str(error)})
            finally:
                self._at_work = None
                job.over.set()

    async def _do(self, job: Job, worker: asyncio.subprocess.Process) -> None:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(json.dumps(job.task).encode() + b"\n")
        try:
            async with asyncio.timeout(SECONDS):
                await worker.stdin.drain()
                while line := await worker.stdout.readline():
                    try:
                        message = json.loads(line)
                    except ValueError:  # something that a library printed
                        continue
                    await job.tell(message)
                    if message["event"] in ("done", "failed", "cancelled"):
                        return
        except TimeoutError:
            await _end(worker)
            await job.tell({"event": "failed", "told": f"it took more than {SECONDS:.0f} seconds, and was ended"})
            return
        except (BrokenPipeError, ConnectionResetError):
            pass
        await worker.wait()
        told = {"event": "failed", "told": "the work ended of itself: perhaps there was not enough memory"}
        await job.tell({"event": "cancelled"} if job.cancelled else told)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    await process.wait()
