"""The package on a CUDA device: does it agree with the CPU, and how long does it take?

    python benchmarks/gpu.py --json benchmarks/results/gpu.json
    python benchmarks/gpu.py --dry-run --size 96 --pictures brush

Parity: spectra against the CPU's (eigenvalues to 1e-4, the subspace's smallest cosine 0.9999); passes, with the fields
that each side computes (labels, copies' places, origins and winners equal, colours within 2/255); two runs with the
same bits. Times are those between two CUDA events, medians with quartiles and extremes over at least 20 runs after a
warm-up. Every Triton kernel that a pass or a spectrum calls is replayed alone with the arguments of that call; its
floor is the larger of bytes (each argument and result once) over bandwidth and operations over peak, those of an H100.
``--dry-run`` runs the parity on CPU tensors with the torch backend.

Exit codes: 0, 1 where a check failed, 4 without a CUDA device or without a package that is needed.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BANDWIDTH, PEAK = 3.35e12, 67e12
WARM_UP, RUNS = 5, 20
# Largest differences; of fields of unit RMS, those of default spectra, which are not converged.
EIGENVALUES, COSINE, COLOUR, FIELD = 1e-4, 0.9999, 2 / 255, 0.02
PICTURES = ("brush", "portrait", "hatched", "figure", "notch", "tonal", "botanical", "windows", "woven", "script")
NEEDED = {name: name for name in ("torch", "numpy", "numba", "scipy", "pydantic")} | {"PIL": "pillow"}
# Seconds for everything; the table of pairs takes as many pairs as are left of it.
BUDGET = 450.0


class Unable(Exception):
    """What is missing, in words."""


def check_packages(dry: bool) -> None:
    wanted = NEEDED if dry else {**NEEDED, "triton": "triton"}
    missing = [wheel for name, wheel in wanted.items() if importlib.util.find_spec(name) is None]
    if missing:
        raise Unable(f"missing wheels: {', '.join(missing)}")
    if importlib.util.find_spec("itten") is None:
        sys.path.insert(0, str(ROOT / "src"))
    import torch

    if not dry and not torch.cuda.is_available():
        raise Unable("no CUDA device here; --dry-run checks the parity on CPU tensors")


def crop(name: str, size: int) -> Any:
    import itten

    image = itten.samples.load(name)
    height, width = min(size, image.shape[1]), min(size, image.shape[2])
    top, left = (image.shape[1] - height) // 2, (image.shape[2] - width) // 2
    return image[:, top : top + height, left : left + width].contiguous()


def configured(backend: str) -> Any:
    from itten.config import ShaderConfig

    config = ShaderConfig()
    return config.model_copy(update={"spectrum": config.spectrum.model_copy(update={"backend": backend})})


def spectral_parity(name: str, image: Any, device: str, backend: str) -> Iterator[dict[str, Any]]:
    """Eigenvalues and subspace against the CPU's, converged and at default settings; two runs."""
    import numpy as np
    import torch

    import itten

    k, more = 8, 5
    cpu = itten.spectrum(image, k + more, "stitched", tol=1e-6)
    found = itten.spectrum(image.to(device), k, "stitched", tol=1e-6, backend=backend)
    scale = cpu.values[:k].clamp(min=1e-3 * float(cpu.values[k]))
    error = float(((found.values - cpu.values[:k]) / scale).abs().max())
    yield {"check": "eigenvalues", "picture": name, "figure": error, "passed": error <= EIGENVALUES}
    # Where the first 8 end between two near values their span means nothing: up to the widest gap above.
    space = k + int(np.argmax(np.diff(cpu.values.numpy())[k - 1 :]))
    basis = torch.linalg.qr(cpu.vectors[:space].flatten(1).double().T)[0]
    cosine = float((found.vectors.cpu().flatten(1).double() @ basis).norm(dim=1).min())
    yield {"check": "subspace", "picture": name, "figure": cosine, "passed": cosine >= COSINE}
    weak = {"method": "stitched", "edge_threshold": 0.03}
    cpu, found = itten.spectrum(image, k, **weak), itten.spectrum(image.to(device), k, backend=backend, **weak)
    error = float(((found.values - cpu.values).abs() / cpu.values.clamp(min=1e-6 * cpu.scale)).max())
    yield {"check": "eigenvalues at weak edges", "picture": name, "figure": error, "passed": error <= EIGENVALUES}
    first, second = (itten.spectrum(image.to(device), k, "stitched", backend=backend) for _ in range(2))
    same = torch.equal(first.vectors, second.vectors) and torch.equal(first.values, second.values)
    yield {"check": "spectrum, same bits twice", "picture": name, "figure": float(same), "passed": same}


