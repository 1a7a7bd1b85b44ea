"""scenarios: the text of small scenarios against a server of this folder.

Gates that judge the machine are wide open, because tests run beside other tests; those that judge requests are not.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.truth.servers import KNOWN_TRUTH

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


_STACK = """\
base_url = "http://{{{{truth.address}}}}"
requirements = "{folder}/requirements.txt"
application = "{folder}"
[[services]]
name = "truth"
kind = "other"
before = [["python", "-c", "import time; time.sleep({before_s})"]]
command = ["python", "-m", "server", "--port={{{{truth.port}}}}"]
health = "/truth"
"""


def stack(folder: Path, *, before_s: float) -> str:
    """Write a stack of one known-truth server, which takes so long to come up, and return its file's name."""
    text = _STACK.format(folder=KNOWN_TRUTH.parent, before_s=before_s)
    (folder / "stack.toml").write_text(text, encoding="utf-8")
    return "stack.toml"


def scenario(
    folder: Path,
    base_url: str,
    *steps: str,
    paths: Sequence[str] = ("/",),
    locustfile: str | None = None,
    timeout_s: float = 1.0,
    think_time_s: float = 0.05,
    observed: str = "",
    own_stack: str | None = None,
    limits: Mapping[str, str] | None = None,
) -> str:
    """Write a scenario and return its path."""
    asked = f'locustfile = "{locustfile}"' if locustfile else f"paths = {list(paths)}"
    lines = [
        'name = "truth"',
        f'stack = "{own_stack}"' if own_stack else f'base_url = "{base_url}"',
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
