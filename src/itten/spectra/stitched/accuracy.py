"""How far the values of a block iteration are still off, estimated from what its steps change.

A Ritz value lies above the true one by less with every step. If a step leaves the part q of that error, and has changed
the value by c, the error that is left is c q / (1 − q). The squares of the residuals fall as the errors do, so their
quotient is an estimate of q, and that of two changes in a row is another; the larger one counts, with a factor for
safety. A vector that has not come in at all is seen by none of them: the guards are there for that.

The bound of Kato and Temple, ‖r‖² / gap, is sure, where the gap is, but larger by a factor of hundreds: residuals are
mostly made of what lies high in the spectrum, and what is divided by is the distance to the next value.
"""

from __future__ import annotations

import numpy as np

# With an accuracy at most so many steps.
MOST_STEPS = 12
# What a step is thought to leave before anything is measured, the factors for safety after one step and after more of
# them, and the least and the largest part that a step is thought to leave.
ASSUMED, FIRST, SAFETY, LEAST, MOST = 0.1, 4.0, 3.0, 0.02, 0.9
# Of more values than MANY the last ones lie where the basis ends: after one step they are thought to be further off.
MANY, FIRST_OF_MANY = 32, 12.0
# Values below this part of the bound of ‖L‖ are as good as zero: they only have to be right to the same part of it.
AS_ZERO = 1e-7
# What rounding leaves: a part of the value, and of the bound of ‖L‖.
ROUNDING, FLOOR = 2e-6, 2e-11
# What values are taken for at least where something is told relative to them: rounding may make them negative.
LEAST_VALUE = 1e-30
# How far below zero rounding may take a value, as a part of the bound of ‖L‖.
NEGATIVE = 10 * FLOOR
# Steps at least where the wanted values are as good as zero: vectors that the basis holds to a thousandth come in late
# then, and no estimate sees one that is missing.
ZERO_STEPS = 6


def least_steps(values: np.ndarray, wanted: int, least: int, accuracy: float, scale: float) -> int:
    """How many steps to make at least, if an iteration begins with these ``values``; ``least`` are asked for."""
    if np.isfinite(accuracy) and float(np.sort(values)[:wanted].max()) < AS_ZERO * scale:
        return max(least, ZERO_STEPS)
    return least


def right(errors: np.ndarray, values: np.ndarray, accuracy: float, scale: float) -> bool:
    """Whether relative ``errors`` of ``values`` are small enough, with ``scale`` the bound of ‖L‖."""
    return bool((errors * np.maximum(values, LEAST_VALUE) <= accuracy * np.maximum(values, AS_ZERO * scale)).all())


class Progress:
    """The lowest ``wanted`` values of an iteration, from step to step, in the units of ``scale``, the bound of ‖L‖."""

    def __init__(self, wanted: int, scale: float) -> None:
        self.wanted, self.scale = wanted, scale
        self.steps = 0
        self.values = self.residuals = self.change = np.zeros(0)
        self.order = np.zeros(0, np.int64)
        self.ratio = np.full(wanted, ASSUMED)

    def begins(self, values: np.ndarray) -> None:
        """A step begins with these ``values``, in any order, infinite where there is nothing."""
        self.order = np.argsort(values, kind="stable")[: self.wanted]
        self.values = values[self.order]

    def foreseen(self, values: np.ndarray) -> np.ndarray:
        """``(wanted,)`` relative errors if the step ends with these ``values``, ascending, before their residuals are
        known."""
        return self._told(values[: self.wanted], self._change(values), self.ratio)

    def ended(self, values: np.ndarray, before: np.ndarray) -> None:
        """It has ended with these ``values``, ascending; ``before`` the residuals of those that it began with."""
        change = self._change(values)
        if self.steps:
            self.ratio = change / np.maximum(self.change, 1e-30)
        self.values, self.change, self.residuals = values[: self.wanted], change, before[self.order]
        self.steps += 1

    def errors(self, residuals: np.ndarray) -> np.ndarray:
        """``(wanted,)`` relative errors of the values, whose ``residuals`` are these."""
        fall = (residuals[: self.wanted] / np.maximum(self.residuals, 1e-30)) ** 2
        first = FIRST if self.wanted <= MANY else FIRST_OF_MANY
        part = first * fall if self.steps == 1 else SAFETY * np.maximum(fall, self.ratio)
        return self._told(self.values, self.change, part)

    def _change(self, values: np.ndarray) -> np.ndarray:
        values = values[: self.wanted]
        before = np.where(np.isfinite(self.values), self.values, 2 * values)
        with np.errstate(invalid="ignore"):  # where there is still nothing
            change: np.ndarray = np.maximum(before - values, 0)
        return np.where(np.isfinite(values), change, np.inf)

    def _told(self, values: np.ndarray, change: np.ndarray, part: np.ndarray) -> np.ndarray:
        part = np.clip(part, LEAST, MOST)
        left = change * part / (1 - part) + FLOOR * self.scale
        return left / np.maximum(values, LEAST_VALUE) + ROUNDING


def temple(values: np.ndarray, residuals: np.ndarray, following: float, scale: float) -> np.ndarray:
    """``(k,)`` relative errors by the inequality of Kato and Temple, where no step was made: ‖r‖² over the gap to the
    next value, ``following`` the last one's, or ‖r‖ where that is less.

    Kato, J. Phys. Soc. Japan 4 (1949); Temple, Proc. R. Soc. A 119 (1928).
    """
    gaps = np.diff(np.append(values, following))
    left = np.minimum(residuals**2 / np.maximum(gaps, 1e-30), residuals)
    return left / np.maximum(values, 1e-12 * scale)


def exact_errors(values: np.ndarray, residuals: np.ndarray, scale: float) -> np.ndarray:
    """``(k,)`` relative errors of values from float64 factorisations: a value lies within its residual of a true one,
    and values as good as zero are told relative to what counts as zero."""
    found: np.ndarray = np.where(
        values > 0, residuals / np.maximum(np.maximum(values, AS_ZERO * scale), LEAST_VALUE), 0.0
    )
    return found