def pass_parity(name: str, image: Any, source: Any, device: str, backend: str) -> Iterator[dict[str, Any]]:
    """A self pass and a cross pass on both sides, each with the fields that it computes itself: fields, labels, copies,
    colours, and the same bits twice."""
    import torch

    from itten.shader import read_source, shade_pass

    here, there = configured("auto"), configured(backend)
    (parameters,) = here.schedule(1)

    def painted(config: Any, where: str, other: Any) -> Any:
        offered = None if other is None else read_source(other.to(where), config)
        return shade_pass(image.to(where), config, parameters, offered)

    for kind, other in (("self", None), ("cross", source)):
        expected = painted(here, "cpu", other)
        found, again = (painted(there, device, other) for _ in range(2))
        apart = float((found.field.cpu() - expected.field).abs().max())
        yield {"check": f"{kind} pass, field", "picture": name, "figure": apart, "passed": apart <= FIELD}
        labels = torch.equal(found.labels.cpu(), expected.labels)
        yield {"check": f"{kind} pass, labels", "picture": name, "figure": float(labels), "passed": labels}
        pairs = list(zip(found.fronts, expected.fronts, strict=True))
        for part in ("place", "origin", "owner"):
            equal = all(torch.equal(getattr(a, part).cpu(), getattr(b, part)) for a, b in pairs)
            yield {"check": f"{kind} pass, copies' {part}", "picture": name, "figure": float(equal), "passed": equal}
        off = float((found.image.cpu() - expected.image).abs().max())
        yield {"check": f"{kind} pass, colours", "picture": name, "figure": off, "passed": off <= COLOUR}
        same = torch.equal(found.image, again.image)
        yield {"check": f"{kind} pass, same bits twice", "picture": name, "figure": float(same), "passed": same}


def parity(names: tuple[str, ...], size: int, device: str, backend: str) -> list[dict[str, Any]]:
    rows = []
    for number, name in enumerate(names):
        image, source = crop(name, size), crop(PICTURES[number - 1], size)
        for row in (
            *spectral_parity(name, image, device, backend),
            *pass_parity(name, image, source, device, backend),
        ):
            rows.append(row)
            mark = "ok  " if row["passed"] else "FAIL"
            print(f"{mark} {row['check']:28s} {name:10s} {row['figure']:.3g}", flush=True)
    return rows


def measured(run: Callable[[], Any], runs: int = RUNS) -> dict[str, float]:
    """Milliseconds between two events around ``run``."""
    import torch

    for _ in range(WARM_UP):
        run()
    torch.cuda.synchronize()
    times = []
    for _ in range(max(runs, 2)):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        run()
        end.record()
        end.synchronize()
        times.append(begin.elapsed_time(end))
    low, middle, high = statistics.quantiles(times, n=4)
    spread = {"q1_ms": low, "q3_ms": high, "least_ms": min(times), "most_ms": max(times)}
    return {"median_ms": middle, **spread, "runs": len(times)}


