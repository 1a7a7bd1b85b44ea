"""sampling: one sample of everything that is watched, taken at a time."""

import time
from collections.abc import Iterable, Mapping
from typing import Any

from capplan.machine.docker_engine import container_addresses, local_engine
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessReader, process_cpu_s
from capplan.machine.surroundings import Surroundings
from capplan.part import Part
from capplan.probe import Absences, Statistics
from capplan.probes import HostProbe, speed_s
from capplan.sampler.correspondent import Correspondent
from capplan.sampler.find_probes import find_probes
from capplan.scenario import Observed

_NANOSECONDS = 1e9
_FIRST_ANSWER_WITHIN_S = 5.0

Sample = dict[str, Any]
"""One line of ``samples.jsonl``, as it is going to stand there."""


class Resolved(Observed):
    """How a service is observed, once the secrets that the scenario refers to stand in their places."""

    url: str | None = None
    """Where the server answers about itself, its password included."""


class Settings(Part):
    """What is to be watched, and how often."""

    file: str
    interval_s: float = 1.0
    memory_interval_s: float = 10.0
    services: dict[str, Resolved] = {}  # noqa: RUF012 - pydantic copies it for every document
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
        self._probes = find_probes(
            Surroundings(
                processes=self._reader.read(),
                permission=Permission(frozenset(settings.allowed), container_addresses),
                engine=local_engine(),
                compose_project=settings.compose_project,
                prometheus=settings.prometheus,
                services=settings.services,
                own=frozenset(own),
            )
        )
        self.sample(full=True, answers_within_s=_FIRST_ANSWER_WITHIN_S)

    def sample(self, *, full: bool, answers_within_s: float) -> Sample:
        """Take a sample: counters at once, then memory if it is a full one, then what servers answer in time."""
        probes = self._probes
        for asked in (*probes.remote.values(), *probes.servers.values()):
            asked.ask(full=full)
        at_ns = time.monotonic_ns()
        processes = self._reader.read()
        services = {name: probe.count(processes) for name, probe in probes.local.items()}
        found: Sample = {
            "at_ns": at_ns,
            "services": services,
            "host": self._host.count(),
            "generator": _generator(self.generator),
            "speed_s": speed_s(),
        }
        if full:
            for name, probe in probes.local.items():
                services[name] |= probe.weigh()
        until_s = at_ns / _NANOSECONDS + answers_within_s
        services |= _answers(probes.remote, until_s)
        found["servers"] = _answers(probes.servers, until_s)
        found["sampler_cpu_s"] = time.process_time()
        return found

    @property
    def services(self) -> dict[str, dict[str, str]]:
        """Return how every service is watched, which one it is, and what kind."""
        found = {name: (probe.by, probe.identity) for name, probe in self._probes.local.items()}
        found |= {name: (each.probe.by, each.probe.address) for name, each in self._probes.remote.items()}
        kinds = self._probes.kinds
        return {
            name: {"by": by, "identity": identity, "kind": kinds[name]}
            for name, (by, identity) in found.items()
        }

    @property
    def absent(self) -> dict[str, Absences]:
        """Return every statistic that could not be read so far, by service (or ``host``), with the reason."""
        probes = self._probes
        found: dict[str, Absences] = {}
        for name, absences in (
            ("host", self._host.absent),
            *probes.unwatched.items(),
            *((name, probe.absent) for name, probe in probes.local.items()),
            *((name, each.probe.absent) for name, each in (*probes.remote.items(), *probes.servers.items())),
        ):
            if absences:
                found.setdefault(name, {}).update(absences)
        return found

    @property
    def servers(self) -> list[dict[str, str]]:
        """Return the servers that have said what they are."""
        return [
            {"name": name, "version": each.probe.version, "address": each.probe.address}
            for name, each in self._probes.servers.items()
            if each.probe.version
        ]


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
