"""Workload: what one busiest hour, today, asks of each container: requests, jobs and messages with their demands."""

from collections.abc import Mapping
from dataclasses import dataclass

from capplan.errors import InputError
from capplan.inputs import Inputs, nothing
from capplan.profile import Role, ServiceProfile
from capplan.quantity import ONE, Quantity, larger, total
from capplan.worlds import median

_CPU_ASSUMPTION = {
    Role.NGINX: "cpu_nginx_s",
    Role.GUNICORN: "cpu_gunicorn_s",
    Role.ASGI: "cpu_gunicorn_s",
    Role.POSTGRESQL: "cpu_postgresql_s",
    Role.REDIS: "cpu_redis_s",
    Role.OTHER: "cpu_other_s",
}
_SECONDS_PER_HOUR = 3600
_LITTLE_TOLERANCE_RATIO = 0.1


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stream:
    """Work of one kind: requests of a class, a job, or WebSocket messages.

    ``cpu_s`` is processor time per item and container at this machine's speed; ``rate_per_s`` is today's rate in
    the busiest hour; only a ``scaling`` stream grows with traffic.
    """

    name: str
    container: str
    rate_per_s: Quantity
    cpu_s: Mapping[str, Quantity]
    waits_s: Quantity
    database_calls: Quantity
    scaling: bool = True


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RequestStream(Stream):
    """Requests of a class, with the response time that its objective allows."""

    objective_s: Quantity


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Workload:
    """All streams of the busiest hour, and who sends the requests.

    ``population`` and ``think_time_s`` are None in an open system.
    """

    requests_per_s: Quantity
    population: Quantity | None
    think_time_s: Quantity | None
    requests: tuple[RequestStream, ...]
    others: tuple[Stream, ...]

    @property
    def streams(self) -> tuple[Stream, ...]:
        """Return every stream."""
        return (*self.requests, *self.others)


def build_workload(inputs: Inputs) -> Workload:
    """Return the workload of a profile.

    Raises
    ------
    InputError
        If users, requests per second and think time contradict Little's law.
    """
    profile = inputs.profile
    shares = _shares(inputs)
    demands = {name: _request_cpu(inputs, name) for name in shares}
    waits = {name: _waits(inputs, f"classes.{name}.waits") for name in shares}
    service_s = total(
        share * (total(demands[name].values()) + waits[name]) for name, share in shares.items()
    ).named("traffic.service_s", "s")
    rate, population, think_time = _population(inputs, service_s)
    requests = tuple(
        RequestStream(
            name=name,
            container=_entry(profile, name),
            rate_per_s=(rate * share).named(f"classes.{name}.rate_per_s", "1/s"),
            cpu_s=demands[name],
            waits_s=waits[name],
            database_calls=_database_calls(inputs, name),
            objective_s=_objective(inputs, name),
        )
        for name, share in shares.items()
    )
    others = (*_jobs(inputs, rate), *_messages(inputs))
    return Workload(
        requests_per_s=rate, population=population, think_time_s=think_time, requests=requests, others=others
    )


def _shares(inputs: Inputs) -> dict[str, Quantity]:
    names = list(inputs.profile.classes)
    if not names:
        return {"request": ONE}
    given = {name: inputs.number(f"classes.{name}.share") for name in names}
    whole = total(given.values())
    return {
        name: (share / whole).named(f"classes.{name}.share_ratio", "ratio") for name, share in given.items()
    }


def _entry(profile: ServiceProfile, name: str) -> str:
    stated = profile.classes.get(name)
    if stated is not None and stated.container is not None:
        return stated.container
    return next(found for role in (Role.GUNICORN, Role.ASGI, Role.OTHER) for found in profile.of_role(role))


def _speed(inputs: Inputs) -> Quantity:
    return inputs.get("host.cpu_speed_ratio", "cpu_speed_ratio")


def _request_cpu(inputs: Inputs, name: str) -> dict[str, Quantity]:
    profile = inputs.profile
    entry = _entry(profile, name)
    passed = [profile.of_role(role)[:1] for role in (Role.NGINX, Role.POSTGRESQL, Role.REDIS)]
    stated = profile.classes.get(name)
    also = [*stated.cpu, *stated.calls] if stated else []
    containers = dict.fromkeys([entry, *(name for names in passed for name in names), *also])
    return {container: _cpu_in(inputs, name, container) for container in containers}


def _cpu_in(inputs: Inputs, name: str, container: str) -> Quantity:
    role = inputs.profile.containers[container].role
    assumption = _CPU_ASSUMPTION.get(role, "cpu_other_s")
    per_call = inputs.get(f"classes.{name}.cpu.{container}", assumption)
    calls = inputs.given(f"classes.{name}.calls.{container}", "calls")
    time = per_call if calls is None else calls * per_call
    return (time / _speed(inputs)).named(f"classes.{name}.cpu_{container}_s", "s")


def _waits(inputs: Inputs, path: str) -> Quantity:
    found = inputs.given(path, "s")
    return found if found is not None else nothing(f"{path}_none_s", "s")


def _database_calls(inputs: Inputs, name: str) -> Quantity:
    for container in inputs.profile.of_role(Role.POSTGRESQL):
        calls = inputs.given(f"classes.{name}.calls.{container}", "calls")
        if calls is not None:
            return calls
    return ONE


def _objective(inputs: Inputs, name: str) -> Quantity:
    own = inputs.given(f"classes.{name}.response_time", "s")
    return own if own is not None else inputs.get("objectives.response_time", "objective_response_time_s")


