"""Profiles for hypothesis: small services of every temper, bound by processor, workers, memory or disk."""

from typing import Any

from hypothesis import strategies as st

TEMPERS = ("cpu", "workers", "memory", "disk")


@st.composite
def _amount(draw: st.DrawFn, low: float, high: float, unit: str) -> object:
    """Return one value or low/mid/high, with its unit or as a plain number."""
    mid = draw(st.floats(low, high))
    width = draw(st.sampled_from((0.0, 0.2, 0.6)))
    values = {"low": mid * (1 - width), "mid": mid, "high": mid * (1 + width)}
    written = {name: f"{value:.6g} {unit}" if unit else round(value, 6) for name, value in values.items()}
    return written if width else written["mid"]


@st.composite
def profiles(draw: st.DrawFn, temper: str = "") -> dict[str, Any]:
    """Return the table of a profile that leans towards one resource, the one named or any."""
    temper = temper or draw(st.sampled_from(TEMPERS))
    busy, slow, fat, full = (temper == each for each in TEMPERS)
    rate = draw(st.floats(20, 80)) if busy else draw(st.floats(0.5, 8))
    cycle_s = draw(st.floats(4, 15))
    processes = draw(st.integers(1, 3)) if slow else draw(st.integers(8, 12))
    milliseconds = draw(_amount(20, 40, "ms") if busy else _amount(2, 20, "ms"))
    waits = draw(_amount(200, 500, "ms")) if slow else draw(_amount(0, 20, "ms"))
    return {
        "name": temper,
        "traffic": {"concurrent_users": max(round(rate * cycle_s), 4), "requests_per_s": round(rate, 3)},
        "containers": {
            "nginx": {"role": "nginx", "memory": "60 MB"},
            "web": {
                "role": "gunicorn",
                "memory": draw(_amount(4, 16, "GB") if fat else _amount(0.2, 0.6, "GB")),
                "processes": processes,
            },
            "db": {"role": "postgresql", "memory": draw(_amount(0.2, 0.8, "GB"))},
        },
        "classes": {"page": {"share": 1, "cpu": {"web": milliseconds, "db": "4 ms"}, "waits": waits}},
        "data": {
            "database": draw(_amount(100, 300, "GB") if full else _amount(0.2, 4, "GB")),
            "media": draw(_amount(0.1, 5, "GB")),
            "growth": draw(_amount(1, 20, "GB")),
            "growth_over": "24 months",
            "page_reads_per_request": 5,
        },
        "growth": {"traffic_per_year_ratio": draw(_amount(0, 0.4, ""))},
    }
