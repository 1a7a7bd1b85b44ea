"""tiers: minimum, recommended and optimal, each from the raw need of a moment to the smallest shape that meets it."""

from dataclasses import dataclass

from capplan.build_network import MOST_CORES, consumption
from capplan.catalog import GB, GIB, Need, Shape, at_least, one_smaller, smallest_shape
from capplan.disk_kind import disk_kind
from capplan.errors import NoSolutionError
from capplan.growth import Moment, traffic_factor
from capplan.judgment import Requirements, holdings, joint, server
from capplan.plan import Placement, RawNeed, Refusal, Tier, TierName
from capplan.profile import Role
from capplan.quantity import Quantity, total
from capplan.requirement import Requirement, ResourceKind
from capplan.response_times import response_times
from capplan.risk import Candidate, breaks, sizes
from capplan.service import Service
from capplan.sizing import disk, memory
from capplan.worlds import median, quantile

_MANAGED = {Role.POSTGRESQL, Role.REDIS}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TierPolicy:
    """When and how surely a tier must hold."""

    name: TierName
    at: Moment
    quantile: Quantity


def policies(service: Service) -> tuple[TierPolicy, ...]:
    """Return the three tiers, cheapest first."""
    surely = service.inputs.assumed("plan_recommended_quantile_ratio")
    return (
        TierPolicy(
            name="minimum", at=service.now(), quantile=service.inputs.assumed("plan_minimum_quantile_ratio")
        ),
        TierPolicy(name="recommended", at=service.horizon(), quantile=surely),
        TierPolicy(name="optimal", at=service.doubled(), quantile=surely),
    )


def build_tiers(service: Service, needed: dict[str, Requirements]) -> tuple[Tier, ...]:
    """Return the tiers; each dominates the one before it.

    Raises
    ------
    NoSolutionError
        If a need is larger than the largest shape of the ladder.
    """
    tiers: list[Tier] = []
    floor: Shape | None = None
    for policy in policies(service):
        found = needed[policy.name]
        raw = raw_need(service, found, median(policy.quantile.values))
        floor = at_least(_shape(raw, policy.name), floor)
        tiers.append(_tier(service, policy, found, raw, floor, needed))
    return tuple(tiers)


def raw_need(service: Service, found: Requirements, probability: float) -> RawNeed:
    """Return the quantile of each need over the worlds."""
    needs = {kind: requirement.need for kind, requirement in found.items()}
    for requirement in found.values():
        service.show_all((requirement.need, *requirement.parts))
    cores, memory_bytes, disk_bytes = (service.decide(needs[kind], probability) for kind in ResourceKind)
    keys = tuple(needs[kind].key for kind in ResourceKind)
    return RawNeed(
        cores=cores, memory_bytes=memory_bytes, disk_bytes=disk_bytes, keys=(keys[0], keys[1], keys[2])
    )


def _shape(raw: RawNeed, name: str) -> Shape:
    need = Need(cores=raw.cores, memory_bytes=raw.memory_bytes, disk_bytes=raw.disk_bytes)
    shape = smallest_shape(need)
    if shape is None:
        raise NoSolutionError(
            f"the {name} tier needs {_most(raw.cores)} cores, {raw.memory_bytes / GIB:.0f} GiB and "
            f"{raw.disk_bytes / GB:.0f} GB, more than the largest server of the ladder; split the service first."
        )
    return shape


def _most(cores: float) -> str:
    return f"{cores:.0f}" if cores < MOST_CORES else f"{MOST_CORES:.0f} or more"


def _tier(
    service: Service,
    policy: TierPolicy,
    found: Requirements,
    raw: RawNeed,
    shape: Shape,
    needed: dict[str, Requirements],
) -> Tier:
    kind = disk_kind(service, policy.at, shape, median(policy.quantile.values))
    responses, workers = response_times(service, policy.at, found, shape)
    return Tier(
        name=policy.name,
        months=median(policy.at.months.values),
        multiplier_ratio=median(policy.at.multiplier.values),
        quantile_ratio=median(policy.quantile.values),
        need=raw,
        server=server(shape, kind),
        fits_ratio=joint(found, shape),
        smaller=_refusals(found, raw, shape, kind),
        holdings=holdings(service, shape, needed["minimum"], needed["recommended"]),
        breaks=breaks(Candidate(service=service, at=policy.at, shape=shape, disk_kind=kind)),
        responses=responses,
        workers_wanted=workers,
        utilization_key=service.show(utilization(service, policy.at, shape)),
    )


def _refusals(found: Requirements, raw: RawNeed, shape: Shape, kind: str) -> tuple[Refusal, ...]:
    need = dict(zip(map(str, ResourceKind), (raw.cores, raw.memory_bytes, raw.disk_bytes), strict=True))
    return tuple(
        Refusal(
            resource=resource,
            server=server(smaller, kind),
            fits_ratio=joint(found, smaller),
            need=need[resource],
            has=sizes(smaller)[ResourceKind(resource)],
        )
        for resource, smaller in one_smaller(shape).items()
    )


def utilization(service: Service, at: Moment, shape: Shape) -> Quantity:
    """Return the utilization of a shape in the busiest hour, without bursts."""
    used = consumption(service.inputs, service.workload)
    busy = used.scaling_cores * traffic_factor(service.inputs, at) + used.fixed_cores
    return (busy / shape.cores).named(at.key("utilization_ratio"), "ratio")


def managed_placement(service: Service, needed: Requirements, optimal: Tier) -> Placement | None:
    """Return the optimal tier with database and store off the host: what remains, and what the services need."""
    inputs = service.inputs
    moved = [n for n, c in inputs.profile.containers.items() if c.role in _MANAGED]
    if not moved:
        return None
    at = service.doubled()
    away = total(memory.container_peak(inputs, name) for name in moved)
    sold = away / inputs.assumed("memory_use_limit_ratio") / (1 - inputs.assumed("memory_kernel_share_ratio"))
    host_memory = (needed[ResourceKind.MEMORY].need - sold).named(at.key("managed_host_memory_bytes"), "B")
    local = disk.local_database_parts(inputs, at)
    freed = (
        total(local)
        / inputs.assumed("disk_use_limit_ratio")
        / (1 - inputs.assumed("disk_filesystem_share_ratio"))
    )
    host_disk = (needed[ResourceKind.DISK].need - freed).named(at.key("managed_host_disk_bytes"), "B")
    cpu = needed[ResourceKind.CPU]
    requirement = {
        ResourceKind.CPU: cpu,
        ResourceKind.MEMORY: Requirement(kind=ResourceKind.MEMORY, need=host_memory, parts=()),
        ResourceKind.DISK: Requirement(kind=ResourceKind.DISK, need=host_disk, parts=()),
    }
    raw = raw_need(service, requirement, optimal.quantile_ratio)
    peaks = {name: memory.container_peak(inputs, name) for name in moved}
    data = quantile(total(local).values, optimal.quantile_ratio)
    database = inputs.profile.of_role(Role.POSTGRESQL)
    return Placement(
        services=tuple(moved),
        host_need=raw,
        host=server(_shape(raw, "managed"), optimal.server.disk_kind),
        service_memory_bytes={
            name: quantile(peak.values, optimal.quantile_ratio) for name, peak in peaks.items()
        },
        service_disk_bytes=dict.fromkeys(database[:1], data),
    )
