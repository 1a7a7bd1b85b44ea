"""streams: seeded random numbers, one stream for each use, the same in compiled and in plain code.

A stream is a counter that is scrambled (SplitMix64: Steele, Lea and Flood, *Fast splittable pseudorandom number
generators*, OOPSLA 2014). It starts where the seed, the replication and the name of its use say, and nothing else: a
network that gains an operation keeps all other draws, so that variants of a network meet common random numbers.

The functions from ``following`` on are compiled as they stand here (``compiled``), so that both kernels do the same
arithmetic to the last bit. Plain code holds a state as a whole number below 2**64, compiled code as an unsigned one;
the masks change nothing there.
"""

from hashlib import blake2b
from math import cos, exp, log, pi, sqrt

EXPONENTIAL = 0
DETERMINISTIC = 1
ERLANG = 2
HYPEREXPONENTIAL = 3
LOGNORMAL = 4

_WORD = 0xFFFFFFFFFFFFFFFF
_STEP = 0x9E3779B97F4A7C15
_FIRST_FACTOR = 0xBF58476D1CE4E5B9
_SECOND_FACTOR = 0x94D049BB133111EB
_UNIT = 2.0**-53
# The product of so many draws, each at least 2**-54, is still far from the smallest double.
_PHASES_TOGETHER = 16


def start(seed: int, replication: int, *use: str) -> int:
    """Return the state in which the stream of a use starts; uses that differ hardly ever overlap."""
    words = "\x1f".join((str(seed), str(replication), *use))
    return int.from_bytes(blake2b(words.encode(), digest_size=8).digest(), "little")


def following(state: int) -> int:
    """Return the next state."""
    return (state + _STEP) & _WORD


def unit(state: int) -> float:
    """Return the draw of a state, in (0, 1]."""
    scrambled = ((state ^ (state >> 30)) * _FIRST_FACTOR) & _WORD
    scrambled = ((scrambled ^ (scrambled >> 27)) * _SECOND_FACTOR) & _WORD
    return (((scrambled ^ (scrambled >> 31)) >> 11) + 0.5) * _UNIT


def time_s(law: int, mean_s: float, shape: float, state: int) -> tuple[float, int]:
    """Draw a time and return it with the state after it.

    Parameters
    ----------
    shape
        Phases of an Erlang; the chance of the first phase of a hyperexponential, which each of its two phases leaves
        with the same share of the mean; the standard deviation of a lognormal's logarithm.
    """
    if law == EXPONENTIAL:
        state = following(state)
        return -mean_s * log(unit(state)), state
    return other_time_s(law, mean_s, shape, state)


def other_time_s(law: int, mean_s: float, shape: float, state: int) -> tuple[float, int]:
    """Draw a time that is not exponential."""
    if law == DETERMINISTIC:
        return mean_s, state
    state = following(state)
    first = unit(state)
    if law == ERLANG:
        return phases_s(mean_s / shape, int(shape), first, state)
    state = following(state)
    second = unit(state)
    if law == HYPEREXPONENTIAL:
        share = shape if first < shape else 1.0 - shape
        return -mean_s / (2.0 * share) * log(second), state
    normal = sqrt(-2.0 * log(first)) * cos(2.0 * pi * second)
    return mean_s * exp(shape * (normal - shape / 2.0)), state


def phases_s(phase_s: float, count: int, first: float, state: int) -> tuple[float, int]:
    """Return the sum of exponential phases; one logarithm serves several, as that of their product."""
    total, product = 0.0, first
    for done in range(1, count):
        if done % _PHASES_TOGETHER == 0:
            total += log(product)
            product = 1.0
        state = following(state)
        product *= unit(state)
    return -phase_s * (total + log(product)), state
