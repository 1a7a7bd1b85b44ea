"""outlook: what to watch on the recommended server, what to do when, and which assumptions matter most."""

from collections.abc import Iterator

import numpy as np

from capplan.assumptions import assumptions
from capplan.build_network import consumption
from capplan.calendar_months import period
from capplan.catalog import Shape
from capplan.growth import MONTHS_PER_YEAR
from capplan.judgment import Requirements
from capplan.plan import Action, Alert, Amount, Influence, Period, Tier
from capplan.profile import Role
from capplan.quantity import Quantity, closure, larger, power
from capplan.requirement import ResourceKind
from capplan.risk import Candidate, limits
from capplan.service import Service
from capplan.sizing.cpu import utilization_limit
from capplan.worlds import HIGH_QUANTILE, LOW_QUANTILE, Array, median, quantile

_SHOWN = 3


def shape_of(tier: Tier) -> Shape:
    """Return the shape of a tier's server."""
    return Shape(tier.server.cores, tier.server.memory_gib, tier.server.disk_gb)


def alerts(service: Service, tier: Tier) -> tuple[Alert, ...]:
    """Return the thresholds that leave the lead time to act before the plan's limits are reached."""
    inputs = service.inputs
    shape = shape_of(tier)
    lead = inputs.assumed("plan_lead_months")
    found = {
        "alert-cpu": _cpu_threshold(service, shape, lead),
        "alert-memory": inputs.assumed("memory_use_limit_ratio"),
        "alert-disk": _disk_threshold(service, shape, lead),
        "alert-response-time": _objective(service),
        "alert-jobs": inputs.assumed("job_pool_limit_ratio"),
    }
    if not inputs.profile.of_role(Role.CELERY):
        del found["alert-jobs"]
    return tuple(
        Alert(
            code=code,
            threshold=Amount(value=median(quantity.values), unit=quantity.unit),
            key=service.show(quantity),
        )
        for code, quantity in found.items()
    )


def _cpu_threshold(service: Service, shape: Shape, lead: Quantity) -> Quantity:
    """Return the utilization, without bursts, from which growth reaches the limit within the lead time."""
    inputs = service.inputs
    per_year = inputs.get("growth.traffic_per_year_ratio", "traffic_growth_per_year_ratio")
    used = consumption(inputs, service.workload)
    free = utilization_limit(inputs) * shape.cores - used.burst_count
    threshold = larger(free, 0) / shape.cores / power(1 + per_year, lead / MONTHS_PER_YEAR)
    return threshold.named("alerts.cpu_ratio", "ratio")


def _disk_threshold(service: Service, shape: Shape, lead: Quantity) -> Quantity:
    """Return the fill level from which growth reaches the limit within the lead time."""
    inputs = service.inputs
    usable = shape.disk_bytes * (1 - inputs.assumed("disk_filesystem_share_ratio"))
    growth = inputs.number("data.growth") / inputs.number("data.growth_over") * lead
    return larger(inputs.assumed("disk_use_limit_ratio") - growth / usable, 0).named(
        "alerts.disk_ratio", "ratio"
    )


def _objective(service: Service) -> Quantity:
    stated = [stream.objective_s for stream in service.workload.requests]
    return min(stated, key=lambda quantity: median(quantity.values))


def actions(service: Service, tier: Tier, found: tuple[Alert, ...]) -> tuple[Action, ...]:
    """Return what to do when on a tier's server, in the order in which it falls due.

    Each date lies the lead time before a resource runs out or a pool, process or port gives way.
    """
    thresholds = {alert.code.removeprefix("alert-"): alert.threshold for alert in found}
    lead = service.inputs.assumed("plan_lead_months").values
    shape = shape_of(tier)
    due: list[tuple[Array, Action]] = []

    def when(months: Array) -> Period:
        return period(service.as_of, np.maximum(months, 0.0))

    for kind in ResourceKind:
        months = service.timeline.months_until(kind, shape) - lead
        due.append((months, _action(f"action-{kind}", "", when(months), str(kind), thresholds[str(kind)])))
    rate = median(service.workload.requests_per_s.values)
    candidate = Candidate(service=service, at=service.horizon(), shape=shape, disk_kind=tier.server.disk_kind)
    for limit in limits(candidate):
        if limit.resource not in set(ResourceKind):
            months = service.timeline.months_of_traffic(limit.factor.values) - lead
            threshold = Amount(value=rate * quantile(limit.factor.values, LOW_QUANTILE), unit="1/s")
            due.append(
                (
                    months,
                    _action(f"action-{limit.resource}", limit.subject, when(months), "requests", threshold),
                )
            )
    in_order = sorted(due, key=lambda each: quantile(each[0], LOW_QUANTILE))
    return tuple(action for _, action in in_order if action.when.earliest is not None)


def _action(code: str, subject: str, when: Period, metric: str, threshold: Amount) -> Action:
    values: dict[str, Amount | str] = {"subject": subject}
    return Action(code=code, when=when, metric=metric, threshold=threshold, values=values)


def influences(found: Requirements) -> tuple[Influence, ...]:
    """Return the assumptions that move the recommended tier's needs most.

    For each need and assumption the squared rank correlation over the worlds (the share of the need's spread that
    goes with it), weighted with the width of the need; the three strongest, each assumption once.
    """
    strongest: dict[str, tuple[float, Influence]] = {}
    for kind, requirement in found.items():
        need = requirement.parts[-1] if kind is ResourceKind.CPU else requirement.need
        for key, share in _explained(need):
            weight = share * _width(need.values)
            if key not in strongest or weight > strongest[key][0]:
                influence = Influence(key=key, resource=str(kind), explained_ratio=round(share, 4))
                strongest[key] = (weight, influence)
    ranked = sorted(strongest.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple(influence for _, (weight, influence) in ranked[:_SHOWN] if weight > 0)


def _width(values: Array) -> float:
    middle = quantile(values, 0.5)
    return (quantile(values, HIGH_QUANTILE) - quantile(values, LOW_QUANTILE)) / middle if middle > 0 else 0.0


def _explained(need: Quantity) -> Iterator[tuple[str, float]]:
    ranks = _ranks(need.values)
    for key, quantity in closure([need]).items():
        if key in assumptions() and np.ptp(quantity.values) > 0 and np.ptp(need.values) > 0:
            yield key, float(np.corrcoef(_ranks(quantity.values), ranks)[0, 1]) ** 2


def _ranks(values: Array) -> Array:
    return np.argsort(np.argsort(values, kind="stable"), kind="stable").astype(float)