def stages(size: int, runs: int, device: str) -> dict[str, dict[str, float]]:
    """The whole operations: fields, spectra and passes."""
    import torch

    import itten
    from itten.config import SpectrumConfig
    from itten.shader import read_source, shade_pass
    from itten.spectra.stitched.choose import stitched_spectra
    from itten.spectra.stitched.device import graph as device_graph
    from itten.spectra.tiled import tiled_vectors

    a, b = (crop(name, size).to(device) for name in PICTURES[:2])
    config = configured("auto")
    (parameters,) = config.schedule(1)
    tiled = SpectrumConfig(method="tiled", steps=30)
    height, width = a.shape[1:]
    tiles = -(-2160 // height), -(-3840 // width)
    large = a.repeat(1, *tiles)[:, :2160, :3840].contiguous()
    shade = torch.linspace(0.8, 1.0, 2160, device=device)[:, None]
    eight = torch.stack([a.roll(16 * i, 2) for i in range(8)])
    # As fields have it: with a number of steps pictures go side by side, and launches are replayed.
    stitched = SpectrumConfig(refine=1)

    def launched() -> Any:
        device_graph.forget()
        return itten.spectrum(a, 8, "stitched", refine=1)

    jobs: dict[str, tuple[Callable[[], Any], int]] = {
        f"tiled field {height}x{width}, 30 steps": (lambda: tiled_vectors(a, 1, tiled), runs),
        f"stitched {height}x{width}, k = 8": (lambda: itten.spectrum(a, 8, "stitched", refine=1), runs),
        "the same, launch by launch": (launched, runs),
        f"stitched 8 x {height}x{width}, k = 8": (lambda: stitched_spectra(eight, 8, stitched), runs),
        f"self pass {height}x{width}": (lambda: shade_pass(a, config, parameters), runs),
        f"cross pass {height}x{width}": (lambda: shade_pass(a, config, parameters, read_source(b, config)), runs),
        "stitched 2160x3840, k = 8": (lambda: itten.spectrum(large * shade, 8, "stitched", refine=1), runs),
        "the same picture to half a percent": (lambda: itten.spectrum(a, 8, "stitched"), runs),
        "at an edge threshold of 0.03": (lambda: itten.spectrum(a, 8, "stitched", edge_threshold=0.03), runs),
    }
    found = {}
    for name, (run, count) in jobs.items():
        torch.cuda.reset_peak_memory_stats()
        found[name] = {**measured(run, count), "peak_mib": torch.cuda.max_memory_allocated() / 2**20}
        print(f"{name:36s} {found[name]['median_ms']:9.3f} ms", flush=True)
    return found


def triton_functions() -> Iterator[tuple[Any, str]]:
    """Module and name of every function that launches a kernel: the registry's, and the stitched method's own."""
    from itten.kernels.registry import available, kernel, operations

    for operation in operations():
        if "triton" in available(operation):
            yield importlib.import_module(kernel(operation, "triton").__module__), operation
    from itten.spectra.stitched.device.operator import TRITON

    for name, module in TRITON.items():
        yield importlib.import_module(f"itten.kernels.triton.{module}"), name


@contextmanager
def recorded(calls: dict[str, tuple[Callable[..., Any], tuple, dict]]) -> Iterator[None]:
    """Remembers the arguments of each function's largest call."""
    functions = list(triton_functions())
    before = [getattr(module, name) for module, name in functions]

    def recorder(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **options: Any) -> Any:
            if name not in calls or amount(arguments) >= amount(calls[name][1]):
                calls[name] = function, arguments, options
            return function(*arguments, **options)

        return run

    for (module, name), function in zip(functions, before, strict=True):
        setattr(module, name, recorder(name, function))
    try:
        yield
    finally:
        for (module, name), function in zip(functions, before, strict=True):
            setattr(module, name, function)


def tensors(value: Any) -> Iterator[Any]:
    import torch

    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from tensors(part)


def amount(value: Any) -> int:
    """Bytes of all different tensors in ``value``."""
    return sum({one.data_ptr(): one.numel() * one.element_size() for one in tensors(value)}.values())


def operations_of(name: str, arguments: tuple[Any, ...]) -> float:
    """Floating-point operations of a call, where they can bound it: a square root and an exponential count as 8."""
    if name in ("laplacian_block", "smooth_block"):
        colours, steps = arguments[0], arguments[1]
        x = arguments[9 if name == "laplacian_block" else 10]
        lanes, pixels = x.shape[2], x.shape[0] * arguments[7] * arguments[8]
        return float(len(steps) * pixels * (3 * colours.shape[0] + 8 + 3 * lanes))
    if name in ("laplacian_apply", "edge_weights"):
        features, offsets = arguments[0], arguments[1]
        pixels, k = features[0].numel(), len(arguments[4]) if name == "laplacian_apply" else 0
        ends = 2 if k else 1
        return float(ends * len(offsets) * pixels * (3 * features.shape[0] + 8 + 3 * k))
    if name == "lanczos_tiles":
        _, corners, height, width, offsets, *_, steps, _, _, _ = arguments
        pixels = len(corners) * height * width
        return float(pixels * (steps * 2 * len(offsets) * 3 + 4 * steps * steps))
    if name in ("reduce_level", "back_level"):
        lanes = arguments[1].shape[3] if name == "reduce_level" else arguments[2].shape[3]
        matrices = arguments[:1] if name == "reduce_level" else arguments[:2]
        return 2.0 * lanes * sum(one.numel() for one in matrices if one is not None)
    return 0.0


def kernel_times(size: int, runs: int, device: str, backend: str = "auto") -> dict[str, dict[str, float]]:
    """Every Triton kernel that a spectrum, a tiled field or a pass calls, alone."""
    import itten
    from itten.config import SpectrumConfig
    from itten.graph import edge_weights, laplacian_apply, make_stencil
    from itten.shader import read_source, shade_pass
    from itten.spectra.stitched.device import graph as device_graph
    from itten.spectra.tiled import tiled_vectors

    a, b = (crop(name, size).to(device) for name in PICTURES[:2])
    config = configured(backend)
    (parameters,) = config.schedule(1)
    settings = SpectrumConfig(method="tiled", steps=30, backend=backend)
    stencil = make_stencil(settings.radii, settings.weights)
    calls: dict[str, tuple[Callable[..., Any], tuple, dict]] = {}
    device_graph.forget()
    with recorded(calls):
        itten.spectrum(a, 8, "stitched", backend=backend)
        itten.spectrum(a, 8, "stitched", backend=backend, edge_threshold=0.03)
        tiled_vectors(a, 1, settings)
        edge_weights(a, stencil, backend=backend)
        laplacian_apply(a, a, stencil, backend=backend)
        shade_pass(a, config, parameters, read_source(b, config))
    found: dict[str, dict[str, float]] = {}
    if idle := sorted({name for _, name in triton_functions()} - set(calls)):
        print(f"kernels that these pictures do not call: {', '.join(idle)}")
    for name, (function, arguments, options) in calls.items():
        result = function(*arguments, **options)
        bytes_floor = 1e3 * (amount(arguments) + amount(result)) / BANDWIDTH
        work_floor = 1e3 * operations_of(name, arguments) / PEAK
        row = measured(lambda f=function, a=arguments, o=options: f(*a, **o), runs)
        row |= {"floor_bytes_ms": bytes_floor, "floor_operations_ms": work_floor}
        row["of_floor"] = max(bytes_floor, work_floor) / row["median_ms"]
        found[name] = row
        print(f"{name:24s} {row['median_ms']:9.4f} ms, {100 * row['of_floor']:5.1f} % of the floor", flush=True)
    return found


def pair_table(device: str, size: int, left: float) -> dict[str, Any]:
    """As many of the 20 pairs of ``itten bench`` as fit into ``left`` seconds."""
    try:
        from itten.benchmark import seed_table
    except ImportError as error:
        return {"skipped": str(error)}
    begin = time.perf_counter()
    seed_table(pairs=1, size=size, device=device)
    each = time.perf_counter() - begin
    pairs = min(20, int(left / max(each, 1e-3)) - 1)
    if pairs < 1:
        return {"skipped": f"a pair takes {each:.0f} s and {left:.0f} s are left"}
    table = seed_table(pairs=pairs, size=size, device=device)
    return {"pairs": pairs, "median_module_ms": 1e3 * statistics.median(table.module_seconds), **table.to_dict()}


def machine(device: str) -> dict[str, Any]:
    import torch

    def said(*command: str) -> str:
        try:
            return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20).stdout.strip()
        except (OSError, subprocess.TimeoutExpired):
            return ""

    found = importlib.util.find_spec("triton")
    return {
        "card": torch.cuda.get_device_name() if device == "cuda" else "none",
        "driver": said("nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "triton": importlib.import_module("triton").__version__ if found else "",
        "commit": said("git", "rev-parse", "--short", "HEAD"),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--dry-run", action="store_true", help="parity alone, on CPU tensors with the torch backend")
    parser.add_argument("--size", type=int, default=512, help="side of the pictures in pixels")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--pictures", default=",".join(PICTURES))
    options = parser.parse_args(arguments)
    begin = time.perf_counter()
    try:
        check_packages(options.dry_run)
    except Unable as error:
        print(f"gpu.py: {error}", file=sys.stderr)
        return 4
    device, backend = ("cpu", "torch") if options.dry_run else ("cuda", "auto")
    report: dict[str, Any] = {"machine": machine(device), "size": options.size}
    report["parity"] = parity(tuple(options.pictures.split(",")), options.size, device, backend)
    passed = all(row["passed"] for row in report["parity"])
    if not options.dry_run:
        report["stages"] = stages(options.size, options.runs, device)
        report["kernels"] = kernel_times(options.size, options.runs, device)
        report["pairs"] = pair_table(device, options.size, BUDGET - (time.perf_counter() - begin))
    report["seconds"] = time.perf_counter() - begin
    print(f"{'all checks passed' if passed else 'CHECKS FAILED'}, {report['seconds']:.0f} s")
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
