"""poisson: the chances of numbers by Poisson's law, from logarithms, so that no mean is too large."""

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]


def poisson_chance(number: NDArray[np.int64], mean: float) -> Array:
    """Return the chance of each number, by a mean of at least 0; same shape as the numbers."""
    chance: Array = np.exp(special.xlogy(number, mean) - mean - special.gammaln(number + 1.0))
    return chance
