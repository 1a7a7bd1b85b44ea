"""`capplan solve` answers a network file with its method and standing, or with one clear sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.running import PROFILE, Run, capplan

NETWORK = """\
[stations.cpu]
servers = 2
[pools.workers]
size = 4
[pools.connections]
size = 1
[operations.page]
station = "cpu"
service = "60 ms"
pool = "workers"
calls = { query = 3 }
[operations.query]
station = "cpu"
service = "10 ms"
pool = "connections"
[sources.people]
population = 20
think_time = "1 s"
mix = { page = 1 }
"""
# What is replaced in a good network, by what, the exit code, and words the sentence must have.
_WRONG = {
    "not TOML": ("[stations.cpu]", "[stations.cpu", 2, "network.toml", "TOML"),
    "unknown key": ("servers = 2", "cores = 2", 2, "stations.cpu.cores", "servers"),
    "not a number": ("servers = 2", "servers = nan", 2, "stations.cpu.servers", "finite number"),
    "no servers": ("servers = 2", "servers = 0", 2, "stations.cpu.servers", "greater than or equal to 1"),
    "empty pool": ("size = 4", "size = 0", 2, "pools.workers.size", "greater than or equal to 1"),
    "no unit": ('"60 ms"', "60", 2, "operations.page.service", "amount with its unit"),
    "no demand": ('"60 ms"', '"0 ms"', 2, "operations.page.service_s", "above 0"),
    "endless time": ('"60 ms"', '"1e400 s"', 2, "operations.page.service", "finite"),
    "unknown station": ('station = "cpu"\nservice = "60', 'station = "gpu"\nservice = "60', 2, "gpu", "one of cpu"),
    "unknown pool": ('pool = "workers"', 'pool = "staff"', 2, "operations.page.pool", "workers, connections"),
    "unknown call": ("query = 3", "quarry = 3", 2, "operations.page.calls", "page, query"),
    "negative call": ("query = 3", "query = -3", 2, "operations.page.calls.query", "greater than 0"),
    "a circle": ('pool = "connections"', "calls = { page = 1 }", 2, "operations.query.calls", "page -> query -> page"),
    "a pool twice": ('pool = "connections"', 'pool = "workers"', 2, "operations.query.pool", "held already"),
    "shares": ("page = 1 }", "page = 0.5 }", 2, "sources.people.mix", "sum to 1"),
    "nobody": ("population = 20\n", "", 2, "sources.people", "neither of population and arrival_rate_per_s"),
    "both": ("population = 20", "population = 20\narrival_rate_per_s = 1", 2, "sources.people", "both of"),
    "unstable": (
        'population = 20\nthink_time = "1 s"', "arrival_rate_per_s = 1000", 6,
        "1000 requests per second", "pile up for ever",
    ),
    "a pool that is too small for the arrivals": (
        'population = 20\nthink_time = "1 s"', "arrival_rate_per_s = 22.3", 6,
        "22.3 requests per second", "pile up for ever",
    ),
    "wrong ratio": (
        'service = "60 ms"', 'service = "60 ms"\nlaw = { kind = "erlang", variance_ratio = 0.3 }', 2, "law", "whole k",
    ),
    "turned away without thinking": (
        "size = 4", "size = 4\nqueue_limit = 1", 2, "sources.people.think_time_s", "time to think",
    ),
}  # fmt: skip


def _run(tmp_path: Path, text: str, *words: str) -> Run:
    (tmp_path / "network.toml").write_text(text, encoding="utf-8")
    return capplan("solve", "network.toml", *words, folder=tmp_path)


def test_exact_answer(tmp_path: Path) -> None:
    """A worker pool with one connection is solved exactly, percentiles too, and other methods are said to not apply."""
    done = _run(tmp_path, NETWORK)
    assert done.code == 0
    for words in ("markov_chain: exact", "16.8/s", "189 ms", "575 ms", "no product form"):
        assert words in done.out
    assert done.err == ""


def test_both_languages(tmp_path: Path) -> None:
    """The same screen in Persian."""
    done = _run(tmp_path, NETWORK, "--lang", "fa")
    assert done.code == 0
    assert "دقیق" in done.out


def test_json(tmp_path: Path) -> None:
    """The JSON document has every number, its method and standing."""
    done = _run(tmp_path, NETWORK, "--format", "json", "-o", "answer.json")
    assert done.code == 0
    answer = json.loads((tmp_path / "answer.json").read_text(encoding="utf-8"))["answers"][0]
    assert (answer["method"], answer["standing"], answer["error_ratio"]) == ("markov_chain", "exact", 0.0)
    assert answer["classes"][0]["throughput_per_s"] == pytest.approx(16.82204745, rel=1e-6)
    assert set(answer["classes"][0]["percentiles_s"]) == {"0.5", "0.9", "0.95", "0.99"}


def test_simulated_beside(tmp_path: Path) -> None:
    """A simulation stands beside the exact answer, every number of it with an interval that fits what is exact."""
    done = _run(tmp_path, NETWORK, "--simulate", "--format", "json")
    assert done.code == 0
    exact, simulated = json.loads(done.out)["answers"]
    assert (exact["standing"], simulated["standing"]) == ("exact", "simulated")
    known, found = exact["classes"][0], simulated["classes"][0]
    assert known["intervals"] is None
    assert 0.0 < simulated["error_ratio"] <= 0.011
    for name in ("throughput_per_s", "mean_response_s"):
        _assert_near(known[name], found[name], found["intervals"][name])
    assert found["intervals"]["lost_ratio"] == [0.0, 0.0]
    for q, late in known["percentiles_s"].items():
        _assert_near(late, found["percentiles_s"][q], found["intervals"]["percentiles_s"][q])
    for part, names in {
        "stations": ("busy_servers", "utilization_ratio", "queue_length"),
        "pools": ("busy_members", "mean_wait_s"),
    }.items():
        for right, tried in zip(exact[part], simulated[part], strict=True):
            assert right["intervals"] is None
            for name in names:
                _assert_near(right[name], tried[name], tried["intervals"][name])


def _assert_near(known: float, found: float, ends: list[float]) -> None:
    """What was simulated is inside of its interval, which is not wide, and twice of which holds what is known."""
    low, high = ends
    assert 0.9 * found < low < found < high < 1.1 * found
    assert found - 2.0 * (found - low) <= known <= found + 2.0 * (high - found)


@pytest.mark.parametrize(("language", "words"), [("en", "95 % interval"), ("fa", "بازهٔ ۹۵ درصدی")])
def test_intervals_are_shown(language: str, words: str, tmp_path: Path) -> None:
    """Whatever was simulated stands above its interval: means, percentiles, the station and both pools."""
    done = _run(tmp_path, NETWORK, "--method", "simulation", "--lang", language)
    assert done.code == 0
    assert done.out.count(words) == 6  # the sentence that names the method, and five rows
    if language == "en":
        assert "cpu, 95 % interval" in done.out
        assert max(map(len, done.out.splitlines())) <= 100


def test_an_estimated_error_is_shown(tmp_path: Path) -> None:
    """Approximate means stand above what they may be by the estimated error, and throughputs by Little's law."""
    assert "estimated error" in _run(tmp_path, NETWORK, "--method", "flow_equivalent").out
    told = _run(tmp_path, NETWORK, "--method", "flow_equivalent", "--format", "json")
    answer = json.loads(told.out)["answers"][0]
    found = answer["classes"][0]
    (slow, fast), (short_s, long_s) = (
        found["intervals"][name] for name in ("throughput_per_s", "mean_response_s")
    )
    assert (long_s / short_s - 1.0) / 2.0 == pytest.approx(answer["error_ratio"], rel=0.1)
    assert slow * (1.0 + long_s) == pytest.approx(20.0)
    assert fast * (1.0 + short_s) == pytest.approx(20.0)
    assert found["intervals"]["percentiles_s"] == {}


