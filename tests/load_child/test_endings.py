"""However it ends, the child says why in a sentence and leaves no process; what it cannot write it does not hide."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.load_child.driver import Target, load, locustfile, records

_BAD = {
    "def (": ("SyntaxError", ":1"),
    "import absent_module_of_nobody": ("absent_module_of_nobody", ":1"),
    "\nimport sys\nsys.exit('no')": ("SystemExit: no", ":3"),
    "x = 1": ("no user class", ""),
    "from locust import HttpUser\nclass Idle(HttpUser):\n    pass": ("Idle without tasks", ""),
}


def _ended(pids: list[int], within_s: float) -> bool:
    until_s = time.monotonic() + within_s
    while any(_is_alive(pid) for pid in pids) and time.monotonic() < until_s:
        time.sleep(0.02)
    return not any(_is_alive(pid) for pid in pids)


def _is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


@pytest.mark.parametrize("text", _BAD)
def test_a_bad_locustfile_is_refused(tmp_path: Path, text: str) -> None:
    """A locustfile that cannot run is refused in one sentence that names the place, and the child ends with 2."""
    found, line = _BAD[text]
    source = locustfile(tmp_path, text)
    with load(tmp_path, "http://127.0.0.1:1", locustfile=source) as child:
        assert "refused" == child.greeting["event"]
        assert source + line == child.greeting["place"]
        assert found in child.greeting["found"]
        assert "\n" not in "".join(str(part) for part in child.greeting.values())
        assert 2 == child.process.wait(10)


def test_a_class_nobody_wrote_is_refused(tmp_path: Path) -> None:
    """A user class that is not there is refused by a sentence that says which are, with workers too."""
    source = locustfile(
        tmp_path, "from locust import *\nclass Seen(HttpUser):\n    @task\n    def t(self): ...\n"
    )
    with load(tmp_path, "http://127.0.0.1:1", locustfile=source, user_classes=["Unseen"], workers=2) as child:
        assert ("'Unseen'", "refused") == (child.greeting["found"], child.greeting["event"])
        assert "Seen" in child.greeting["expected"]
        assert 2 == child.process.wait(10)


@pytest.mark.parametrize("workers", [1, 2])
def test_end_of_input_leaves_no_process(tmp_path: Path, target: Target, workers: int) -> None:
    """A parent that vanishes while requests are on their way ends the child: they are recorded, and nobody is left."""
    with load(tmp_path, target, paths=["/sleep/400"], workers=workers) as child:
        folder = child.begin(users=4, think_time_s=0.0)
        while target.total() < 4:
            time.sleep(0.01)
        assert child.process.stdin is not None
        child.process.stdin.close()
        assert 0 == child.process.wait(10)
        assert _ended(child.greeting["pids"], 1)
        assert records(folder).rows.size == target.total() == 4


def test_a_killed_master_takes_its_workers_along(tmp_path: Path, target: Target) -> None:
    """SIGKILL of the child alone ends its workers within a second, and what they had recorded is whole."""
    with load(tmp_path, target, paths=["/a"], workers=2) as child:
        folder = child.begin(users=4, think_time_s=0.05)
        time.sleep(0.5)
        child.process.kill()
        assert _ended(child.greeting["pids"], 3)
        assert records(folder).rows.size == pytest.approx(target.total(), abs=4)


def test_a_lost_worker_is_told(tmp_path: Path, target: Target) -> None:
    """SIGKILL of a worker is told at once; the step can still be stopped, and the rows of the others are there."""
    with load(tmp_path, target, paths=["/a"], workers=3) as child:
        folder = child.begin(users=6, think_time_s=0.05)
        time.sleep(0.5)
        os.kill(child.greeting["pids"][2], signal.SIGKILL)
        failed = child.hear("failed", within_s=3)
        assert "worker-lost" == failed["reason"]
        assert str(child.greeting["pids"][2]) in failed["detail"]
        assert child.stop()["recorded"] > 0
        assert records(folder).rows.size > 0
        sent = target.total()
        time.sleep(0.3)
        assert sent == target.total()


def test_signals(tmp_path: Path, target: Target) -> None:
    """SIGINT is for the parent to judge; SIGTERM stops, records what is on its way, and ends with 0."""
    with load(tmp_path, target, paths=["/sleep/300"]) as child:
        folder = child.begin(users=3, think_time_s=0.0)
        child.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert child.process.poll() is None
        child.process.send_signal(signal.SIGTERM)
        assert 0 == child.process.wait(10)
        assert records(folder).rows.size == target.total() >= 6


@pytest.mark.parametrize("workers", [1, 2])
def test_a_full_disk_is_told(tmp_path: Path, target: Target, workers: int) -> None:
    """Where rows cannot be written the parent is told why, all users stop, and the child still obeys."""
    with load(tmp_path, target, paths=["/a"], workers=workers) as child:
        (tmp_path / "001").mkdir()
        (tmp_path / "001" / f"requests-{workers - 1}.bin").symlink_to("/dev/full")
        child.begin_only(users=4, think_time_s=0.02)
        failed = child.hear("failed")
        assert ("recorder", "No space left on device") == (failed["reason"], failed["detail"])
        time.sleep(0.5)
        sent = target.total()
        time.sleep(0.3)
        assert sent == target.total() > 0
        assert child.stop()["recorded"] < sent
        assert len(child.run(0.3, users=2, think_time_s=0.02).rows) > 0
        assert 1 == [each["event"] for each in child.heard].count("failed")


def test_a_hurried_stop_does_not_wait_for_a_silent_target(tmp_path: Path, target: Target) -> None:
    """A parent in a hurry says how long it waits; requests that have no reply by then are given up."""
    with load(tmp_path, target, paths=["/hang"], timeout_s=15) as child:
        child.begin(users=3, think_time_s=0.0)
        time.sleep(0.3)
        begun = time.monotonic()
        stopped = child.stop(within_s=0.5)
        assert time.monotonic() - begun < 3
        assert 0 == stopped["recorded"]


@pytest.mark.parametrize("workers", [1, 2])
def test_a_stop_may_come_while_users_are_still_made(tmp_path: Path, target: Target, workers: int) -> None:
    """A stop at any moment after a start ends it: what was sent is recorded, and the next step is whole."""
    with load(tmp_path, target, paths=["/a"], workers=workers) as child:
        for pause_s in (0.0, 0.01, 0.05):
            before = target.total()
            folder = child.begin_only(users=300, think_time_s=0.01)
            time.sleep(pause_s)
            stopped = child.stop()
            assert records(folder).rows.size == stopped["recorded"] == target.total() - before
        before = target.total()
        found = child.run(0.4, users=4, think_time_s=0.02)
        assert len(found.rows) == target.total() - before > 0


def test_progress_and_stray_prints(tmp_path: Path, target: Target) -> None:
    """Each second the parent hears how the generator fares, and nothing that a locustfile prints, by whatever way."""
    source = locustfile(
        tmp_path,
        "import os\nfrom locust import FastHttpUser, constant, task\nprint('loaded')\n"
        "class Visitor(FastHttpUser):\n    wait_time = constant(0.05)\n    @task\n    def ask(self):\n"
        "        print('stray', flush=True)\n        os.write(1, b'{\"event\": \"forged\"}\\n')\n"
        "        self.client.get('/a')\n",
    )
    with load(tmp_path, target, locustfile=source) as child:
        child.run(2.4, users=3)
        told = [each for each in child.heard if each["event"] == "progress"]
        assert {"ready", "started", "progress", "stopped"} == {each["event"] for each in child.heard}
        assert 1 <= len(told) <= 3
        assert all(each["users"] == 3 and 0 < each["cores"] < 1 for each in told)
        assert all(0 <= each["loop_lag_p99_s"] <= each["loop_lag_s"] < 1 for each in told)
        assert "stray" in child.log.read_text()


def test_a_busy_locustfile_shows_as_lag(tmp_path: Path, target: Target) -> None:
    """A task that computes for 100 ms without letting anybody else run is seen as a late event loop."""
    source = locustfile(
        tmp_path,
        "import time\nfrom locust import FastHttpUser, constant, task\n"
        "class Visitor(FastHttpUser):\n    wait_time = constant(0.2)\n    @task\n    def ask(self):\n"
        "        until = time.thread_time() + 0.1\n        while time.thread_time() < until: pass\n"
        "        self.client.get('/a')\n",
    )
    with load(tmp_path, target, locustfile=source) as child:
        child.begin(users=1)
        assert child.hear("progress")["loop_lag_s"] > 0.05
        child.stop()


def test_locust_comes_first() -> None:
    """The package itself imports neither Locust nor requests, so that the child imports Locust before either."""
    code = "import sys, capplan.locust_child; print(*{'locust', 'gevent', 'requests', 'urllib3'} & set(sys.modules))"
    assert b"" == subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout.strip()


def test_no_settings_no_work() -> None:
    """A parent that is gone before it said anything leaves a child that ends at once, without complaint."""
    ended = subprocess.run(
        [sys.executable, "-m", "capplan.locust_child"],
        input=b"",
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert (0, b"") == (ended.returncode, ended.stdout)


_LINGERS = """
import time
from locust import FastHttpUser, TaskSet, task

