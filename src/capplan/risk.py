"""risk: what gives way first when traffic grows on a given server, and in which share of worlds the server will do."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capplan.build_network import commits, container_cores, page_reads, pool_size
from capplan.catalog import Shape
from capplan.disk_kind import NVME
from capplan.growth import Moment
from capplan.inputs import Inputs
from capplan.network import BoolArray
from capplan.plan import Break
from capplan.profile import Role
from capplan.quantity import total
from capplan.requirement import ResourceKind
from capplan.service import Service
from capplan.sizing.memory import memory_parts, websocket_memory
from capplan.workload import Workload
from capplan.worlds import WORLD_COUNT, Array, interval, median

_FARTHEST = 1000.0
_ONE_CORE_EACH = {
    Role.REDIS: None,
    Role.BEAT: None,
    Role.NGINX: "nginx_processes",
    Role.ASGI: "asgi_processes",
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Limit:
    """Traffic over today's at which something gives way, per world."""

    resource: str
    subject: str
    factor: Array
    more_cores_help: bool = False


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
    met: BoolArray = np.logical_and.reduce([need <= has[kind] + 1e-9 for kind, need in needs.items()])
    return met


def breaks(service: Service, at: Moment, shape: Shape, disk_kind: str) -> tuple[Break, ...]:
    """Return what gives way on a server, first things first; what traffic never breaks is left out."""
    found = sorted(limits(service, at, shape, disk_kind), key=lambda limit: median(limit.factor))
    return tuple(_break(limit) for limit in found if limit.factor.min() < _FARTHEST)


def _break(limit: Limit) -> Break:
    low, mid, high = interval(np.minimum(limit.factor, _FARTHEST))
    shown = [None if value >= _FARTHEST else round(value, 4) for value in (low, mid, high)]
    return Break(
        resource=limit.resource,
        subject=limit.subject,
        low=shown[0],
        mid=shown[1],
        high=shown[2],
        more_cores_help=limit.more_cores_help,
    )


def limits(service: Service, at: Moment, shape: Shape, disk_kind: str) -> Iterator[Limit]:
    """Yield everything that traffic can exhaust on a server."""
    inputs, workload, timeline = service.inputs, service.workload, service.timeline
    yield Limit(resource="cpu", subject="", factor=timeline.cores_limit(shape), more_cores_help=True)
    workers = timeline.workers_limit(shape.memory_bytes)
    if np.isfinite(workers).any():
        yield Limit(resource="workers", subject=workload.requests[0].container, factor=workers)
    yield from _process_limits(inputs, workload)
    yield from _job_limits(inputs, workload)
    yield from _memory_limit(inputs, at, shape)
    yield from _disk_limits(inputs, workload, timeline.miss_ratio(shape.memory_bytes), nvme=disk_kind == NVME)
    yield from _network_limits(inputs, workload)


def _process_limits(inputs: Inputs, workload: Workload) -> Iterator[Limit]:
    """Yield the containers whose processes can use fewer cores than the machine has."""
    for name, container in inputs.profile.containers.items():
        used = container_cores(workload, name)
        cap = _process_cores(inputs, name)
        stated = inputs.given(f"containers.{name}.cpu_limit_cores", "cores")
        if stated is not None:
            cap = np.minimum(cap, stated.values)
        if used is not None and np.isfinite(cap).all() and used.values.min() > 0:
            factor = inputs.assumed("process_limit_ratio").values * cap / used.values
            yield Limit(resource="process", subject=f"{name} ({container.role})", factor=factor)


def _process_cores(inputs: Inputs, name: str) -> Array:
    role = inputs.profile.containers[name].role
    if role in {Role.GUNICORN, Role.CELERY}:
        return inputs.fixed(f"containers.{name}.processes", f"{role}_processes").values
    if role not in _ONE_CORE_EACH:
        return np.full(WORLD_COUNT, np.inf)
    assumption = _ONE_CORE_EACH[role]
    return (
        inputs.fixed(f"containers.{name}.processes", assumption).values
        if assumption
        else np.ones(WORLD_COUNT)
    )


def _job_limits(inputs: Inputs, workload: Workload) -> Iterator[Limit]:
    for name in inputs.profile.of_role(Role.CELERY):
        size = pool_size(inputs, name)
        own = [stream for stream in workload.others if stream.container == name]
        if size is not None and own:
            held = total(s.rate_per_s * (total(s.cpu_s.values()) + s.waits_s) for s in own)
            factor = (
                inputs.assumed("job_pool_limit_ratio").values * size.values / np.maximum(held.values, 1e-12)
            )
            yield Limit(resource="jobs", subject=name, factor=factor)


def _memory_limit(inputs: Inputs, at: Moment, shape: Shape) -> Iterator[Limit]:
    if inputs.profile.websockets is None:
        return
    today = websocket_memory(inputs, at).values
    fixed = total(memory_parts(inputs, at)).values - today
    kernel = inputs.assumed("memory_kernel_share_ratio").values
    usable = shape.memory_bytes * (1 - kernel) * inputs.assumed("memory_use_limit_ratio").values
    with np.errstate(divide="ignore"):
        yield Limit(
            resource="memory", subject="", factor=np.maximum(usable - fixed, 0.0) / np.maximum(today, 1e-9)
        )


def _disk_limits(inputs: Inputs, workload: Workload, missed: Array, *, nvme: bool) -> Iterator[Limit]:
    if not inputs.profile.of_role(Role.POSTGRESQL):
        return
    rate = workload.requests_per_s.values
    writes = commits(inputs).values * inputs.assumed("disk_writes_per_commit").values
    operations = rate * (page_reads(inputs).values * missed + writes)
    ceiling = inputs.assumed("disk_nvme_iops_per_s" if nvme else "disk_ssd_iops_per_s").values
    yield Limit(resource="iops", subject="", factor=ceiling / np.maximum(operations, 1e-9))


def _network_limits(inputs: Inputs, workload: Workload) -> Iterator[Limit]:
    each = inputs.get("traffic.response_size", "traffic_response_bytes").values
    port = inputs.get("host.network_port", "network_port_bytes_per_s").values
    yield Limit(resource="network", subject="", factor=port / (workload.requests_per_s.values * each))
    users = workload.population
    for name in inputs.profile.of_role(Role.NGINX):
        slots = inputs.fixed(f"containers.{name}.max_connections", "nginx_worker_connections").values
        processes = inputs.fixed(f"containers.{name}.processes", "nginx_processes").values
        sockets = inputs.given("websockets.connections", "connections")
        held = (users.values if users is not None else 0.0) + (sockets.values if sockets is not None else 0.0)
        if np.max(held) > 0:
            yield Limit(
                resource="connections", subject=name, factor=slots * processes / (2 * np.maximum(held, 1e-9))
            )
