"""risk: what gives way when traffic grows on a given server, and in which share of worlds the server will do.

Each limit is a function that yields traffic over today's as a quantity, so that it can be derived like any number.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from capplan.build_network import commits, container_cores, page_reads, pool_size
from capplan.calendar_months import period
from capplan.catalog import Shape
from capplan.disk_kind import NVME
from capplan.growth import Moment, traffic_factor
from capplan.plan import Break
from capplan.pooled.network import BoolArray
from capplan.profile import Role
from capplan.quantity import ONE, Quantity, constant, larger, smaller, total
from capplan.requirement import ResourceKind
from capplan.service import Service
from capplan.sizing.cpu import demand_inputs, utilization_limit
from capplan.sizing.memory import memory_parts, websocket_memory
from capplan.worlds import Array, interval, median

FARTHEST = 1000.0
_TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Limit:
    """Traffic over today's at which something gives way."""

    resource: str
    subject: str
    factor: Quantity
    more_cores_help: bool = False


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Candidate:
    """A service on a server at a tier's moment, whose limits are looked for."""

    service: Service
    at: Moment
    shape: Shape
    disk_kind: str

    def key(self, resource: str, subject: str = "") -> str:
        """Return the key of a limit's figure."""
        return self.at.key(f"breaks.{resource}{f'.{subject}' if subject else ''}_x")


def sizes(shape: Shape) -> dict[ResourceKind, float]:
    """Return what a shape has of each resource: cores, bytes, bytes."""
    return {
        ResourceKind.CPU: shape.cores,
        ResourceKind.MEMORY: shape.memory_bytes,
        ResourceKind.DISK: shape.disk_bytes,
    }


def fits(needs: dict[ResourceKind, Array], shape: Shape) -> BoolArray:
    """Tell in which worlds every need is met by the shape."""
    has = sizes(shape)
    met: BoolArray = np.logical_and.reduce([need <= has[kind] + _TINY for kind, need in needs.items()])
    return met


def breaks(candidate: Candidate) -> tuple[Break, ...]:
    """Return what gives way on a server, first things first; what traffic never breaks is left out."""
    found = sorted(limits(candidate), key=lambda limit: median(limit.factor.values))
    near = [limit for limit in found if limit.factor.values.min() < FARTHEST]
    return tuple(_break(candidate.service, limit) for limit in near)


def limits(candidate: Candidate) -> Iterator[Limit]:
    """Yield everything that traffic can exhaust on a server."""
    for find in _LIMITS:
        yield from find(candidate)


def _break(service: Service, limit: Limit) -> Break:
    low, mid, high = interval(np.minimum(limit.factor.values, FARTHEST))
    shown = [None if value >= FARTHEST else round(value, 4) for value in (low, mid, high)]
    return Break(
        key=service.show(limit.factor),
        resource=limit.resource,
        subject=limit.subject,
        low=shown[0],
        mid=shown[1],
        high=shown[2],
        more_cores_help=limit.more_cores_help,
        until=period(service.as_of, service.timeline.months_of_traffic(limit.factor.values)),
    )


def _cores(candidate: Candidate) -> Iterator[Limit]:
    service, shape = candidate.service, candidate.shape
    factor = Quantity.computed(
        candidate.key("cpu"),
        service.timeline.cores_limit(shape),
        "x",
        formula=f"max{{f : utilization(f, {shape.cores} cores) <= limit, objectives met or cores without effect}}",
        inputs=[utilization_limit(service.inputs), *demand_inputs(service.inputs, service.workload)],
    )
    yield Limit(resource="cpu", subject="", factor=factor, more_cores_help=True)


def _workers(candidate: Candidate) -> Iterator[Limit]:
    service = candidate.service
    entry = service.workload.requests[0].container
    size = pool_size(service.inputs, entry)
    values = service.timeline.workers_limit(candidate.shape.memory_bytes)
    if size is not None and np.isfinite(values).any():
        factor = Quantity.computed(
            candidate.key("workers", entry),
            values,
            "x",
            formula="max{f : objectives met on unlimited cores}",
            inputs=[
                size,
                service.inputs.assumed("job_pool_limit_ratio"),
                *demand_inputs(service.inputs, service.workload),
            ],
        )
        yield Limit(resource="workers", subject=entry, factor=factor)


def _processes(candidate: Candidate) -> Iterator[Limit]:
    """Yield the containers whose processes can use fewer cores than the machine has."""
    inputs = candidate.service.inputs
    for name in inputs.profile.containers:
        used = container_cores(candidate.service.workload, name)
        cap = _process_cores(candidate, name)
        stated = inputs.given(f"containers.{name}.cpu_limit_cores", "cores")
        if stated is not None:
            cap = stated if cap is None else smaller(cap, stated)
        if used is not None and cap is not None and used.values.min() > 0:
            factor = inputs.assumed("process_limit_ratio") * cap / used
            yield Limit(
                resource="process", subject=name, factor=factor.named(candidate.key("process", name), "x")
            )


