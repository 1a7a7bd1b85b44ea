"""station_weights: how a station of c servers weighs the numbers present, as the series F of the product form.

With t the mean number of servers asked for, F(t) = sum of t^n / (min(1, c) ... min(n, c)) = P(t) / (1 - t/c), and P is
the polynomial sum of (1 - j/c) t^j / j! over j < c (Baskett, Chandy, Muntz and Palacios 1975 give the terms; from j = c
on their sum is a geometric one). Open requests that ask for x servers and closed ones that ask for rho give F(x + rho),
so that the derivatives of P at x are what open requests leave to closed ones. All of it is sums of positive terms,
written here with the distribution function of Poisson's law: nothing overflows, however many servers there are.

The servers may be a fraction, as under a limit of processor time: n requests are then served by min(n, c) of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Array = NDArray[np.float64]
_NEGLIGIBLE = 1e-25
_SMALLEST = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StationWeights:
    """One or several stations.

    The arguments ``spare`` are the servers that nobody asks for, c - t, positive, in a shape that ends in that of
    ``servers``: near saturation they keep what a difference of loads would lose.

    Attributes
    ----------
    servers
        c, positive, shape (stations,) or a number.
    """

    servers: Array

    def stretch(self, spare: Array) -> Array:
        """Return F'/F: how much longer than its service time a request takes in M/M/c with that load."""
        return self.bend(spare) + 1.0 / spare

    def stretch_slope(self, spare: Array) -> Array:
        """Return the derivative of ``stretch`` by the load; with many servers hardly asked for it is only rounding."""
        return np.maximum(self.bend_slope(spare) + 1.0 / spare**2, 0.0)

    def bend(self, spare: Array) -> Array:
        """Return P'/P, the part of the stretch that stays finite when nothing is spare."""
        erlangs = self.servers - spare
        bend: Array = self._terms(erlangs, 1) / self._terms(erlangs, 0)
        return bend

    def bend_slope(self, spare: Array) -> Array:
        """Return the derivative of ``bend`` by the load; it is not above 0."""
        erlangs = self.servers - spare
        whole = self._terms(erlangs, 0)
        slope: Array = self._terms(erlangs, 2) / whole - (self._terms(erlangs, 1) / whole) ** 2
        return slope

    def polynomial(self, open_erlangs: float, closed_erlangs: float) -> Array:
        """Return the terms of P(x + rho) by powers of rho, each over their sum; for one station.

        Further terms are left out once they are negligible.
        """
        log = self.log_polynomial(open_erlangs, closed_erlangs)
        terms = np.exp(log - log.max())
        kept = np.flatnonzero(terms > _NEGLIGIBLE)[-1] + 1
        return np.asarray(terms[:kept] / terms.sum())

    def log_polynomial(self, open_erlangs: float, closed_erlangs: float) -> Array:
        """Return the logarithms of all terms of P(x + rho) by powers of rho, but for one factor; for one station."""
        powers = np.arange(0.0, np.ceil(float(self.servers)))
        shape = self._terms(np.full_like(powers, open_erlangs), powers)
        log: Array = special.xlogy(powers, closed_erlangs) - special.gammaln(powers + 1.0)
        return log + np.log(np.maximum(shape, _SMALLEST))

    def _terms(self, erlangs: Array, derivative: float | Array) -> Array:
        """Return exp(-t) times a derivative of P at t: (1 - m/c) B(M - m) - t/c B(M - m - 1).

        B(j) is the chance of at most j in Poisson's law of mean t, and M the degree of P.
        """
        left = np.ceil(self.servers) - derivative
        below = _at_most(left - 1.0, erlangs)
        terms: Array = (1.0 - derivative / self.servers) * below
        return terms - erlangs / self.servers * _at_most(left - 2.0, erlangs)


def _at_most(number: Array, mean: Array) -> Array:
    """Return the distribution function of Poisson's law, 0 below 0."""
    at_most: Array = np.where(number >= 0.0, special.gammaincc(np.maximum(number, 0.0) + 1.0, mean), 0.0)
    return at_most
