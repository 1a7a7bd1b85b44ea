"""worker_file: what Locust loads in each of its workers: the user's own classes, driven by a generator."""

import json
import os
import signal
from types import SimpleNamespace

import gevent
import locust.runners
from locust import User, events

from capplan.locust_child.generator import Generator
from capplan.locust_child.orders import Settings
from capplan.locust_child.parent_pipe import lines_of


def _classes() -> dict[str, type[User]]:
    """Return the classes by name, once their generator waits for the runner."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    told = json.loads(next(pipe := lines_of(0)))
    number = told["number"]
    # Locust hands users to its workers in the order of their ids: by number, so that each run gives each the same.
    locust.runners.uuid4 = lambda: SimpleNamespace(hex=f"{number:08}")  # type: ignore[assignment, attr-defined, return-value]
    generator = Generator(Settings.of(told["settings"]), number)
    events.init.add_listener(lambda environment, **_named: generator.join(environment))

    def end_with_master() -> None:
        for _ in pipe:
            pass
        generator.flush()
        os._exit(3)

    gevent.spawn(end_with_master)
    return {each.__name__: each for each in generator.classes}


if __name__ == "worker_file":  # as Locust calls it; nobody else may read the pipe
    globals().update(_classes())
