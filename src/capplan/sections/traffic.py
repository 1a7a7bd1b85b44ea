"""3. Expected traffic."""

from capplan.message import Bullets, Message, Section, say
from capplan.phrases import figure
from capplan.plan import Plan

_RATE = ("traffic.requests_per_s", "traffic.rate_per_s")
_USERS = ("traffic.concurrent_users", "traffic.users")
_THINK = ("traffic.think_time", "traffic.think_s")


def section(plan: Plan) -> Section:
    """Say who sends how much, how the three numbers hang together, and which class of traffic it is."""
    points: list[Message] = [say("traffic-rate", rate=_first(plan, _RATE))]
    if plan.service.closed:
        points += [
            say("traffic-users", users=_first(plan, _USERS)),
            say("traffic-think", think=_first(plan, _THINK)),
        ]
    else:
        points.append(say("traffic-open"))
    points += [
        say("traffic-growth", growth=figure(plan, "recommended.traffic_factor_ratio", "x")),
        say(
            "traffic-class",
            name=say(f"class-{plan.traffic_class.replace('_', '-')}"),
            utilization=figure(plan, plan.tiers[1].utilization_key),
        ),
    ]
    return Section("traffic", say("traffic-title"), (Bullets(tuple(points)),))


def _first(plan: Plan, keys: tuple[str, ...]) -> Message:
    return figure(plan, next(key for key in keys if key in plan.figures))
