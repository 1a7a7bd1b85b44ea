"""orders: what the parent says: the settings of a run once, then an order for every step."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Message = dict[str, Any]
_SHARED_WORKERS = 1_000_003  # a prime, so that the seeds of neighbouring steps and generators do not meet


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where load may go, who sends it and how; the same for all steps of a run."""

    base_url: str
    locustfile: str | None = None
    user_classes: tuple[str, ...] = ()
    paths: tuple[str, ...] = ("/",)
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 30.0
    verify_tls: bool = True
    workers: int = 1
    allowed: tuple[str, ...] = ()
    pinned: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, message: Message) -> "Settings":
        """Read the first line the parent says; what is not known here is for somebody else."""
        known = {key: message[key] for key in cls.__slots__ if message.get(key) is not None}
        for key in ("user_classes", "paths", "allowed"):
            if key in known:
                known[key] = tuple(known[key])
        return cls(**known)

    def message(self) -> Message:
        """Return it as a message."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One step: closed with users who think, or open with arrivals at a rate."""

    folder: str
    mode: Literal["closed", "open"]
    users: int
    think_time_s: float | None = None
    rate_per_s: float | None = None
    only: str | None = None
    seed: int = 0

    @classmethod
    def of(cls, message: Message) -> "Order":
        """Read the order of a step."""
        return cls(**{key: message[key] for key in cls.__slots__ if key in message})

    def message(self) -> Message:
        """Return it as a message."""
        return asdict(self)

    def share(self, number: int, generators: int) -> "Order":
        """Return the part of one generator: its share of the rate, and a seed of its own."""
        rate_per_s = None if self.rate_per_s is None else self.rate_per_s / generators
        return replace(self, rate_per_s=rate_per_s, seed=self.seed * _SHARED_WORKERS + number)