@pytest.mark.parametrize("words", [["--help"], ["recommend", "profile.toml"], ["solve", "network.toml"]])
def test_nothing_is_compiled_that_nobody_asked_for(words: list[str], tmp_path: Path) -> None:
    """No command loads the compiler or the simulator's kernel unless something is simulated."""
    (tmp_path / "network.toml").write_text(NETWORK, encoding="utf-8")
    (tmp_path / "profile.toml").write_text(PROFILE, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "capplan", *words],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert "capplan.cli" in done.stderr
    assert "numba" not in done.stderr
    assert "capplan.simulator" not in done.stderr


def test_a_json_network(tmp_path: Path) -> None:
    """A network may be JSON."""
    network = {
        "stations": {"disk": {}},
        "operations": {"read": {"station": "disk", "service": "100 ms"}},
        "sources": {"all": {"arrival_rate_per_s": 5, "mix": {"read": 1}}},
    }
    (tmp_path / "network.json").write_text(json.dumps(network), encoding="utf-8")
    done = capplan("solve", "network.json", folder=tmp_path)
    assert done.code == 0
    assert "product_form: exact" in done.out
    assert "200 ms" in done.out


def test_a_method_by_name(tmp_path: Path) -> None:
    """A method can be named; one that does not exist is refused, one that does not apply says why."""
    assert "estimated error" in _run(tmp_path, NETWORK, "--method", "flow_equivalent").out
    unknown = _run(tmp_path, NETWORK, "--method", "guess")
    assert (unknown.code, unknown.out) == (2, "")
    assert "product_form, markov_chain" in unknown.err
    wrong = _run(tmp_path, NETWORK, "--method", "product_form")
    assert wrong.code == 6
    assert "wait for workers" in wrong.err


def test_pools_that_can_block_each_other(tmp_path: Path) -> None:
    """Requests that hold one pool and wait for another, while others do the reverse, may all wait for ever."""
    crossed = NETWORK + (
        '[operations.job]\nstation = "cpu"\nservice = "1 s"\npool = "connections"\ncalls = { step = 1 }\n'
        '[operations.step]\nstation = "cpu"\nservice = "1 s"\npool = "workers"\n'
        "[sources.jobs]\npopulation = 1\nmix = { job = 1 }\n"
    )
    done = _run(tmp_path, crossed)
    assert done.code == 2
    assert "for ever" in done.err


@pytest.mark.parametrize("name", _WRONG)
def test_one_clear_sentence(name: str, tmp_path: Path) -> None:
    """Whatever is wrong, one sentence names the place and the remedy, and nothing is left behind."""
    old, new, code, *words = _WRONG[name]
    assert old in NETWORK
    text = NETWORK.replace(old, new, 1)
    if name == "turned away without thinking":
        text = text.replace('think_time = "1 s"\n', "")
    done = _run(tmp_path, text, "-o", "answer.json", "--format", "json")
    assert done.code == code, done.err
    assert done.out == ""
    assert len(done.err.strip().splitlines()) == 1
    for word in words:
        assert word in done.err
    assert not (tmp_path / "answer.json").exists()
