"""live_sample: what two samples in a row tell somebody who watches: busy cores and bytes."""

from collections.abc import Mapping
from typing import Any

_NANOSECONDS = 1e9
_SIZES = ("need_bytes", "pss_bytes", "working_set_bytes", "rss_bytes")
"""Which number of memory is shown: the first that was ever read of a service."""


class LiveSample:
    """Remembers the sample before, and the last size of each service, which is not in every sample."""

    def __init__(self) -> None:
        self._before: Mapping[str, Any] = {}
        self._sizes: dict[str, dict[str, float]] = {}

    def since_last(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """Return busy cores since the last sample and bytes, of each service, and busy cores of the machine."""
        before, self._before = self._before, sample
        span_s = (sample["at_ns"] - before.get("at_ns", sample["at_ns"])) / _NANOSECONDS
        services = {}
        for name, now in sample["services"].items():
            sizes = self._sizes.setdefault(name, {})
            sizes.update({key: now[key] for key in _SIZES if key in now})
            services[name] = {
                "cores": _rate(before.get("services", {}).get(name, {}), now, "cpu_s", span_s),
                "bytes": next((sizes[key] for key in _SIZES if key in sizes), None),
            }
        host = _rate(before.get("host", {}), sample["host"], "busy_s", span_s)
        return {"at_ns": sample["at_ns"], "services": services, "host": {"busy_cores": host}}


def _rate(before: Mapping[str, float], now: Mapping[str, float], key: str, span_s: float) -> float | None:
    if span_s <= 0 or key not in before or key not in now:
        return None
    return max(0.0, now[key] - before[key]) / span_s
