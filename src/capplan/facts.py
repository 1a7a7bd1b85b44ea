"""facts: what the plan tells of the service beside what it computes: technologies, limits per container, unknowns."""

from collections.abc import Iterator, Mapping
from math import ceil

import numpy as np

from capplan.build_network import container_cores, entries, pool_size, worker_pool
from capplan.growth import traffic_factor
from capplan.plan import Amount, ContainerFacts, Crosscheck, Figure, Finding, ServiceFacts, Tier, counted
from capplan.pooled.course import Course, Errand, holding_moments, mixed
from capplan.pooled.process_locks import locks_are_counted_out
from capplan.pooled.two_kinds import can_be_followed, mix_factor
from capplan.profile import Role
from capplan.quantity import total
from capplan.scaling import gpu_libraries
from capplan.service import Service
from capplan.sizing.cpu import utilization_limit
from capplan.sizing.memory import container_peak
from capplan.units import BYTES
from capplan.worlds import median, quantile

_LANGUAGE = {Role.GUNICORN: "Python", Role.ASGI: "Python", Role.CELERY: "Python", Role.BEAT: "Python"}
_PRODUCT = {
    Role.NGINX: "Nginx",
    Role.GUNICORN: "Gunicorn",
    Role.ASGI: "ASGI",
    Role.CELERY: "Celery",
    Role.BEAT: "Celery beat",
    Role.POSTGRESQL: "PostgreSQL",
    Role.REDIS: "Redis",
}
_BURSTING = {Role.CELERY, Role.POSTGRESQL}
_MEMORY_STEP = 16 * BYTES["MiB"]
_CORE_STEP = 0.25
# A calculation that is off by more is no longer fit to choose a server by.
_FAR = 0.1
# Below this the waits are hardly longer than what other errors make of them.
_MIXED = 1.25


def service_facts(service: Service, tier: Tier) -> ServiceFacts:
    """Return what is told of the service, with the limits its containers get on the recommended server."""
    profile = service.inputs.profile
    roles = [container.role for container in profile.containers.values()]
    languages = profile.stack.languages or tuple(dict.fromkeys(_LANGUAGE[r] for r in roles if r in _LANGUAGE))
    pools = [
        name for name in {s.container for s in service.workload.requests} if pool_size(service.inputs, name)
    ]
    return ServiceFacts(
        name=profile.name,
        languages=languages,
        frameworks=tuple(dict.fromkeys(_PRODUCT[role] for role in roles if role in _PRODUCT)),
        libraries=profile.stack.libraries,
        containers=tuple(_container(service, name, tier) for name in profile.containers),
        open_ports=profile.operations.open_ports,
        published_ports={n: c.published_ports for n, c in profile.containers.items() if c.published_ports},
        monitoring=profile.operations.monitoring,
        media_storage=profile.operations.media_storage,
        channel_layer=profile.operations.channel_layer,
        off_site_backups=profile.backups.off_site,
        wal_archiving=profile.backups.wal_archiving,
        gpu_libraries=gpu_libraries(profile),
        closed=service.workload.population is not None,
        pool=min(pools, default=""),
    )


def _container(service: Service, name: str, tier: Tier) -> ContainerFacts:
    inputs = service.inputs
    peak = container_peak(inputs, name)
    used = container_cores(service.workload, name)
    high = quantile(peak.values, tier.quantile_ratio) / median(
        inputs.assumed("memory_use_limit_ratio").values
    )
    cores = _CORE_STEP
    if used is not None:
        grown = used * traffic_factor(inputs, service.horizon()) / utilization_limit(inputs)
        cores = quantile(grown.values, tier.quantile_ratio)
    role = inputs.profile.containers[name].role
    cores = max(cores, 1.0 if role in _BURSTING else 0.0)
    return ContainerFacts(
        name=name,
        role=str(role),
        memory_key=service.show(peak),
        memory_limit_bytes=ceil(high / _MEMORY_STEP) * _MEMORY_STEP,
        cores_key=None if used is None else service.show(used),
        cpu_limit_cores=min(ceil(cores / _CORE_STEP) * _CORE_STEP, float(tier.server.cores)),
        image_kind=_PRODUCT.get(role, "application"),
    )


def gives_way_today(tier: Tier) -> Iterator[Finding]:
    """Yield what gives way below today's traffic although the server is large enough: a pool, a limit, a port."""
    for each in tier.breaks:
        if each.mid is not None and each.mid < 1:
            values: dict[str, Amount | str] = {
                "resource": each.resource,
                "subject": each.subject,
                "factor": Amount(value=each.mid, unit="x"),
            }
            yield Finding(code="gives-way-today", severity="error", values=values)


