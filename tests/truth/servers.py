"""servers: the two servers of this folder's tests, each started for a while and asked what it knows."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KNOWN_TRUTH = Path(__file__).parents[2] / "scenarios" / "known-truth" / "server.py"
FAULT_SERVER = Path(__file__).with_name("fault_server.py")
_TRUTH_WITHIN_MS = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server: where it listens, and its processes, the first of which is ``pid``."""

    port: int
    pid: int
    pids: tuple[int, ...]
    elsewhere: dict[str, Any]

    @property
    def url(self) -> str:
        """Return its base URL."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str) -> Any:  # noqa: ANN401 - whatever JSON says
        """Return what it answers, over a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path, headers={"Connection": "close"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def truth(self, *, each: bool = False) -> Any:  # noqa: ANN401 - whatever JSON says
        """Return what the known-truth server knows, once nothing is in flight."""
        found = self.ask(f"/truth?settle_ms={_TRUTH_WITHIN_MS}" + ("&each=1" if each else ""))
        assert found["in_flight"] == 0, "requests are still in flight"
        return found

    def kill(self, *, reaped: bool = True) -> None:
        """Kill all its processes at once; the first stays behind as a zombie if it is not reaped."""
        for pid in reversed(self.pids):
            os.kill(pid, signal.SIGKILL)
        if reaped:
            os.waitpid(self.pid, 0)


@contextmanager
def serving(program: Path, *words: str) -> Iterator[Server]:
    """Run a server for a while."""
    with subprocess.Popen(
        [sys.executable, str(program), *words], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            told = json.loads(process.stdout.readline())
            pids = tuple(told.get("pids", [told["pid"]]))
            yield Server(port=told["port"], pid=told["pid"], pids=pids, elsewhere=told.get("elsewhere", {}))
        finally:
            process.kill()


def asked_together(server: Server, path: str, clients: int, times: int) -> float:
    """Ask for a path from several clients at once, each over one connection, and return how long that took."""

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        for _ in range(times):
            connection.request("GET", path)
            connection.getresponse().read()
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    begun_s = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - begun_s
