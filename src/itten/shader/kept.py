"""What is kept of a run: all that its passes made, or the last one's alone."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import torch

from itten.heads import Working
from itten.shader.layers import Layers, Record
from itten.shader.output import PassResult, ShaderOutput

_BY_HEADS = ("field", "labels", "shadows", "fronts")


@dataclass
class Kept:
    """Of one picture ``(3, H, W)``, whose ``size`` says at which it is composed: the ``results`` of its passes, of
    ``every`` one or of the last, and the ``records`` of what they painted. ``changed`` and ``found`` ``()`` bool:
    whether any pass has changed the picture, and whether any has found segments; nothing is waited for."""

    picture: torch.Tensor
    size: Working
    every: bool
    results: list[PassResult] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)
    changed: torch.Tensor | None = None
    found: torch.Tensor | None = None

    def add(self, result: PassResult, last: bool) -> None:
        """A pass has been made; ``last``: it was the last one."""
        with torch.no_grad():
            changed, found = (result.image != self.picture).any(), (result.labels > 0).any()
            self.changed = changed if self.changed is None else self.changed | changed
            self.found = found if self.found is None else self.found | found
        if result.record is not None:
            record = copy(result.record)
            record.laid = []
            self.records = [*(self.records if self.every else ()), record]
        if self.every or last:
            labels = torch.stack([self.size.labels(one) for one in result.labels])
            shown = replace(result, field=self.size.enlarged(result.field), labels=labels)
            self.results.append(replace(shown, spectrum=None, layers=(), small=None, record=None))


def gathered(kept: Sequence[Kept], batch: bool, several: bool, coverage: bool, layers: bool) -> ShaderOutput:
    """All pictures' results in one: of a ``batch``, else of one picture; ``several``: the configuration has heads.
    Layers go from the records into the output, since once is enough memory."""

    def stacked(name: str, of: Sequence[Sequence[Any]]) -> torch.Tensor:
        rows = [torch.stack([getattr(one, name) for one in each]) for each in of]
        if name in _BY_HEADS and not several:
            rows = [row[:, 0] for row in rows]
        return torch.stack(rows, dim=1) if batch else rows[0]

    results, records = [one.results for one in kept], [one.records for one in kept]
    painted = stacked("image", results)
    output = ShaderOutput(painted[-1], painted, stacked("field", results), stacked("labels", results))
    if coverage or layers:
        output = replace(output, coverage=stacked("coverage", records))
    if layers:
        kinds = []
        for name in ("thickening", "shadows", "fronts"):
            kinds.append(stacked(name, records))
            for each in records:
                for record in each:
                    setattr(record, name, None)
        output = replace(output, layers=Layers(*kinds))
    return output
