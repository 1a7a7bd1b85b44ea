"""scenarios: the text of small scenarios against a server of this folder.

Gates that judge the machine are wide open, because tests run beside other tests; those that judge requests are not.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

_MACHINE = {
    "little_ratio": "1.0",
    "generator_cores_ratio": "1.0",
    "loop_lag": '"60 s"',
    "foreign_cores": "1000",
    "steal_ratio": "1.0",
    "speed_drift_ratio": "1000",
}
NOISE = frozenset({"little", "generator", "loop-lag", "foreign", "steal", "speed-drift", "steady", "drift"})
"""Gates that a busy machine may fail."""


def users_step(*, users: int = 5, duration_s: float = 3.0, settle_s: float = 0.5) -> str:
    """Return a closed step."""
    return f'kind = "users"\nusers = {users}\nduration = "{duration_s} s"\nsettle = "{settle_s} s"\n'


def rate_step(*, rate: float, duration_s: float, settle_s: float = 0.5, users: int = 100) -> str:
    """Return an open step."""
    return f'kind = "rate"\nrate = {rate}\nusers = {users}\nduration = "{duration_s} s"\nsettle = "{settle_s} s"\n'


def scenario(
    folder: Path,
    base_url: str,
    *steps: str,
    paths: Sequence[str] = ("/",),
    locustfile: str | None = None,
    timeout_s: float = 1.0,
    think_time_s: float = 0.05,
    observed: str = "",
    stack: str | None = None,
    limits: Mapping[str, str] | None = None,
) -> str:
    """Write a scenario and return its path."""
    asked = f'locustfile = "{locustfile}"' if locustfile else f"paths = {list(paths)}"
    lines = [
        'name = "truth"',
        f'stack = "{stack}"' if stack else f'base_url = "{base_url}"',
        "[load]",
        asked,
        f'timeout = "{timeout_s} s"',
        f'think_time = "{think_time_s} s"',
        "[observe]",
        'interval = "0.5 s"',
        "[gates]",
        *(f"{name} = {limit}" for name, limit in (_MACHINE | dict(limits or {})).items()),
        *((f"[observe.services.target]\n{observed}",) if observed else ()),
        *(f"[[steps]]\n{step}" for step in steps),
    ]
    file = folder / "scenario.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(file)