class Lingers(TaskSet):
    @task
    def ask(self):
        self.client.get("/a")

    def on_stop(self):
        print("inner", flush=True)
        time.sleep(60)

class Visitor(FastHttpUser):
    tasks = [Lingers]

    def on_stop(self):
        print("outer", flush=True)
        for _ in range(60):
            self.client.get("/sleep/1000", name="logout")
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_what_users_do_last_has_an_end(tmp_path: Path, target: Target, workers: int) -> None:
    """Logouts that take a minute are cut short before the parent is tired of waiting, and none is begun twice."""
    source = locustfile(tmp_path, _LINGERS)
    with load(tmp_path, target, locustfile=source, workers=workers) as child:
        child.begin(users=4, think_time_s=0.05)
        time.sleep(0.3)
        began_s = time.monotonic()
        child.stop(within_s=0.5)
        assert time.monotonic() - began_s < 8.5
        assert (4, 4) == tuple(child.log.read_text().count(word) for word in ("inner", "outer"))


def test_open_files_are_asked_for(tmp_path: Path, target: Target) -> None:
    """A child may open as many files as it is allowed to ask for, and refuses more users than can have one each."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 512), hard))
    try:
        with load(tmp_path, target) as child:
            limit = resource.RLIMIT_NOFILE
            assert (hard, hard) == resource.prlimit(child.process.pid, limit)
            resource.prlimit(child.process.pid, limit, (200, hard))
            child.begin_only(users=300)
            refused = child.hear("refused")
            assert ("users", "300") == (refused["place"], refused["found"])
            assert refused["expected"].startswith("at most 72,")
            assert len(child.run(0.3, users=70, think_time_s=0.1).rows) > 0
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_connections_are_kept_beyond_a_thousand_files(tmp_path: Path, target: Target) -> None:
    """Where more than 1024 files are open FastHttpUser still asks again over the connection it has."""
    source = locustfile(
        tmp_path,
        "import os\nfrom locust import FastHttpUser, task\n"
        "kept = [os.open('/dev/null', os.O_RDONLY) for _ in range(1100)]\n"
        "class Visitor(FastHttpUser):\n    @task\n    def ask(self):\n        self.client.get('/a')\n",
    )
    before = target.told()["connections"]
    with load(tmp_path, target, locustfile=source) as child:
        assert len(child.run(1.0, users=2, think_time_s=0.05).rows) > 10
    assert 4 >= target.told()["connections"] - before


_COUNTS_ENTRIES = """
from locust import FastHttpUser, constant, events, task

@events.test_stop.add_listener
def tell(environment, **_):
    print("entries", len(environment.stats.entries), environment.stats.total.num_requests, flush=True)

class Visitor(FastHttpUser):
    wait_time = constant(0.01)
    asked = 0

    @task
    def ask(self):
        self.asked += 1
        self.client.get(f"/a/{self.asked}")
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_locust_keeps_no_statistics(tmp_path: Path, target: Target, workers: int) -> None:
    """Who asks for ever new paths does not make Locust's own table of them grow; every row is there all the same."""
    source = locustfile(tmp_path, _COUNTS_ENTRIES)
    with load(tmp_path, target, locustfile=source, workers=workers) as child:
        found = child.run(0.5, users=2)
        assert len(found.rows) == target.total() > 10
        told = child.log.read_text()
    assert workers == told.count("entries 0 0")


def test_workers_read_nobody_elses_configuration(
    tmp_path: Path, target: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A .locust.conf in the home of whoever calls does not change what workers are."""
    (tmp_path / ".locust.conf").write_text("master = true\ntags = [absent]\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    with load(tmp_path, target, workers=2) as child:
        assert len(child.run(0.3, users=2, think_time_s=0.05).rows) > 0
