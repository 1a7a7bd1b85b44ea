"""The shapes of times: families of distributions, told apart from their means."""

from dataclasses import dataclass
from enum import StrEnum

_MOST_PHASES = 1000
_MOST_VARIANCE = 1e4


class TimeKind(StrEnum):
    """The family of a distribution of times."""

    EXPONENTIAL = "exponential"
    DETERMINISTIC = "deterministic"
    ERLANG = "erlang"
    HYPEREXPONENTIAL = "hyperexponential"
    LOGNORMAL = "lognormal"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLaw:
    """The shape of a distribution of times, whatever its mean.

    Attributes
    ----------
    variance_ratio
        Squared coefficient of variation: variance over squared mean. 1 for the exponential, 0 for the deterministic,
        1/k for an Erlang of k phases, above 1 for the hyperexponential (two phases, balanced means), positive for the
        lognormal.
    """

    kind: TimeKind = TimeKind.EXPONENTIAL
    variance_ratio: float = 1.0

    def fault(self) -> str | None:
        """Return what the ratio should be where it does not fit the family, else None."""
        ratio = self.variance_ratio
        match self.kind:
            case TimeKind.EXPONENTIAL:
                return None if ratio == 1.0 else "1, as every exponential has"
            case TimeKind.DETERMINISTIC:
                return None if ratio == 0.0 else "0, as every deterministic time has"
            case TimeKind.ERLANG:
                phases = 1.0 / ratio if 0.0 < ratio <= 1.0 else 0.5
                whole = abs(phases - round(phases)) <= 1e-6 * phases and round(phases) <= _MOST_PHASES
                return None if whole else f"1/k for a whole k of at most {_MOST_PHASES}"
            case TimeKind.HYPEREXPONENTIAL:
                return None if 1.0 < ratio <= _MOST_VARIANCE else f"above 1, at most {_MOST_VARIANCE:g}"
            case TimeKind.LOGNORMAL:
                return None if 0.0 < ratio <= _MOST_VARIANCE else f"above 0, at most {_MOST_VARIANCE:g}"


EXPONENTIAL = TimeLaw()
