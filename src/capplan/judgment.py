"""judgment: what becomes of a given server: does it do now and at the horizon, until when, and what breaks first."""

from collections.abc import Iterable, Mapping

import numpy as np

from capplan.calendar_months import period
from capplan.catalog import Shape, sold_gib
from capplan.growth import Moment
from capplan.plan import Holding, Server, ServerVerdict
from capplan.proposal import ProposedServer
from capplan.requirement import Requirement, ResourceKind
from capplan.risk import fits, sizes
from capplan.service import Service
from capplan.sizing import SIZERS
from capplan.worlds import Array, share_of_worlds

Requirements = Mapping[ResourceKind, Requirement]


def requirements(service: Service, at: Moment) -> dict[ResourceKind, Requirement]:
    """Return what every resource needs at a moment."""
    return {kind: size(service.inputs, service.workload, at) for kind, size in SIZERS.items()}


def needs(found: Requirements) -> dict[ResourceKind, Array]:
    """Return the needs of every world."""
    return {kind: requirement.need.values for kind, requirement in found.items()}


def holdings(service: Service, shape: Shape, now: Requirements, later: Requirements) -> tuple[Holding, ...]:
    """Return per resource in which share of worlds the shape does, now and at the horizon, and until when."""
    found = []
    for kind, size in sizes(shape).items():
        months = service.timeline.months_until(kind, shape)
        found.append(
            Holding(
                resource=str(kind),
                now_ratio=share_of_worlds(now[kind].need.values <= size),
                horizon_ratio=share_of_worlds(later[kind].need.values <= size),
                until=period(service.as_of, months),
            )
        )
    return tuple(found)


def judge_server(
    service: Service,
    name: str,
    shape: Shape,
    disk_kind: str,
    now: Requirements,
    later: Requirements,
    managed: Iterable[str] = (),
) -> ServerVerdict:
    """Return the verdict on one server."""
    return ServerVerdict(
        name=name,
        server=server(shape, disk_kind),
        managed=tuple(managed),
        now_ratio=share_of_worlds(fits(needs(now), shape)),
        horizon_ratio=share_of_worlds(fits(needs(later), shape)),
        holdings=holdings(service, shape, now, later),
    )


def proposed_shape(proposed: ProposedServer) -> Shape:
    """Return the shape of a proposed server; its memory in "GB" is GiB, as servers are sold."""
    return Shape(proposed.cores, sold_gib(proposed.memory.mid), proposed.disk.mid / 1e9)


def server(shape: Shape, disk_kind: str) -> Server:
    """Return a shape as the plan shows it."""
    return Server(cores=shape.cores, memory_gib=shape.memory_gib, disk_gb=shape.disk_gb, disk_kind=disk_kind)


def joint(now: Requirements, shape: Shape) -> float:
    """Return the share of worlds in which the shape meets every need at once."""
    return share_of_worlds(np.asarray(fits(needs(now), shape)))
