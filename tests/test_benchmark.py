import torch

from itten.benchmark import machine, seed_table


def test_the_table_measures_both_paths_and_all_stages():
    seen = []
    table = seed_table(pairs=2, size=48, progress=seen.append)
    assert seen == [1, 2]
    assert len(table.module_seconds) == len(table.reference_seconds) == len(table.field_seconds) == 2
    assert {"field", "gate", "thicken", "segments"} <= set(table.stages)
    assert sum(table.stages.values()) <= sum(table.module_seconds)
    data = table.to_dict()
    assert data["field_ratio"] > 0
    assert data["path_ratio"] > 0
    assert data["machine"]["torch"] == torch.__version__


def test_the_machine_is_described_without_git(monkeypatch):
    import subprocess

    def broken(*_, **__):
        raise OSError("no git")

    monkeypatch.setattr(subprocess, "run", broken)
    assert machine()["commit"] == ""
