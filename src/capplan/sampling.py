"""sampling: every probe of a run found, and one sample of them all taken at a time."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from capplan.correspondent import Correspondent
from capplan.docker_engine import container_addresses, local_engine
from capplan.part import Part
from capplan.permission import Permission
from capplan.probe import WHOLE, Absences, AbsentError, ServiceProbe, Statistics, reason
from capplan.probes import LOCAL, REMOTE, SERVERS, HostProbe, speed_s
from capplan.process_table import ProcessReader, process_cpu_s
from capplan.scenario import Observed
from capplan.surroundings import Surroundings

_NANOSECONDS = 1e9
_FIRST_ANSWER_WITHIN_S = 5.0
_REMOTE_EVERY_S = 5.0  # a Prometheus scrapes seldom, and every question costs it something

Found = dict[str, Any]


class Settings(Part):
    """What is to be watched, and how often: the first line the sampler is told."""

    file: str
    interval_s: float = 1.0
    memory_interval_s: float = 10.0
    services: dict[str, Observed] = {}
    prometheus: str | None = None
    compose_project: str | None = None
    generator_pids: tuple[int, ...] = ()
    allowed: tuple[str, ...] = ()


class Sampling:
    """All probes of a run.

    Parameters
    ----------
    own : processes of capplan itself, which belong to no service.
    """

    def __init__(self, settings: Settings, *, own: Iterable[int]) -> None:
        self.generator: tuple[int, ...] = settings.generator_pids
        self._reader = ProcessReader()
        self._host = HostProbe()
        self._unwatched: dict[str, Absences] = {}
        self._services: dict[str, ServiceProbe] = {}
        self._remote: dict[str, Correspondent] = {}
        self._servers: dict[str, Correspondent] = {}
        around = Surroundings(
            processes=self._reader.read(),
            permission=Permission(frozenset(settings.allowed), container_addresses),
            engine=local_engine(),
            compose_project=settings.compose_project,
            prometheus=settings.prometheus,
            services=settings.services,
            own=frozenset(own),
        )
        around = replace(around, services=self._of_compose(around) | around.services)
        for name, watched in around.services.items():
            self._open(name, watched, around)
        self.sample(full=True, answers_within_s=_FIRST_ANSWER_WITHIN_S)

    def sample(self, *, full: bool, answers_within_s: float) -> Found:
        """Take a sample: counters at once, then memory if it is a full one, then what servers answer in time."""
        for asked in (*self._remote.values(), *self._servers.values()):
            asked.ask(full=full)
        at_ns = time.monotonic_ns()
        processes = self._reader.read()
        services = {name: probe.count(processes) for name, probe in self._services.items()}
        found = {
            "at_ns": at_ns,
            "services": services,
            "host": self._host.count(),
            "generator": _generator(self.generator),
            "speed_s": speed_s(),
        }
        if full:
            for name, probe in self._services.items():
                services[name] |= probe.weigh()
        until_s = at_ns / _NANOSECONDS + answers_within_s
        found["services"] = services | _answers(self._remote, until_s)
        found["servers"] = _answers(self._servers, until_s)
        found["sampler_cpu_s"] = time.process_time()
        return found

    @property
    def services(self) -> dict[str, dict[str, str]]:
        """Return how every service is watched, and what it is."""
        remote = {
            name: {"by": each.probe.by, "identity": each.probe.address} for name, each in self._remote.items()
        }
        return remote | {
            name: {"by": each.by, "identity": each.identity} for name, each in self._services.items()
        }

    @property
    def absent(self) -> dict[str, Absences]:
        """Return every statistic that could not be read so far, with the reason."""
        found: dict[str, Absences] = {"host": dict(self._host.absent)}
        asked = [*self._remote.items(), *self._servers.items()]
        for name, absences in (
            *self._unwatched.items(),
            *((name, each.absent) for name, each in self._services.items()),
            *((name, each.probe.absent) for name, each in asked),
        ):
            found.setdefault(name, {}).update(absences)
        return {name: absences for name, absences in found.items() if absences}

    @property
    def servers(self) -> list[dict[str, str]]:
        """Return the servers that have said what they are."""
        return [
            {"name": name, "version": each.probe.version, "address": each.probe.address}
            for name, each in self._servers.items()
            if each.probe.version
        ]

    def _of_compose(self, around: Surroundings) -> dict[str, Observed]:
        """Return the services of the Compose project that runs, whether or not the scenario names them."""
        if around.compose_project is None or around.engine is None:
            return {}
        try:
            containers = around.engine.containers(around.compose_project)
        except AbsentError as error:
            self._unwatched["compose_project"] = {WHOLE: reason(error)}
            return {}
        named = {watched.compose_service or name for name, watched in around.services.items()}
        found = {each.compose_service for each in containers if each.compose_service is not None}
        return {name: Observed() for name in sorted(found - named)}

    def _open(self, name: str, watched: Observed, around: Surroundings) -> None:
        """Find the way in which a service is watched, and ask its server too where it has one."""
        reasons = []
        for watch in LOCAL.values():
            try:
                probe = watch(name, watched, around)
            except (AbsentError, OSError) as error:
                reasons.append(reason(error))
                continue
            if probe is not None:
                self._services[name] = probe
                break
        else:
            self._open_remote(name, watched, around, reasons)
        ask = SERVERS.get(watched.kind)
        if ask is not None:
            self._correspond(self._servers, name, ask, watched, around)

    def _open_remote(self, name: str, watched: Observed, around: Surroundings, reasons: list[str]) -> None:
        for ask in REMOTE.values():
            self._correspond(self._remote, name, ask, watched, around)
        if name not in self._remote:
            unknown = "nothing in the scenario says where it runs"
            self._unwatched[name] = {WHOLE: "; ".join(dict.fromkeys(reasons)) or unknown}

    def _correspond(self, into: dict[str, Correspondent], name: str, ask: Ask, watched: Observed, around: Surroundings) -> None:
        try:
            probe = ask(name, watched, around)
        except AbsentError as error:
            self._unwatched.setdefault(name, {}).setdefault(watched.kind, reason(error))
            return
        if probe is not None:
            every_s = _REMOTE_EVERY_S if into is self._remote else 0.0
            into[name] = Correspondent(probe, every_s=every_s)


def _generator(pids: Iterable[int]) -> dict[str, float]:
    """Return the processor time of each process of the load generator that lives."""
    found = {}
    for pid in pids:
        try:
            found[str(pid)] = process_cpu_s(pid)
        except OSError:
            continue
    return found


def _answers(asked: Mapping[str, Correspondent], until_s: float) -> dict[str, Statistics]:
    found = {name: each.answer(until_s) for name, each in asked.items()}
    return {name: answer for name, answer in found.items() if answer}
