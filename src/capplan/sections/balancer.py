"""8. Load balancer and number of servers."""

from capplan.message import Bullets, Measure, Message, Section, say
from capplan.phrases import figure
from capplan.plan import Plan


def section(plan: Plan) -> Section:
    """Answer for capacity and for availability separately; a balancer alone is not availability."""
    found = plan.availability
    single = figure(plan, found.single_server_key)
    points: list[Message] = [say("balancer-capacity", servers=Measure(found.by_capacity, "servers"))]
    if found.objective_ratio is None or found.by_availability is None:
        points.append(say("balancer-no-objective", single=single))
    elif found.by_availability <= 1:
        objective = Measure(found.objective_ratio, "fine_ratio")
        points.append(say("balancer-one-enough", objective=objective, single=single))
    else:
        points.append(
            say(
                "balancer-several",
                objective=Measure(found.objective_ratio, "fine_ratio"),
                single=single,
                servers=Measure(found.by_availability, "servers"),
            )
        )
    points.append(say("balancer-not-alone"))
    return Section("balancer", say("balancer-title"), (Bullets(tuple(points)),))