def unknowns(service: Service) -> Iterator[Finding]:
    """Yield what the plan does not know, the gravest first."""
    profile = service.inputs.profile
    yield Finding(code="unknown-nothing-measured", severity="warning")
    stated = {name for request_class in profile.classes.values() for name in request_class.cpu}
    assumed = sorted({n for s in service.workload.requests for n in s.cpu_s} - stated)
    if assumed:
        values = {"containers": ", ".join(assumed)}
        yield Finding(code="unknown-processor-time", severity="warning", values=dict(values))
    if profile.of_role(Role.CELERY) and not profile.jobs:
        yield Finding(code="unknown-jobs", severity="warning")
    if not any(request_class.waits for request_class in profile.classes.values()):
        yield Finding(code="unknown-waits", severity="warning")
    if (
        profile.growth.traffic_per_year_ratio is None
        and "traffic_growth_per_year_ratio" not in profile.assume
    ):
        yield Finding(code="unknown-traffic-growth", severity="warning")
    if not profile.classes:
        yield Finding(code="unknown-request-mix", severity="info")
    yield Finding(code="unknown-response-law", severity="info")
    yield from _mixed_classes(service)
    yield from _locks_left_out(service)
    if any(c.cpu_limit_cores for c in profile.containers.values()):
        yield Finding(code="unknown-throttling", severity="info")
    yield Finding(code="unknown-prices", severity="info")


def _mixed_classes(service: Service) -> Iterator[Finding]:
    """Yield the pools, too large to be followed, whose users wait behind others that hold a worker for other times.

    By less than the factor of Pollaczek and Khinchine, which open arrivals are given; see ``pooled.worker_pool``. All
    of a request's waits elsewhere are one errand, as in the plan's network.
    """
    workload, users = service.workload, _most_users(service)
    if users is None:
        return
    for entry in entries(workload):
        own = [each for each in workload.requests if each.container == entry]
        rate = np.array([median(each.rate_per_s.values) for each in own])
        cpu_s = np.array([median(total(each.cpu_s.values()).values) for each in own])
        waits_s = np.array([median(each.waits_s.values) for each in own])
        held = holding_moments(Course(own_s=cpu_s, errands=(Errand(visits=np.ones(1), visit_s=waits_s),)))
        factor = float(mix_factor(mixed(held, rate / rate.sum()))[0]) if held[0].any() else 1.0
        size = pool_size(service.inputs, entry)
        if size is None or factor < _MIXED:
            continue
        if not can_be_followed(round(median(size.values)), users):
            values: dict[str, Amount | str] = {"container": entry, "factor": counted(factor, "x")}
            yield Finding(code="unknown-mixed-classes", severity="warning", values=values)


def _locks_left_out(service: Service) -> Iterator[Finding]:
    """Yield the pools whose workers are threads under an interpreter's lock that is counted only roughly.

    That is where they are too many to be counted out, which they may be where the plan tries more traffic or workers,
    and where they share fewer connections.
    """
    workload = service.workload
    for entry in entries(workload):
        own = [each for each in workload.requests if each.container == entry]
        pool = worker_pool(service.inputs, entry, own)
        if pool is None or not pool.locks_bind:
            continue
        if not locks_are_counted_out(pool, pool.worker_count):
            values: dict[str, Amount | str] = {"container": entry}
            yield Finding(code="unknown-interpreter-lock", severity="warning", values=values)


def _most_users(service: Service) -> int | None:
    """Return the users of the busiest hour when data has doubled; None where there are none who wait."""
    population = service.workload.population
    if population is None:
        return None
    grown = traffic_factor(service.inputs, service.doubled()).values
    return ceil(float(np.max(population.values * grown)))


def contradicted(found: Crosscheck | None, figures: Mapping[str, Figure]) -> Iterator[Finding]:
    """Yield where a simulation contradicts what was computed: an objective missed, or an error beyond all chance."""
    if found is None:
        return
    trials = [each for world in found.worlds for each in world.trials]
    for trial in trials:
        if trial.missed_s is not None:
            values: dict[str, Amount | str] = {
                "request_class": trial.request_class,
                "objective": counted(trial.missed_s, "s"),
                "simulated": counted(figures[trial.simulated_key].mid, "s"),
                "computed": counted(figures[trial.computed_key].mid, "s"),
            }
            yield Finding(code="simulated-objective-missed", severity="error", values=values)
    errors = [figures[trial.error_key] for trial in trials]
    if slower := [each.mid for each in errors if each.high < -_FAR]:
        yield Finding(code="simulated-slower", severity="warning", values={"factor": _factor(min(slower))})
    if faster := [each.mid for each in errors if each.low > _FAR]:
        yield Finding(code="simulated-faster", severity="warning", values={"factor": _factor(max(faster))})


def _factor(error_ratio: float) -> Amount:
    """Return what was simulated over what was computed."""
    return counted(1.0 / (1.0 + error_ratio), "x")
