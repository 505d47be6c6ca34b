"""The rules of the house: imports go one way, the package is light, nothing outside is touched."""

from __future__ import annotations

import ast
import importlib
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

import itten
from tests import mutants
from tests.pictures import drawing, pattern

PACKAGE = Path(itten.__file__).parent
# A stage may import itself and what stands before it.
ORDER = (
    *("errors", "limits", "memory", "files", "config", "needs", "kernels", "image", "vector", "graph", "spectra"),
    *("lines", "areas", "heads", "regions", "matching", "shader", "motion", "maps", "works", "studio", "benchmark"),
    "cli",
)
ALLOWED = {stage: set(ORDER[: place + 1]) for place, stage in enumerate(ORDER)}
ALLOWED["kernels"] = {"kernels", "errors"}
ALLOWED["files"] = {"files", "errors"}
ALLOWED["samples"] = {"samples", "image", "errors"}
ALLOWED["benchmark"] |= {"samples", ""}  # "" is the package itself, for its version
ALLOWED["works"] |= {"samples", ""}
ALLOWED["studio"] |= {"samples", ""}
ALLOWED["cli"] |= {"samples", ""}
ALLOWED["__main__"] = {"cli"}
FILES = sorted(PACKAGE.rglob("*.py"))


def stage_of(module: str) -> str:
    """The stage of ``itten.stage.…``; the empty string for ``itten`` itself."""
    return [*module.split("."), ""][1]


def imports(path: Path) -> Iterator[str]:
    """Every module under itten that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            names = [node.module or ""]
            if node.module == "itten":
                names = [f"itten.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name for name in names if name.split(".")[0] == "itten")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_go_one_way(path: Path) -> None:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    if parts == ("__init__",):
        pytest.skip("the door names every stage, lazily")
    stage = parts[0]
    assert stage in ALLOWED, f"{stage} has no place in the order"
    reached = {stage_of(module) for module in imports(path)}
    assert reached <= ALLOWED[stage], f"{path}: {sorted(reached - ALLOWED[stage])} may not be imported here"


def test_the_check_sees_an_import_that_goes_back(tmp_path: Path) -> None:
    file = tmp_path / "x.py"
    file.write_text("import itten\nfrom itten import shader\ndef f():\n    from itten.heads.gate import contour\n")
    assert [stage_of(module) for module in imports(file)] == ["", "shader", "heads"]


def module_of(path: Path) -> str:
    """The name that a file of the package is imported by."""
    parts = ("itten", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def graph(files: list[Path], name: Callable[[Path], str]) -> dict[str, set[str]]:
    """For every module the modules that it names in imports, wherever they stand in it."""
    paths = {name(path): path for path in files}
    found: dict[str, set[str]] = {}
    for module, path in paths.items():
        found[module] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named = {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                whole = {f"{node.module}.{alias.name}" for alias in node.names}
                named = {one if one in paths else str(node.module) for one in whole}
            else:
                continue
            found[module] |= named & set(paths)
    return found


def circles(edges: dict[str, set[str]]) -> list[str]:
    """The modules that can be reached from themselves."""
    found = []
    for start in edges:
        seen, open_ = set(), list(edges[start])
        while open_:
            here = open_.pop()
            if here not in seen:
                seen.add(here)
                open_ += edges[here]
        if start in seen:
            found.append(start)
    return found


def test_no_import_goes_in_a_circle() -> None:
    """Two modules that import each other, at their top or inside functions, are one. The door itself is lazy."""
    edges = graph([path for path in FILES if path != PACKAGE / "__init__.py"], module_of)
    assert sum(map(len, edges.values())) > 300
    assert circles(edges) == []


def test_the_check_sees_a_circle(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("import b\n")
    (tmp_path / "b.py").write_text("def f():\n    from c import g\n")
    (tmp_path / "c.py").write_text("from a import h\n")
    (tmp_path / "d.py").write_text("import a\n")
    edges = graph(sorted(tmp_path.glob("*.py")), lambda path: path.stem)
    assert circles(edges) == ["a", "b", "c"]


def test_files_are_short_and_none_is_called_utils() -> None:
    for path in FILES:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path
        assert not {"utils", "util", "helpers", "misc"} & set(path.with_suffix("").parts[len(PACKAGE.parts) :]), path


def test_every_module_says_what_it_is_for() -> None:
    for path in FILES:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def fresh(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.strip()


def test_importing_the_package_is_light() -> None:
    heavy = "torch", "numba", "pydantic", "scipy", "numpy", "PIL", "typer", "rich"
    assert fresh(f"import sys, itten; print([name for name in {heavy} if name in sys.modules])") == "[]"
    assert fresh("import sys, itten.cli; print('torch' in sys.modules)") == "False"
    assert fresh("import sys, itten; itten.ShaderConfig(); print('torch' in sys.modules)") == "False"


def test_importing_leaves_global_settings_alone() -> None:
    code = (
        "import torch, random; before = torch.get_num_threads(), random.getstate(), torch.get_rng_state().sum();"
        "import itten, itten.shader, itten.cli.app, itten.samples;"
        "after = torch.get_num_threads(), random.getstate(), torch.get_rng_state().sum(); print(before == after)"
    )
    assert fresh(code) == "True"


def test_every_public_name_resolves_and_is_described() -> None:
    assert itten.__all__ == sorted(itten.__all__)
    assert set(dir(itten)) == set(itten.__all__)
    for name in itten.__all__:
        value = getattr(itten, name)
        if callable(value):
            assert value.__doc__, name
            assert value.__module__.startswith("itten."), name
    with pytest.raises(AttributeError, match="no attribute 'shadow'"):
        itten.shadow  # noqa: B018


@pytest.mark.parametrize("stage", [*ORDER[2:-2], "samples"])
def test_every_public_name_of_a_stage_is_described(stage: str) -> None:
    module = importlib.import_module(f"itten.{stage}")
    for name in getattr(module, "__all__", []):
        value = getattr(module, name)
        if callable(value) and not hasattr(value, "__origin__"):
            assert value.__doc__, f"{stage}.{name}"


def test_global_random_state_is_untouched() -> None:
    random.seed(11)
    torch.manual_seed(11)
    np.random.seed(11)  # noqa: NPY002
    before = random.getstate(), torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    first = itten.shade(drawing(72, 88), pattern(64, 80), passes=2).image
    after = random.getstate(), torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    assert before[0] == after[0]
    assert before[1].equal(after[1])
    for left, right in zip(before[2], after[2], strict=True):
        np.testing.assert_array_equal(left, right)
    random.seed(12)
    torch.manual_seed(12)
    np.random.seed(12)  # noqa: NPY002
    assert itten.shade(drawing(72, 88), pattern(64, 80), passes=2).image.equal(first)


@pytest.mark.skipif(mutants.IN_A_COPY in os.environ, reason="this is a copy with a fault")
def test_every_listed_fault_can_be_put_in():
    assert len(mutants.load()) > 200
