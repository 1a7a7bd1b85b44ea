"""tally: what was recorded of a run over a span of its time."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


class Event(NamedTuple):
    """Somebody was done at a place: served, or outside of the network."""

    time_s: float
    place: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """Sums over a span.

    Attributes
    ----------
    done, response_s
        Requests of each class that were done, and their response times together, shape (classes,).
    entered, lost
        Requests that came in by each branch, and those of them that were turned away, shape (branches,).
    spent_s
        Time that all requests together spent at each place, shape (places,).
    busy_s
        Time that the servers of each shared station were used, shape (shared stations,).
    samples
        Response times of each class, every so-many-th.
    """

    span_s: float
    done: Counts
    response_s: Array
    entered: Counts
    lost: Counts
    spent_s: Array
    busy_s: Array
    samples: tuple[Array, ...]


def joined(parts: Sequence[Tally]) -> Tally:
    """Return the tally of several spans together."""
    classes = range(len(parts[0].samples))
    return Tally(
        span_s=sum(each.span_s for each in parts),
        done=np.sum([each.done for each in parts], axis=0),
        response_s=np.sum([each.response_s for each in parts], axis=0),
        entered=np.sum([each.entered for each in parts], axis=0),
        lost=np.sum([each.lost for each in parts], axis=0),
        spent_s=np.sum([each.spent_s for each in parts], axis=0),
        busy_s=np.sum([each.busy_s for each in parts], axis=0),
        samples=tuple(np.concatenate([each.samples[number] for each in parts]) for number in classes),
    )


def thinned(tally: Tally, every: Counts) -> Tally:
    """Return a tally with every so-many-th sample of each class."""
    pairs = zip(tally.samples, every, strict=True)
    return replace(tally, samples=tuple(each[::step] for each, step in pairs))
