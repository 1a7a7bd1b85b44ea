"""Service: everything known of one service while its plan is made: inputs, workload, timeline, figures to show."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from capplan.growth import Moment, moment
from capplan.inputs import Inputs
from capplan.plan import Figure
from capplan.quantity import Quantity, closure, larger
from capplan.timeline import Timeline
from capplan.workload import Workload
from capplan.worlds import world_at


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Service:
    """One service under planning. ``shown`` and ``noted`` collect what the plan refers to by key."""

    inputs: Inputs
    workload: Workload
    timeline: Timeline
    as_of: date
    shown: list[Quantity] = field(default_factory=list)
    deciding: dict[str, tuple[Quantity, int]] = field(default_factory=dict)
    noted: dict[str, Figure] = field(default_factory=dict)

    def note(self, key: str, figure: Figure) -> None:
        """Keep a figure that is no quantity over all worlds."""
        self.noted[key] = figure

    def show(self, quantity: Quantity) -> str:
        """Keep a quantity for the plan's figures and return its key."""
        self.shown.append(quantity)
        return quantity.key

    def decide(self, need: Quantity, probability: float) -> float:
        """Return the quantile of a need, and keep the world it was read from for the derivation."""
        world = world_at(need.values, probability)
        self.deciding[need.key] = (need, world)
        return float(need.values[world])

    def show_all(self, quantities: Iterable[Quantity]) -> tuple[str, ...]:
        """Keep several quantities and return their keys."""
        return tuple(self.show(quantity) for quantity in quantities)

    def now(self) -> Moment:
        """Return the moment of the minimum tier: today and the time it takes to act."""
        return moment("minimum", self.inputs.assumed("plan_lead_months"))

    def horizon_months(self) -> Quantity:
        """Return until when the plan must hold: never sooner than the lead time."""
        horizon = self.inputs.get("growth.horizon", "plan_horizon_months")
        lead = self.inputs.assumed("plan_lead_months")
        return (
            horizon
            if (horizon.values >= lead.values).all()
            else larger(horizon, lead).named("horizon", "months")
        )

    def horizon(self) -> Moment:
        """Return the moment of the recommended tier."""
        return moment("recommended", self.horizon_months())

    def doubled(self) -> Moment:
        """Return the moment of the optimal tier: the horizon with twice the growth."""
        return moment("optimal", self.horizon_months(), self.inputs.assumed("plan_optimal_multiplier_ratio"))

    def figures(self) -> dict[str, Figure]:
        """Return every figure the plan refers to and everything those were derived from."""
        found = closure([*self.shown, *self.inputs.assumptions_taken()])
        deciding: dict[str, dict[str, float]] = {key: {} for key in found}
        for need, world in self.deciding.values():
            for key, quantity in closure([need]).items():
                deciding[key][need.key] = float(quantity.values[world])
        return {key: _figure(quantity, deciding[key]) for key, quantity in found.items()} | self.noted


def _figure(quantity: Quantity, deciding: dict[str, float]) -> Figure:
    low, mid, high = quantity.interval()
    return Figure(
        low=low,
        mid=mid,
        high=high,
        unit=quantity.unit,
        basis=str(quantity.basis),
        source=quantity.source,
        formula=quantity.formula,
        inputs=tuple(part.key for part in quantity.inputs),
        deciding=deciding,
    )
