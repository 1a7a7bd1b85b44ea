"""child: the program: settings in, then orders, one step after the other, until the parent says quit or is gone."""

import os
import signal
import sys
import time
from typing import NoReturn

import gevent
import locust
from locust.argument_parser import get_parser
from locust.env import Environment

from capplan.errors import EXIT_BAD_INPUT, EXIT_FINE, EXIT_INVALID_MEASUREMENT, InputError
from capplan.locust_child.conductor import Conductor
from capplan.locust_child.descriptors import raise_limit
from capplan.locust_child.fleet import Fleet
from capplan.locust_child.generator import Generator
from capplan.locust_child.guard import Guard, forget_proxies
from capplan.locust_child.locustfile import read_users, task_names
from capplan.locust_child.orders import Order, Settings
from capplan.locust_child.parent_pipe import ParentPipe


def main() -> NoReturn:
    """Obey the parent, and leave nothing behind."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    forget_proxies()
    raise_limit()
    pipe = ParentPipe()
    gevent.signal_handler(signal.SIGTERM, pipe.end)
    messages = pipe.messages()
    first = next(messages, None)
    if first is None:
        _leave(EXIT_FINE)
    settings = Settings.of(first)
    try:
        conductor, fleet = _fleet(settings, pipe) if settings.workers > 1 else (_alone(settings, pipe), None)
    except InputError as error:
        _refuse(pipe, error)
        _leave(EXIT_BAD_INPUT)
    try:
        _greet(pipe, conductor)
        for message in messages:
            if message["do"] == "quit":
                break
            _obey(pipe, conductor, message)
        conductor.quit()
    except TimeoutError as error:
        pipe.say("failed", reason="crashed", detail=str(error))
        _leave(EXIT_INVALID_MEASUREMENT)
    finally:
        if fleet is not None:
            fleet.end()
    _leave(EXIT_FINE)


def _alone(settings: Settings, pipe: ParentPipe) -> Conductor:
    """Return the conductor of a generator in this process."""
    generator = Generator(settings, 0)
    environment = Environment(
        user_classes=list(generator.classes),
        events=locust.events,
        host=settings.base_url,
        parsed_options=get_parser(default_config_files=[]).parse_args([], env_vars={}),
    )
    runner = environment.create_local_runner()
    conductor = Conductor(environment, generator.tasks, 1, timeout_s=settings.timeout_s, say=pipe.say)
    environment.events.init.fire(environment=environment, runner=runner, web_ui=None)
    generator.join(environment)
    return conductor


def _fleet(settings: Settings, pipe: ParentPipe) -> tuple[Conductor, Fleet]:
    """Return the conductor of Locust's own master, and its workers."""
    Guard(settings.allowed, settings.pinned).install()
    classes = read_users(settings)
    environment = Environment(user_classes=list(classes), events=locust.events, host=settings.base_url)
    runner = environment.create_master_runner("127.0.0.1", 0)
    tasks = {each: list(each.tasks) for each in classes}
    conductor = Conductor(environment, tasks, settings.workers, timeout_s=settings.timeout_s, say=pipe.say)
    environment.events.init.fire(environment=environment, runner=runner, web_ui=None)
    fleet = Fleet(settings, runner.server.port)
    fleet.watch(runner, conductor.lose)
    return conductor, fleet


def _greet(pipe: ParentPipe, conductor: Conductor) -> None:
    own, others = os.getpid(), conductor.await_generators()
    pipe.say(
        "ready",
        at_ns=time.monotonic_ns(),
        locust=locust.__version__,
        user_classes=[each.__name__ for each in conductor.tasks],
        tasks=sorted({name for tasks in conductor.tasks.values() for name in task_names(tasks)}),
        pids=[own, *(pid for pid in others if pid != own)],
    )


def _obey(pipe: ParentPipe, conductor: Conductor, message: dict[str, object]) -> None:
    if message["do"] == "start":
        try:
            conductor.start(Order.of(message))
        except InputError as error:
            _refuse(pipe, error)
    elif message["do"] == "stop":
        within_s = message.get("within_s")
        stopped = conductor.stop(float(within_s) if isinstance(within_s, int | float) else None)
        pipe.say("stopped", at_ns=time.monotonic_ns(), **stopped)


def _refuse(pipe: ParentPipe, error: InputError) -> None:
    pipe.say("refused", place=error.place, found=error.found, expected=error.expected, remedy=error.remedy)


def _leave(code: int) -> NoReturn:
    """End without waiting for anything that a locustfile left running."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
