"""recommend: from a service profile to a plan."""

from collections.abc import Iterable, Sequence
from datetime import date
from math import ceil
from typing import NamedTuple

from capplan import __version__
from capplan.assumptions import assumptions
from capplan.backups import backup_figures
from capplan.catalog import Shape
from capplan.claims import proposal_findings
from capplan.contradictions import service_findings
from capplan.disk_kind import SSD
from capplan.facts import contradicted, gives_way_today, service_facts, unknowns
from capplan.growth import traffic_factor
from capplan.inputs import Inputs
from capplan.judgment import Requirements, judge_server, proposed_shape, requirements
from capplan.outlook import actions, alerts, influences
from capplan.plan import AssumptionUsed, Availability, Crosscheck, Plan, Proposals, ServerVerdict, Tier
from capplan.profile import ServiceProfile
from capplan.scaling import obstacles
from capplan.service import Service
from capplan.tiers import build_tiers, managed_placement, policies
from capplan.timeline import Timeline
from capplan.workload import build_workload
from capplan.worlds import median

_CLASSES = ("very_low", "low", "moderate")


class _Asked(NamedTuple):
    """Where the profile came from, and what was asked for beside the tiers."""

    name: str
    digest: str
    servers: tuple[ServerVerdict, ...]
    crosscheck: Crosscheck | None


def recommend(
    profile: ServiceProfile,
    *,
    as_of: date,
    name: str,
    digest: str,
    servers: Sequence[Shape] = (),
    simulate: bool = False,
) -> Plan:
    """Return the plan for a profile.

    Parameters
    ----------
    as_of : the day the profile describes; its own ``as_of`` wins over this one.
    name : where the profile came from, for messages and the report.
    digest : SHA-256 of the profile as it was read.
    servers : servers to judge beside the tiers.
    simulate : try the recommended tier out, beside what is computed of it.

    Raises
    ------
    InputError
        If the numbers of the profile contradict one another.
    NoSolutionError
        If no server of the ladder is large enough.
    """
    inputs = Inputs(profile, name)
    workload = build_workload(inputs)
    service = Service(
        inputs=inputs, workload=workload, timeline=Timeline(inputs, workload), as_of=profile.as_of or as_of
    )
    needed: dict[str, Requirements] = {
        policy.name: requirements(service, policy.at) for policy in policies(service)
    }
    tiers = build_tiers(service, needed)
    _show_context(service)
    asked = _Asked(
        name=name,
        digest=digest,
        servers=_verdicts(service, servers, needed),
        crosscheck=_tried(service, needed, tiers) if simulate else None,
    )
    return _plan(service, needed, tiers, asked)


def _tried(service: Service, needed: dict[str, Requirements], tiers: tuple[Tier, ...]) -> Crosscheck:
    """Simulate the recommended tier."""
    # The simulator takes a second to load, and a plan that is only computed does without.
    from capplan.crosscheck import crosscheck  # noqa: PLC0415

    tier, at = tiers[1], policies(service)[1].at
    shape = Shape(cores=tier.server.cores, memory_gib=tier.server.memory_gib, disk_gb=tier.server.disk_gb)
    return crosscheck(service, tier, at, needed[tier.name], shape)


def _plan(service: Service, needed: dict[str, Requirements], tiers: tuple[Tier, ...], asked: _Asked) -> Plan:
    """Put the plan together; the figures come after all that shows some, and the proposals after the figures."""
    inputs = service.inputs
    _, recommended, optimal = tiers
    found = alerts(service, recommended)
    return Plan(
        capplan_version=__version__,
        profile=asked.name,
        profile_sha256=asked.digest,
        as_of=service.as_of,
        horizon_months=median(service.horizon_months().values),
        service=service_facts(service, recommended),
        traffic_class=traffic_class(service, recommended),
        tiers=tiers,
        crosscheck=asked.crosscheck,
        placement=managed_placement(service, needed["optimal"], optimal),
        servers=asked.servers,
        availability=_availability(service),
        obstacles=tuple(obstacles(inputs)),
        findings=(
            *contradicted(asked.crosscheck, service.noted),
            *service_findings(inputs, service.workload),
            *gives_way_today(recommended),
        ),
        actions=actions(service, recommended, found),
        alerts=found,
        influences=influences(needed["recommended"]),
        unknowns=tuple(unknowns(service)),
        figures=(figures := service.figures()),
        assumptions=tuple(
            AssumptionUsed(key=key, how=each.how, as_of=each.as_of)
            for key, each in assumptions().items()
            if key in figures
        ),
        proposals=_proposals(service, needed),
    )


def _show_context(service: Service) -> None:
    """Keep the figures a report tells although no tier refers to them."""
    workload, inputs = service.workload, service.inputs
    service.show(workload.requests_per_s)
    service.show_all(q for q in (workload.population, workload.think_time_s) if q is not None)
    service.show(traffic_factor(inputs, service.horizon()))
    backups = backup_figures(inputs, service.horizon())
    service.show_all(
        (backups.off_site_bytes, backups.window_s, backups.recovery_point_s, backups.recovery_time_s)
    )
    if inputs.profile.operations.monitoring:
        monitoring = ("memory_monitoring_bytes", "cpu_monitoring_cores")
        service.show_all(inputs.assumed(key) for key in monitoring)


def traffic_class(service: Service, tier: Tier) -> str:
    """Return the class of the traffic: by the central utilization of the recommended server, without bursts."""
    busy = median(next(q for q in service.shown if q.key == tier.utilization_key).values)
    for name in _CLASSES:
        bound = service.inputs.assumed(f"class_{name}_ratio")
        service.show(bound)
        if busy < median(bound.values):
            return name
    return "high"


def _verdicts(
    service: Service, shapes: Iterable[Shape], needed: dict[str, Requirements]
) -> tuple[ServerVerdict, ...]:
    now, later = needed["minimum"], needed["recommended"]
    return tuple(
        judge_server(service, f"{s.cores}:{s.memory_gib:g}GB:{s.disk_gb:g}GB", s, SSD, now, later)
        for s in shapes
    )


def _availability(service: Service) -> Availability:
    """Return the servers asked for by capacity (one: a tier was found) and by the availability objective.

    Servers in parallel fail independently at best: n of them are down together (1 - a)^n of the time.
    """
    inputs = service.inputs
    single = inputs.assumed("availability_single_server_ratio")
    objective = inputs.given("objectives.availability_ratio", "ratio")
    key = service.show(single)
    if objective is None:
        return Availability(by_capacity=1, by_availability=None, single_server_key=key, objective_ratio=None)
    service.show(objective)
    wanted, has = median(objective.values), median(single.values)
    count = 1
    while 1 - (1 - has) ** count < wanted and count < ceil(1e3):
        count += 1
    return Availability(by_capacity=1, by_availability=count, single_server_key=key, objective_ratio=wanted)


def _proposals(service: Service, needed: dict[str, Requirements]) -> Proposals | None:
    now, later = needed["minimum"], needed["recommended"]
    proposal = service.inputs.profile.proposal
    if proposal is None:
        return None
    verdicts = tuple(
        judge_server(service, each.name, proposed_shape(each), each.disk_kind, now, later, each.managed)
        for each in proposal.servers
    )
    return Proposals(
        source=proposal.source,
        servers=verdicts,
        findings=proposal_findings(service.inputs, service.workload, proposal),
    )