def _population(inputs: Inputs, service_s: Quantity) -> tuple[Quantity, Quantity | None, Quantity | None]:
    """Tie users N, rate X and think time Z by N = X (Z + R), with R at its least: the service time without queueing."""
    users = inputs.given("traffic.concurrent_users", "users")
    rate = inputs.given("traffic.requests_per_s", "1/s")
    think = inputs.given("traffic.think_time", "s")
    if rate is None and users is not None and think is not None:
        return (users / (think + service_s)).named("traffic.rate_per_s", "1/s"), users, think
    if rate is None:
        raise KeyError("traffic.requests_per_s")
    if users is None:
        if think is None:
            return rate, None, None
        return rate, (rate * (think + service_s)).named("traffic.users", "users"), think
    cycle = users / rate
    if think is None:
        _refuse_short_cycle(inputs.name, users, rate, service_s)
        return rate, users, larger(cycle - service_s, 0).named("traffic.think_s", "s")
    _refuse_three_that_disagree(inputs.name, users, rate, think, service_s)
    return rate, users, think


def _refuse_short_cycle(name: str, users: Quantity, rate: Quantity, service_s: Quantity) -> None:
    n, x, s = (median(quantity.values) for quantity in (users, rate, service_s))
    if n / x < s:
        raise InputError(
            f"{name}: traffic",
            found=f"{n:g} users at {x:g} requests/s, {n / x * 1000:.0f} ms per user and request",
            expected=f"at least the {s * 1000:.0f} ms that one request takes (Little's law: N = X (Z + R))",
            remedy="correct the users or the rate, or leave concurrent_users out for clients that do not wait",
        )


def _refuse_three_that_disagree(
    name: str, users: Quantity, rate: Quantity, think: Quantity, service_s: Quantity
) -> None:
    implied = rate * (think + service_s)
    apart = (implied.values.min() > users.values.max()) or (implied.values.max() < users.values.min())
    n, x, z, r = (median(q.values) for q in (users, rate, think, service_s))
    if apart and abs(x * (z + r) - n) > _LITTLE_TOLERANCE_RATIO * n:
        raise InputError(
            f"{name}: traffic",
            found=f"concurrent_users = {n:g}, requests_per_s = {x:g}, think_time = {z:g} s",
            expected=f"N = X (Z + R) by Little's law, but {x:g} * ({z:g} + {r:.3g}) = {x * (z + r):.3g}, not {n:g}",
            remedy="leave one of the three out; it follows from the other two",
        )


def _jobs(inputs: Inputs, rate: Quantity) -> list[Stream]:
    profile = inputs.profile
    runners = profile.of_role(Role.CELERY)
    if profile.jobs:
        return [_job(inputs, name, runners, rate) for name in profile.jobs]
    if not runners:
        return []
    per_request = inputs.assumed("cpu_jobs_per_request_ratio")
    return [_job_stream(inputs, "job", runners[0], (rate * per_request).named("jobs.job.rate_per_s", "1/s"))]


def _job(inputs: Inputs, name: str, runners: list[str], rate: Quantity) -> Stream:
    job = inputs.profile.jobs[name]
    ratio = inputs.given(f"jobs.{name}.per_request_ratio", "ratio")
    hourly = inputs.given(f"jobs.{name}.per_hour", "1/h")
    arrivals = rate * ratio if ratio is not None else (hourly or nothing(name, "1/h")) / _SECONDS_PER_HOUR
    container = job.container or runners[0]
    return _job_stream(
        inputs, name, container, arrivals.named(f"jobs.{name}.rate_per_s", "1/s"), scaling=ratio is not None
    )


def _job_stream(inputs: Inputs, name: str, container: str, rate: Quantity, *, scaling: bool = True) -> Stream:
    profile = inputs.profile
    stated = profile.jobs[name].cpu if name in profile.jobs else {}
    containers = dict.fromkeys([container, *profile.of_role(Role.POSTGRESQL)[:1], *stated])
    times = {}
    for each in containers:
        assumption = "cpu_job_s" if each == container else "cpu_job_postgresql_s"
        time = inputs.get(f"jobs.{name}.cpu.{each}", assumption) / _speed(inputs)
        times[each] = time.named(f"jobs.{name}.cpu_{each}_s", "s")
    return Stream(
        name=name,
        container=container,
        rate_per_s=rate,
        cpu_s=times,
        scaling=scaling,
        waits_s=_waits(inputs, f"jobs.{name}.waits"),
        database_calls=ONE,
    )


def _messages(inputs: Inputs) -> list[Stream]:
    profile = inputs.profile
    if profile.websockets is None:
        return []
    per_connection = inputs.get(
        "websockets.messages_per_connection_per_s", "websocket_messages_per_connection_per_s"
    )
    container = profile.websockets.container or next(iter(profile.of_role(Role.ASGI)), _entry(profile, ""))
    rate = inputs.number("websockets.connections") * per_connection
    time = inputs.get("websockets.cpu_per_message", "cpu_asgi_s") / _speed(inputs)
    return [
        Stream(
            name="websocket_messages",
            container=container,
            rate_per_s=rate.named("websockets.rate_per_s", "1/s"),
            cpu_s={container: time.named("websockets.cpu_s", "s")},
            waits_s=nothing("websockets.waits_none_s", "s"),
            database_calls=nothing("calls.none", "calls"),
        )
    ]
