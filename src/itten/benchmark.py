"""The seed's table: field, reference path and module path on pairs of textures, in one run.

Each pair is one self pass of the target and one cross pass with the source: three fields. Every figure
is measured after a warm-up, both paths alternate pair by pair, and the ratio quoted is the median over
pairs, since machines drift.
"""

from __future__ import annotations

import platform
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

import itten
from itten.config import ShaderConfig
from itten.kernels.numba.team import threads
from itten.samples import texture_pairs
from itten.shader import SpectralShader, reference
from itten.spectra import gate_fields


@dataclass
class SeedTable:
    """Seconds a pair for each path, seconds a stage over all pairs, and where it was measured."""

    size: int
    device: str
    field_seconds: list[float] = field(default_factory=list)
    reference_field_seconds: list[float] = field(default_factory=list)
    reference_seconds: list[float] = field(default_factory=list)
    module_seconds: list[float] = field(default_factory=list)
    stages: dict[str, float] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)

    @property
    def field_ratio(self) -> float:
        """Median over pairs: a SciPy CSR Lanczos of the same steps on the same tiles, over the module's field."""
        pairs = zip(self.reference_field_seconds, self.field_seconds, strict=True)
        return statistics.median(slow / fast for slow, fast in pairs)

    @property
    def path_ratio(self) -> float:
        """Median over pairs: reference path over module path."""
        return statistics.median(
            slow / fast for slow, fast in zip(self.reference_seconds, self.module_seconds, strict=True)
        )

    def to_dict(self) -> dict[str, Any]:
        return {"field_ratio": self.field_ratio, "path_ratio": self.path_ratio, **asdict(self)}


def seed_table(
    pairs: int = 20,
    size: int = 512,
    device: str = "cpu",
    config: ShaderConfig | None = None,
    progress: Callable[[int], None] | None = None,
) -> SeedTable:
    """Measure ``pairs`` pairs of ``size``² textures. The reference is NumPy and SciPy in float64 on the CPU.

    The configuration is the preset ``seed`` if none is given; the reference path knows the tiled method alone.
    """
    settings = config if config is not None else ShaderConfig.from_config("seed")
    parameters = settings.schedule(1)[0][0]
    shader = SpectralShader(settings)
    table = SeedTable(size=size, device=device, machine=machine())
    warm = torch.rand((3, size, size), generator=torch.Generator().manual_seed(0)).to(device)
    shader(warm, warm, passes=1)
    for number, (target, source) in enumerate(texture_pairs(pairs, size)):
        a, b = target.to(device), source.to(device)
        with _timed(table.field_seconds, device):
            for image in (a, a, b):
                gate_fields(image, settings.gate_vectors, settings.spectrum)
        with _timed(table.module_seconds, device), _stages(shader, table.stages, device):
            shader(a, passes=1)
            shader(a, b, passes=1)
        x, y = target.numpy(), source.numpy()
        with _timed(table.reference_field_seconds, "cpu"):
            own = reference.reference_field(x, settings)
            again = reference.reference_field(x, settings)
            other = reference.reference_field(y, settings)
        with _timed(table.reference_seconds, "cpu"):
            reference.reference_pass(x, settings, parameters, field=own)
            reference.reference_pass(x, settings, parameters, y, field=again, source_field=other)
        # The fields were measured just before; the path is the sum of its fields and of all that follows.
        table.reference_seconds[-1] += table.reference_field_seconds[-1]
        if progress is not None:
            progress(number + 1)
    return table


@contextmanager
def _timed(into: list[float], device: str) -> Iterator[None]:
    _wait(device)
    begin = time.perf_counter()
    yield
    _wait(device)
    into.append(time.perf_counter() - begin)


def _wait(device: str) -> None:
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


@contextmanager
def _stages(shader: SpectralShader, into: dict[str, float], device: str) -> Iterator[None]:
    """Add the time that every part of the shader takes to ``into``."""
    begun: dict[str, float] = {}
    hooks = []

    def before(name: str) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            _wait(device)
            begun[name] = time.perf_counter()

        return hook

    def after(name: str) -> Callable[..., None]:
        def hook(*_: Any) -> None:
            _wait(device)
            into[name] = into.get(name, 0.0) + time.perf_counter() - begun[name]

        return hook

    for path, part in shader.named_modules():
        if any(True for _ in part.children()):
            continue
        name = path.rpartition(".")[2]
        hooks += [part.register_forward_pre_hook(before(name)), part.register_forward_hook(after(name))]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def machine() -> dict[str, Any]:
    """Processor, threads, versions and commit, as far as they can be found."""
    folder = Path(__file__).resolve().parent
    try:
        run = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=folder, capture_output=True, text=True, check=False, timeout=10
        )
        commit = run.stdout.strip() if run.returncode == 0 else ""
    except (OSError, subprocess.TimeoutExpired):
        commit = ""
    return {
        "processor": _processor(),
        "threads": threads(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "itten": itten.__version__,
        "commit": commit,
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
