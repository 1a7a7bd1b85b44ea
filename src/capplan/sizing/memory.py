"""Memory: what must never be missing (hard), in bytes of sold memory, and the hot data that should fit too (soft)."""

import numpy as np

from capplan.growth import Moment, Stored, traffic_factor
from capplan.inputs import Inputs
from capplan.profile import Role
from capplan.quantity import ONE, Quantity, smaller, total
from capplan.requirement import Requirement, ResourceKind
from capplan.workload import Workload
from capplan.worlds import Array

_APPLICATION = {Role.GUNICORN, Role.ASGI, Role.CELERY, Role.BEAT, Role.OTHER}


def size(inputs: Inputs, workload: Workload, at: Moment) -> Requirement:
    """Return the sold memory needed at a moment; less than this means that something is killed.

    (container peaks without page cache + deploy surge + system + monitoring) / limit, over what the kernel leaves.
    """
    parts = memory_parts(inputs, at)
    resident = total(parts).named(at.key("memory_resident_bytes"), "B")
    needed = resident / inputs.assumed("memory_use_limit_ratio")
    sold = needed / (1 - inputs.assumed("memory_kernel_share_ratio"))
    need = sold.named(at.key("memory_need_bytes"), "B")
    return Requirement(kind=ResourceKind.MEMORY, need=need, parts=tuple(parts))


def memory_parts(inputs: Inputs, at: Moment) -> list[Quantity]:
    """Return everything that is resident at a moment, in bytes."""
    parts = [container_peak(inputs, name) for name in inputs.profile.containers]
    parts += [deploy_surge(inputs), inputs.assumed("memory_system_bytes")]
    if inputs.profile.operations.monitoring:
        parts.append(inputs.assumed("memory_monitoring_bytes"))
    if inputs.profile.websockets is not None:
        parts.append(websocket_memory(inputs, at))
    return parts


def container_peak(inputs: Inputs, name: str) -> Quantity:
    """Return the peak of one container without page cache, at most its own limit."""
    peak = container_memory(inputs, name) * inputs.assumed("memory_peak_ratio")
    limit = inputs.given(f"containers.{name}.memory_limit", "B")
    bounded = peak if limit is None else smaller(peak, limit)
    return bounded.named(f"containers.{name}.memory_peak_bytes", "B")


def container_memory(inputs: Inputs, name: str) -> Quantity:
    """Return what one container holds without page cache, peaks aside: as stated, else from its processes."""
    stated = inputs.given(f"containers.{name}.memory", "B")
    return stated if stated is not None else _from_processes(inputs, name)


def _from_processes(inputs: Inputs, name: str) -> Quantity:
    role = inputs.profile.containers[name].role
    base = inputs.assumed("memory_base_bytes")
    if role == Role.POSTGRESQL:
        buffers = inputs.get(f"containers.{name}.shared_buffers", "memory_shared_buffers_bytes")
        each = inputs.get(f"containers.{name}.memory_per_connection", "memory_per_connection_bytes")
        return base + buffers + database_connections(inputs) * each
    if role == Role.REDIS:
        return inputs.assumed("memory_store_bytes")
    if role == Role.NGINX:
        return inputs.assumed("memory_nginx_bytes")
    if role in {Role.BEAT, Role.OTHER}:
        return base + inputs.get(f"containers.{name}.memory_per_process", "memory_per_process_bytes")
    processes = inputs.fixed(f"containers.{name}.processes", f"{role}_processes")
    return base + processes * inputs.get(f"containers.{name}.memory_per_process", "memory_per_process_bytes")


def database_connections(inputs: Inputs) -> Quantity:
    """Return the connections held open: one per worker of every container that asks the database."""
    held = []
    for name, container in inputs.profile.containers.items():
        if container.role == Role.GUNICORN:
            threads = inputs.fixed(f"containers.{name}.threads", "gunicorn_threads")
            held.append(inputs.fixed(f"containers.{name}.processes", "gunicorn_processes") * threads)
        elif container.role in {Role.CELERY, Role.ASGI}:
            held.append(inputs.fixed(f"containers.{name}.processes", f"{container.role}_processes"))
        elif container.role == Role.OTHER:
            held.append(ONE)
    pools = [
        inputs.given(f"containers.{n}.connection_pool", "connections") for n in inputs.profile.containers
    ]
    pooled = next((pool for pool in pools if pool is not None), None)
    return (pooled * ONE if pooled is not None else total(held)).named("database.connections", "connections")


def deploy_surge(inputs: Inputs) -> Quantity:
    """Return the memory of the old application containers that still run while the new ones start."""
    peaks = [
        container_peak(inputs, n) for n, c in inputs.profile.containers.items() if c.role in _APPLICATION
    ]
    return (inputs.assumed("memory_deploy_surge_ratio") * total(peaks)).named(
        "memory.deploy_surge_bytes", "B"
    )


def websocket_memory(inputs: Inputs, at: Moment) -> Quantity:
    """Return the memory of open WebSocket connections, which grow with traffic."""
    each = inputs.get("websockets.memory_per_connection", "memory_per_websocket_bytes")
    connections = inputs.number("websockets.connections") * traffic_factor(inputs, at)
    return (connections * each).named(at.key("websocket_memory_bytes"), "B")


def hot_data(inputs: Inputs, data: Stored, at: Moment) -> Quantity:
    """Return the part of the database that is read again and again, in bytes."""
    return (inputs.get("data.hot_ratio", "disk_hot_ratio") * data.database_bytes).named(
        at.key("hot_data_bytes"), "B"
    )


def miss_ratio(inputs: Inputs, resident: Quantity, hot: Quantity, sold_bytes: float) -> Array:
    """Return the share of hot pages that must come from disk when ``sold_bytes`` of memory are there, per world.

    The page cache gets what the resident memory leaves; hot pages are taken to be read equally often.
    """
    seen = sold_bytes * (1 - inputs.assumed("memory_kernel_share_ratio").values)
    cache = np.maximum(seen - resident.values, 0.0)
    short = np.maximum(hot.values - cache, 0.0)
    return np.divide(short, hot.values, out=np.zeros_like(short), where=hot.values > 0)
