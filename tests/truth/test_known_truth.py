"""The known-truth server: what it says of itself holds by clocks and counts other than its own."""

import http.client
import json
import threading
import time
from pathlib import Path

import numpy as np

from tests.truth.processes import ended_within, is_alive
from tests.truth.servers import KNOWN_TRUTH, Server, asked_together, serving

_SMALL_S = 0.05


def _process_clock_s(pid: int) -> float:
    """Return a process's CPU time by the kernel's clock of that process."""
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e9


def test_what_is_burned_is_what_the_kernel_charges() -> None:
    """A hundred burns of 8 ms cost their processes 0.8 s and, per request, less than 2 ms beside it."""
    with serving(KNOWN_TRUTH, "--processes", "2") as server:
        before_s = [_process_clock_s(pid) for pid in server.pids]
        asked_together(server, "/burn?ms=8", clients=4, times=25)
        truth = server.truth()
        after_s = [_process_clock_s(pid) for pid in server.pids]
    spent_s = sum(after_s) - sum(before_s)
    burned_s = truth["total"]["burned_s"]
    assert 0.8 <= burned_s < 0.85
    assert burned_s <= spent_s < burned_s + 0.2
    assert abs(truth["total"]["cpu_s"] - sum(after_s)) < _SMALL_S


def test_counts_agree_with_those_who_asked() -> None:
    """From 8 clients of 2 processes nothing is lost and nothing counted twice, and unknown paths count too."""
    with serving(KNOWN_TRUTH, "--processes", "2") as server:
        asked_together(server, "/", clients=8, times=50)
        asked_together(server, "/nowhere", clients=2, times=5)
        total = server.truth()["total"]
    assert {"/": 400, "elsewhere": 10} == total["answered"]
    assert 400 == total["received"]["/"]
    assert {} == total["broken"]


def test_a_client_that_leaves_is_not_answered() -> None:
    """A request whose client is gone before the answer is received but never both received and in flight."""
    with serving(KNOWN_TRUTH) as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("GET", "/sleep?ms=200")
        connection.close()
        total = server.truth()["total"]
    assert 1 == total["received"]["/sleep"]
    assert 1 == total["answered"].get("/sleep", 0) + total["broken"].get("/sleep", 0)


def test_the_pool_is_as_large_as_it_says() -> None:
    """Eight clients of a pool of 2 that holds 10 ms get 200 answers per second, within the sleeping's own error."""
    with serving(KNOWN_TRUTH, "--pool", "2", "--hold-ms", "10") as server:
        spent_s = asked_together(server, "/pool", clients=8, times=20)
        pool = server.truth()["processes"][0]["pool"]
    assert 160 == pool["served"]
    assert spent_s >= 0.01 * 160 / 2
    assert pool["held_s"] <= spent_s * 2
    assert pool["waited_s"] > pool["held_s"], "six of eight wait"


def test_service_times_are_those_of_the_seed() -> None:
    """The same seed draws the same exponential service times, another seed others; their mean is as asked."""

    def drawn(seed: int) -> list[float]:
        with serving(KNOWN_TRUTH, "--seed", str(seed), "--service-ms", "2", "--slots", "4") as server:
            asked_together(server, "/mmc", clients=4, times=50)
            stays = server.truth(each=True)["processes"][0]["mmc"]["stays"]
            assert all(held_s >= drawn_s for drawn_s, _, held_s in stays)
            return sorted(drawn_s for drawn_s, _, _ in stays)

    first = drawn(1)
    assert first == drawn(1)
    assert first != drawn(2)
    assert 0.75 < np.mean(first) / 0.002 < 1.25


def test_slots_are_taken_in_the_order_of_arrival() -> None:
    """With one slot nobody overtakes: whoever came later leaves later."""
    left: list[int] = []

    def ask(server: Server, number: int) -> None:
        server.ask("/pool")
        left.append(number)

    with serving(KNOWN_TRUTH, "--pool", "1", "--hold-ms", "60") as server:
        threads = [threading.Thread(target=ask, args=(server, number)) for number in range(8)]
        for thread in threads:
            thread.start()
            time.sleep(0.03)
        for thread in threads:
            thread.join()
    assert list(range(8)) == left


def test_allocated_memory_is_resident_and_given_back() -> None:
    """50 MB that were allocated are 50 MB of the process's own memory, and free gives all of it back."""

    def private_bytes(pid: int) -> int:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) * 1024

    with serving(KNOWN_TRUTH) as server:
        server.ask("/allocate?mb=1")
        before = private_bytes(server.pid)
        allocated = server.ask("/allocate?mb=50")["allocated_bytes"]
        grown = private_bytes(server.pid) - before
        freed = server.ask("/free")["freed_bytes"]
        left = private_bytes(server.pid) - before
    assert abs(grown - allocated) < 0.01 * allocated
    assert freed > allocated
    assert left < 0.01 * allocated


def test_what_cannot_be_served_is_refused() -> None:
    """A bad number is 400, slots shared by two processes 409; the connection goes on."""
    with serving(KNOWN_TRUTH, "--processes", "2") as server:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        statuses: list[int] = []
        for path in ("/burn?ms=much", "/burn?ms=-1", "/allocate?mb=0", "/mmc", "/burn?ms=1"):
            connection.request("POST", path, body=json.dumps({"some": "body"}))
            reply = connection.getresponse()
            reply.read()
            statuses.append(reply.status)
        connection.close()
    assert [400, 400, 400, 409, 200] == statuses


def test_a_killed_server_leaves_no_process() -> None:
    """When the first process is killed the others end by themselves."""
    with serving(KNOWN_TRUTH, "--processes", "3") as server:
        others = server.pids[1:]
        assert all(map(is_alive, others))
    assert ended_within(others, 5)
