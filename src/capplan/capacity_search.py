"""capacity_search: which load to try next, until the largest that meets the objective is known to five percent."""

from dataclasses import dataclass, replace
from math import inf, sqrt

from capplan.measurements import Verdict

_PRECISION_RATIO = 0.05
_MOST_STEPS = 16
_FACTOR = 2.0
_MOST_INVALID = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacitySearch:
    """A search in progress: loads are doubled until one fails, or halved until one holds, then bisected.

    The objective is taken to be met by every load below one that meets it. ``met`` is the largest known to meet
    it (0: none yet), ``missed`` the smallest known to miss it (infinite: none yet). Bisection is by the geometric
    mean, since it is the ratio of the two that is to shrink.

    Attributes
    ----------
    start, least, most : the first load to try, and the bounds of all.
    whole : whether only whole loads can be tried, as with users.
    """

    start: float
    least: float
    most: float
    whole: bool = False
    met: float = 0.0
    missed: float = inf
    steps: int = 0
    invalid: int = 0

    def next_load(self) -> float | None:
        """Return the load to try next, or None if the search is over."""
        return None if self.verdict() is not None else self._trial()

    def feed(self, met: bool | None) -> "CapacitySearch":  # noqa: FBT001 - the answer to one question
        """Return the search after the load it asked for met the objective, missed it, or gave no valid answer (None).

        Raises
        ------
        ValueError
            The search was over.
        """
        tried = self.next_load()
        if tried is None:
            raise ValueError("the search is over")
        after = replace(self, steps=self.steps + 1, invalid=0 if met is not None else self.invalid + 1)
        if met is None:
            return after
        return replace(after, met=tried) if met else replace(after, missed=tried)

    def verdict(self) -> Verdict | None:
        """Return how the search ended, or None while it goes on."""
        if self.invalid >= _MOST_INVALID:
            return Verdict.UNKNOWN
        if self.met >= self.most:
            return Verdict.AT_CAP
        if self.missed <= self.least:
            return Verdict.NEVER
        if self.met and self._close():
            return Verdict.FOUND
        return Verdict.OUT_OF_STEPS if self.steps >= _MOST_STEPS else None

    def _close(self) -> bool:
        gap = self.missed - self.met
        return gap <= _PRECISION_RATIO * self.met or (self.whole and gap <= 1)

    def _trial(self) -> float:
        if not self.met and self.missed == inf:
            trial = self.start
        elif not self.met:
            trial = self.missed / _FACTOR
        elif self.missed == inf:
            trial = self.met * _FACTOR
        else:
            trial = sqrt(self.met * self.missed)
        if self.whole:
            trial = float(round(trial))
            trial = min(max(trial, self.met + 1), self.missed - 1)
        return min(max(trial, self.least), self.most)