def _process_cores(candidate: Candidate, name: str) -> Quantity | None:
    inputs = candidate.service.inputs
    role = inputs.profile.containers[name].role
    if role in {Role.GUNICORN, Role.CELERY, Role.ASGI}:
        return inputs.fixed(f"containers.{name}.processes", f"{role}_processes")
    if role == Role.NGINX:
        return _nginx_processes(candidate, name)
    return ONE if role in {Role.REDIS, Role.BEAT} else None


def _nginx_processes(candidate: Candidate, name: str) -> Quantity:
    """Return the worker processes of Nginx: one per core, as its official image sets them, unless stated."""
    stated = candidate.service.inputs.given(f"containers.{name}.processes", "processes")
    key = candidate.at.key(f"containers.{name}.processes")
    source = "worker_processes auto, as in the official image: one per core"
    return stated or constant(key, candidate.shape.cores, "processes", source)


def _jobs(candidate: Candidate) -> Iterator[Limit]:
    inputs, workload = candidate.service.inputs, candidate.service.workload
    for name in inputs.profile.of_role(Role.CELERY):
        size = pool_size(inputs, name)
        own = [stream for stream in workload.others if stream.container == name]
        if size is not None and own:
            held = total(s.rate_per_s * (total(s.cpu_s.values()) + s.waits_s) for s in own)
            factor = inputs.assumed("job_pool_limit_ratio") * size / larger(held, _TINY)
            yield Limit(resource="jobs", subject=name, factor=factor.named(candidate.key("jobs", name), "x"))


def _memory(candidate: Candidate) -> Iterator[Limit]:
    inputs = candidate.service.inputs
    if inputs.profile.websockets is None:
        return
    grown = websocket_memory(inputs, candidate.at)
    fixed = total(part for part in memory_parts(inputs, candidate.at) if part.key != grown.key)
    sockets = grown / traffic_factor(inputs, candidate.at)
    kept = 1 - inputs.assumed("memory_kernel_share_ratio")
    usable = candidate.shape.memory_bytes * kept * inputs.assumed("memory_use_limit_ratio")
    factor = larger(usable - fixed, 0) / larger(sockets, _TINY)
    yield Limit(resource="memory", subject="", factor=factor.named(candidate.key("memory"), "x"))


def _disk(candidate: Candidate) -> Iterator[Limit]:
    service = candidate.service
    inputs = service.inputs
    if not inputs.profile.of_role(Role.POSTGRESQL):
        return
    missed = Quantity.computed(
        candidate.key("iops_miss"),
        service.timeline.miss_ratio(candidate.shape.memory_bytes),
        "ratio",
        formula="hot data that memory does not hold / hot data",
        inputs=[],
    )
    each = page_reads(inputs) * missed + commits(inputs) * inputs.assumed("disk_writes_per_commit")
    kind = "disk_nvme_iops_per_s" if candidate.disk_kind == NVME else "disk_ssd_iops_per_s"
    factor = inputs.assumed(kind) / larger(service.workload.requests_per_s * each, _TINY)
    yield Limit(resource="iops", subject="", factor=factor.named(candidate.key("iops"), "x"))


def _network(candidate: Candidate) -> Iterator[Limit]:
    inputs = candidate.service.inputs
    each = inputs.get("traffic.response_size", "traffic_response_bytes")
    port = inputs.get("host.network_port", "network_port_bytes_per_s")
    factor = port / larger(candidate.service.workload.requests_per_s * each, _TINY)
    yield Limit(resource="network", subject="", factor=factor.named(candidate.key("network"), "x"))


def _connections(candidate: Candidate) -> Iterator[Limit]:
    """Yield Nginx's connections: a proxied client holds two, one on either side."""
    inputs = candidate.service.inputs
    clients = [candidate.service.workload.population, inputs.given("websockets.connections", "connections")]
    held = [each for each in clients if each is not None]
    for name in inputs.profile.of_role(Role.NGINX) if held else []:
        slots = inputs.fixed(f"containers.{name}.max_connections", "nginx_worker_connections")
        factor = slots * _nginx_processes(candidate, name) / larger(2 * total(held), _TINY)
        key = candidate.key("connections", name)
        yield Limit(resource="connections", subject=name, factor=factor.named(key, "x"))


_LIMITS: tuple[Callable[[Candidate], Iterator[Limit]], ...] = (
    _cores,
    _workers,
    _processes,
    _jobs,
    _memory,
    _disk,
    _network,
    _connections,
)
