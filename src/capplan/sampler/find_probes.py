"""find_probes: for every service of a scenario the way it is watched, the server that is asked, or why neither is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from capplan.container_role import command_words, guessed_role
from capplan.machine.absence import AbsentError, reason
from capplan.machine.docker_engine import Container
from capplan.machine.surroundings import Surroundings
from capplan.probe import WHOLE, Absences, ServiceProbe
from capplan.probes import LOCAL, REMOTE, SERVERS
from capplan.profile import Role
from capplan.sampler.correspondent import Correspondent
from capplan.scenario import Observed

_REMOTE_EVERY_S = 5.0  # a Prometheus scrapes seldom, and every question costs it something
_NOWHERE = "nothing in the scenario says where it runs"

Probe = TypeVar("Probe")


@dataclass(frozen=True, slots=True)
class Probes:
    """Every probe by the name of its service, and for what has none the reason."""

    local: dict[str, ServiceProbe] = field(default_factory=dict)
    remote: dict[str, Correspondent] = field(default_factory=dict)
    servers: dict[str, Correspondent] = field(default_factory=dict)
    unwatched: dict[str, Absences] = field(default_factory=dict)
    kinds: dict[str, Role] = field(default_factory=dict)
    """What runs there, as the scenario says or as a container of the Compose project looks."""


def find_probes(around: Surroundings) -> Probes:
    """Find the probes of all services, those of a Compose project that the scenario does not name included."""
    found = Probes()
    around = replace(around, services=_of_compose(around, found.unwatched) | dict(around.services))
    for name, watched in around.services.items():
        found.kinds[name] = watched.kind
        reasons: list[str] = []
        if local := _first(LOCAL.values(), name, watched, around, reasons):
            found.local[name] = local
        elif remote := _first(REMOTE.values(), name, watched, around, reasons):
            found.remote[name] = Correspondent(remote, every_s=_REMOTE_EVERY_S)
        else:
            found.unwatched[name] = {WHOLE: "; ".join(dict.fromkeys(reasons)) or _NOWHERE}
        reasons.clear()
        kinds = [SERVERS[watched.kind]] if watched.kind in SERVERS else []
        if server := _first(kinds, name, watched, around, reasons):
            found.servers[name] = Correspondent(server)
        elif reasons:
            found.unwatched.setdefault(name, {})[watched.kind] = reasons[0]
    return found


def _first(
    ways: Iterable[Callable[[str, Observed, Surroundings], Probe | None]],
    name: str,
    watched: Observed,
    around: Surroundings,
    reasons: list[str],
) -> Probe | None:
    """Return the first way that fits, and note why those before it that were meant did not."""
    for open_probe in ways:
        try:
            probe = open_probe(name, watched, around)
        except (AbsentError, OSError) as error:
            reasons.append(reason(error))
            continue
        if probe is not None:
            return probe
    return None


def _of_compose(around: Surroundings, unwatched: dict[str, Absences]) -> dict[str, Observed]:
    """Return the services of the running Compose project that the scenario does not name."""
    if around.compose_project is None or around.engine is None:
        return {}
    try:
        containers = around.engine.containers(around.compose_project)
    except AbsentError as error:
        unwatched["compose_project"] = {WHOLE: reason(error)}
        return {}
    named = {watched.compose_service or name for name, watched in around.services.items()}
    return {
        each.compose_service: Observed(kind=_kind(each))
        for each in sorted(containers, key=lambda container: container.name)
        if each.compose_service is not None and each.compose_service not in named
    }


def _kind(container: Container) -> Role:
    words = command_words(container.command)
    return guessed_role(container.compose_service or container.name, container.image, words)
