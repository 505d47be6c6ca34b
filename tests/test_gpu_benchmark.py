"""The benchmark for GPUs: its parity part runs anywhere, and it fails where it should."""

import importlib.util
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

import itten


@pytest.fixture
def gpu():
    path = Path(__file__).parents[1] / "benchmarks" / "gpu.py"
    spec = importlib.util.spec_from_file_location("gpu_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.long
def test_a_dry_run_checks_everything_on_the_cpu(gpu, tmp_path):
    file = tmp_path / "folder" / "gpu.json"
    # A soft picture: whole pixels of hard ones may flip with the fields' difference, soft strokes grow by little more.
    assert gpu.main(["--dry-run", "--size", "64", "--pictures", "script", "--json", str(file)]) == 0
    report = json.loads(file.read_text())
    checks = {row["check"] for row in report["parity"]}
    assert {"eigenvalues", "subspace", "self pass, labels", "cross pass, copies' owner"} <= checks
    assert all(row["passed"] for row in report["parity"])
    assert report["machine"]["torch"] == torch.__version__


def test_what_differs_is_seen(gpu, monkeypatch):
    real = itten.spectrum

    def wrong(image, k, *arguments, **options):
        found = real(image, k, *arguments, **options)
        return replace(found, values=found.values * 1.001) if options.get("backend") == "torch" else found

    monkeypatch.setattr(itten, "spectrum", wrong)
    assert gpu.main(["--dry-run", "--size", "48", "--pictures", "brush"]) == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a device")
def test_without_a_device_it_says_so(gpu, capsys):
    assert gpu.main([]) == 4
    assert "no CUDA device" in capsys.readouterr().err or importlib.util.find_spec("triton") is None


def test_missing_packages_are_named(gpu, monkeypatch, capsys):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == "PIL" else real(name, *rest))
    assert gpu.main(["--dry-run"]) == 4
    assert "pillow" in capsys.readouterr().err
    assert "torch" in sys.modules
