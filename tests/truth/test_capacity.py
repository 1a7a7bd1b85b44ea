"""The largest load that meets an objective, searched for on a server whose capacity is known."""

import json
from pathlib import Path

from tests.truth.running import loadtest, read_steps
from tests.truth.scenarios import rate_step, scenario
from tests.truth.servers import KNOWN_TRUTH, serving

_SLOTS, _HOLD_MS = 2, 40
_SATURATION_PER_S = _SLOTS * 1000 / _HOLD_MS


def test_the_capacity_found_lies_below_what_the_pool_can_serve(tmp_path: Path) -> None:
    """A pool of 2 that holds each request 40 ms serves 50/s: with p95 below 300 ms the search ends there."""
    with serving(KNOWN_TRUTH, "--pool", str(_SLOTS), "--hold-ms", str(_HOLD_MS)) as server:
        step = rate_step(rate=20.0, duration_s=4.0, settle_s=0.5, users=400)
        text = scenario(tmp_path, server.url, step, paths=("/pool",), timeout_s=20)
        with Path(text).open("a", encoding="utf-8") as file:
            file.write('[objective]\npercentile = 0.95\nresponse_time = "300 ms"\n')
        with loadtest(tmp_path, text, "--find-capacity") as running:
            code = running.end(300)
    run = running.document()
    steps = read_steps(running.folder)
    tried = {step["asked"]["rate_per_s"]: step["response"]["p95_s"]["mid"] for step in steps}
    found = run["search"]
    assert 0 == code, running.told()
    assert 20.0 == next(iter(tried))
    assert any(late_s > 0.3 for late_s in tried.values()), "some load misses the objective"
    assert {name for name, _ in run["planned"]} == {step["name"] for step in steps}
    assert "found" == found["verdict"], json.dumps(tried)
    assert 0.6 * _SATURATION_PER_S < found["capacity_per_s"] < 1.1 * _SATURATION_PER_S, json.dumps(tried)
    assert found["missed_per_s"] == min(rate for rate, late_s in tried.items() if late_s > 0.3)
