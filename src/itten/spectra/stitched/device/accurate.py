"""Steps of the refinement, and how far the values are off after them: a number of steps that is given, which needs no
wait, or as many as an accuracy asks for, where the host looks at the numbers after each."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from itten.spectra.claims import CONVERGED
from itten.spectra.stitched.accuracy import LEAST_VALUE, MOST_STEPS, NEGATIVE, Progress, least_steps, right, temple
from itten.spectra.stitched.device.iterate import DeviceIterate
from itten.spectra.stitched.limits import LOCKED


def fixed(run: DeviceIterate, steps: int) -> tuple[torch.Tensor, torch.Tensor]:
    """So many steps; values and residuals before each of them, ``(B, steps, lanes)`` float64."""
    values, residuals = [], []
    for _ in range(steps):
        values.append(run.values)
        residuals.append(run.residuals(fresh=False))
        _step(run, residuals[-1])
    none = run.values[:, None][:, :0]
    return torch.stack(values, dim=1) if values else none, torch.stack(residuals, dim=1) if residuals else none


def accurate(run: DeviceIterate, wanted: int, least: int, accuracy: float) -> np.ndarray:
    """Steps with one picture, ``least`` or more, until the first ``wanted`` values are estimated to be right to
    ``accuracy``; ``(wanted,)`` the estimate."""
    norm = float(run.operator.norm)
    values: list[np.ndarray] = []
    residuals: list[np.ndarray] = []

    def tell(now: torch.Tensor) -> None:
        """What is known of this step, in the place of what was."""
        values[run.steps :] = [run.values[0].cpu().numpy()]
        residuals[run.steps :] = [now[0].cpu().numpy()]

    while True:
        now = run.residuals(fresh=False)
        tell(now)
        if run.steps == 0:
            least = least_steps(values[0], wanted, least, accuracy, norm)
        if run.steps:
            errors = errors_of(values, residuals, wanted, norm)
            good = right(errors, values[-1][:wanted], accuracy, norm)
            impossible = bool((values[-1][:wanted] < -NEGATIVE * norm).any())
            if impossible or (good and run.steps >= max(least, 2)):
                # Products that came along with X are good to rounding after one step; later a value that is not there
                # may have come of it.
                now = run.residuals(fresh=True)
                tell(now)
                drift = run.drift()[0, :wanted].cpu().numpy() / np.maximum(values[-1][:wanted], LEAST_VALUE)
                errors = np.maximum(errors_of(values, residuals, wanted, norm), drift)
                good = right(errors, values[-1][:wanted], accuracy, norm)
                if not good and run.steps < MOST_STEPS:
                    run.begin_again()
                    now = run.residuals(fresh=False)
                    tell(now)
            if run.steps >= max(least, MOST_STEPS * (not good)):
                return errors
        _step(run, now)


def errors_of(
    values: Sequence[np.ndarray] | np.ndarray, residuals: Sequence[np.ndarray] | np.ndarray, wanted: int, scale: float
) -> np.ndarray:
    """``(wanted,)``: how far values are estimated to be off, relative to them, from ``values`` and ``residuals``
    ``(lanes,)`` before the first step and after every one; ``scale`` the bound of ‖L‖."""
    if len(values) == 1:
        following = float(values[0][wanted]) if len(values[0]) > wanted else np.inf
        return temple(np.maximum(values[0][:wanted], 0), residuals[0][:wanted], following, scale)
    progress = Progress(wanted, scale)
    for number in range(len(values) - 1):
        progress.begins(values[number])
        progress.ended(values[number + 1], residuals[number])
    return progress.errors(residuals[-1])


def _step(run: DeviceIterate, residuals: torch.Tensor) -> None:
    run.step(residuals, LOCKED * CONVERGED * run.operator.norm)
