"""fleet: Locust's worker processes, started by its master, watched, and ended with it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import gevent

from capplan.locust_child.orders import Settings

_LOOK_S = 0.2
_END_WITHIN_S = 3.0
_WORKER_FILE = Path(__file__).with_name("worker_file.py")


class Fleet:
    """The worker processes of a master at a port of loopback.

    Each holds the other end of a pipe: it reads its settings there, so that no secret stands in an environment or a
    file, and at its end it ends too, however its master ended.
    """

    def __init__(self, settings: Settings, port: int) -> None:
        self._pipes: list[int] = []
        self._processes = [self._launch(settings, port, number) for number in range(settings.workers)]
        self._watch: gevent.Greenlet | None = None

    def watch(self, runner: Any, lose: Callable[[int, str], None]) -> None:
        """Call ``lose`` when a worker has ended, or is not heard of any more."""
        self._watch = gevent.spawn(self._keep_watching, runner, lose)

    def end(self) -> None:
        """End all workers."""
        if self._watch is not None:
            self._watch.kill()
        for process in self._processes:  # each was asked to quit
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END_WITHIN_S)
        for pipe in self._pipes:
            os.close(pipe)
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(_END_WITHIN_S)
            process.kill()
            process.wait()

    def _launch(self, settings: Settings, port: int, number: int) -> "subprocess.Popen[bytes]":
        theirs, ours = os.pipe()
        words = (
            "-m",
            "capplan.locust_child.worker",
            "-f",
            str(_WORKER_FILE),
            "--worker",
            "--loglevel",
            "WARNING",
        )
        process = subprocess.Popen(  # noqa: S603 - Locust, with words of ours
            [sys.executable, *words, "--master-host", "127.0.0.1", "--master-port", str(port)],
            stdin=theirs,
            stdout=2,
            env={key: value for key, value in os.environ.items() if not key.startswith("LOCUST_")},
        )
        os.close(theirs)
        os.write(ours, json.dumps({"settings": settings.message(), "number": number}).encode() + b"\n")
        self._pipes.append(ours)
        return process

    def _keep_watching(self, runner: Any, lose: Callable[[int, str], None]) -> None:
        while True:
            gevent.sleep(_LOOK_S)
            for number, process in enumerate(self._processes):
                if process.poll() is not None:
                    lose(number, f"process {process.pid} ended with code {process.returncode}")
            for client in runner.clients.missing:
                lose(int(client.id.rpartition("_")[2]), "it is not heard of any more")
