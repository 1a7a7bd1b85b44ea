"""starter: the text of a first profile: what it must say, and beside it the assumptions most often replaced.

Every line stands on its own (``growth.horizon = ...`` instead of a table ``[growth]``), so that any one commented
setting can be uncommented alone. A commented setting has the value that is assumed without it, to the digit: an
assumption that is one number stands under its own key of the profile, one with low and high under ``assume``, since
the worlds draw a number by its key.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches

from capplan.assumptions import Assumption, assumptions
from capplan.compose_file import ComposeContainer, ComposeFacts
from capplan.errors import InputError
from capplan.inputs import Inputs
from capplan.profile import Role
from capplan.profile_file import parse_profile
from capplan.units import BYTES, MONTHS, SECONDS, UnitError, parse_amount
from capplan.workload import build_workload

MOST_LINES = 40
_PLACE = "capplan init"
Setting = float | str | Sequence[float | str]
_EXAMPLE = "  # example: replace"
_HEADER = (
    "# What capplan knows of this service. Replace what is marked as an example; `capplan recommend` does the rest.",
    "# #key = value is what is assumed, and why: remove the # in front to state your own.",
    '# A container\'s memory is without page cache (memory = "900 MB"); left out, it is assumed.',
)
_USERS_PER_RPS = 10
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}")
_LONGEST_SOURCE = 64
_GROUPED_FROM = 10_000

_UNITS = {
    "B": (BYTES, ("GiB", "MiB", "KiB", "GB", "MB", "kB", "B")),
    "s": (SECONDS, ("d", "h", "min", "s", "ms")),
    "months": (MONTHS, ("months",)),
}

# What is assumed and asked for first comes first: the lines that do not fit are left out from the end.
_GENERAL = (
    "plan_horizon_months", "traffic_growth_per_year_ratio", "objective_response_time_s", "objective_percentile_ratio",
    "cpu_utilization_limit_ratio", "cpu_burst_count", "cpu_speed_ratio",
)  # fmt: skip
_OF_ROLE = {
    Role.GUNICORN: ("gunicorn_processes", "gunicorn_threads", "cpu_gunicorn_s"),
    Role.ASGI: ("asgi_processes", "cpu_gunicorn_s"),
    Role.CELERY: ("celery_processes", "cpu_jobs_per_request_ratio", "cpu_job_s"),
    Role.POSTGRESQL: ("cpu_postgresql_s", "disk_commits_per_request", "disk_hot_ratio", "disk_bloat_ratio"),
}
_LATER = (
    "memory_per_process_bytes", "memory_peak_ratio", "memory_deploy_surge_ratio", "traffic_peak_to_mean_ratio",
    "disk_log_bytes_per_request", "backup_interval_s", "backup_kept_days",
)  # fmt: skip
_OWN_KEYS = {
    "plan_horizon_months": "growth.horizon",
    "objective_response_time_s": "objectives.response_time",
    "objective_percentile_ratio": "objectives.percentile_ratio",
    "cpu_utilization_limit_ratio": "objectives.utilization_limit_ratio",
    "cpu_burst_count": "host.background_bursts",
    "backup_interval_s": "backups.interval",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerSketch:
    """One container as far as it is known: role and settings, these under a profile's keys, and a remark."""

    name: str
    role: Role
    settings: Mapping[str, Setting] = field(default_factory=dict)
    remark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSketch:
    """A service as far as somebody has described it; None is what an example stands in for, or what is assumed."""

    name: str = "service"
    users: str | None = None
    rps: str | None = None
    containers: tuple[ContainerSketch, ...] = ()
    database: str | None = None
    media: str | None = None
    growth: str | None = None
    growth_over: str | None = None
    monitoring: tuple[str, ...] | None = None
    dashboard_port: int | None = None
    logs_rotated: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Something to ask on a terminal; ``key`` is the field of ``ServiceSketch`` that the answer fills."""

    key: str
    prompt: str
    default: str


_QUESTIONS = (
    Question(key="users", prompt="Concurrent users in the busiest hour", default="20"),
    Question(key="rps", prompt="Requests per second in the busiest hour", default="2"),
    Question(
        key="containers", prompt="Containers, NAME=ROLE or NAME=ROLE:MEMORY, with spaces between",
        default="nginx=nginx web=gunicorn worker=celery db=postgresql redis=redis",
    ),
    Question(key="database", prompt="Size of the database", default="1 GB"),
    Question(key="media", prompt="Size of uploaded files and media", default="1 GB"),
    Question(key="growth", prompt="How much data is added", default="1 GB"),
    Question(key="growth_over", prompt="Over which time", default="12 months"),
)  # fmt: skip
_DEFAULTS = {question.key: question.default for question in _QUESTIONS}


def questions(given: ServiceSketch | None = None) -> tuple[Question, ...]:
    """Return what is left to ask once ``given`` is known."""
    known = given or ServiceSketch()
    return tuple(question for question in _QUESTIONS if not getattr(known, question.key))


def with_answers(given: ServiceSketch, answers: Mapping[str, str]) -> ServiceSketch:
    """Return the sketch with answers by key; an empty answer or the default itself leaves the marked example.

    Raises
    ------
    InputError
        If a container cannot be read.
    """
    stated = {k: t for k, text in answers.items() if (t := text.strip()) not in {"", _DEFAULTS[k]}}
    containers = [parse_container(text) for text in stated.pop("containers", "").split()]
    answered = replace(given, **stated)  # type: ignore[arg-type] # the other questions are for fields of text
    return with_containers(answered, containers)


def parse_container(text: str) -> ContainerSketch:
    """Read ``NAME=ROLE`` or ``NAME=ROLE:MEMORY``, such as ``web=gunicorn:900MB``.

    Raises
    ------
    InputError
        If it is not of this form, the role is unknown, or the memory is no amount.
    """
    place, example = f"--container {text}", "write for example --container web=gunicorn:900MB"
    name, separator, rest = text.strip().partition("=")
    role, colon, memory = rest.partition(":")
    if not separator or not _NAME.fullmatch(name):
        found = f"the name {name!r}" if separator else "no NAME=ROLE"
        expected = "a name of letters, digits, - and _ that begins with a letter, then = and a role"
        raise InputError(place, found=found, expected=expected, remedy=example)
    if role not in set(Role):
        near = get_close_matches(role, map(str, Role), n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "use other where no role fits"
        raise InputError(place, found=repr(role), expected=f"one of {', '.join(Role)}", remedy=remedy)
    settings = {"memory": _amount(place, memory, BYTES, "900 MB")} if colon else {}
    return ContainerSketch(name=name, role=Role(role), settings=settings)


def with_containers(given: ServiceSketch, stated: Sequence[ContainerSketch]) -> ServiceSketch:
    """Return the sketch with containers that a person states: they add to, or correct, those of the same name.

    Raises
    ------
    InputError
        If one name is stated twice.
    """
    merged = {container.name: container for container in given.containers}
    if len({container.name for container in stated}) < len(stated):
        names = ", ".join(container.name for container in stated)
        raise InputError("--container", found=f"the names {names}", expected="each once", remedy="rename one")
    for container in stated:
        known = merged.get(container.name)
        settings = {**(known.settings if known else {}), **container.settings}
        merged[container.name] = replace(container, settings=settings)
    return replace(given, containers=tuple(merged.values()))


def sketch_of_compose(facts: ComposeFacts) -> ServiceSketch:
    """Return what a Compose file says, in the words of a profile."""
    taken: dict[str, ContainerSketch] = {}
    for container in facts.containers:
        name = _tidy(container.name, taken)
        taken[name] = _sketch(container, name)
    return ServiceSketch(
        name=_tidy(facts.name, ()) if facts.name else ServiceSketch().name,
        containers=tuple(taken.values()),
        monitoring=facts.monitoring or None,
        dashboard_port=facts.dashboard_port,
        logs_rotated=facts.logs_rotated,
    )


def _tidy(name: str, taken: Collection[str]) -> str:
    """Return a name a profile accepts: Compose also allows dots and a digit in front."""
    plain = re.sub(r"[^A-Za-z0-9_-]", "-", name)
    plain = (plain if plain[:1].isalpha() else f"c-{plain}")[:36]
    names = [plain, *(f"{plain}-{number}" for number in range(2, len(taken) + 2))]
    return next(each for each in names if each not in taken)


def _sketch(container: ComposeContainer, name: str) -> ContainerSketch:
    settings: dict[str, Setting | None] = {
        "memory_limit": container.memory_limit_bytes and _with_unit(container.memory_limit_bytes, "B"),
        "cpu_limit_cores": container.cpu_limit_cores,
        "processes": container.processes,
        "threads": container.threads,
        "max_connections": container.max_connections,
        "shared_buffers": container.shared_buffers_bytes and _with_unit(container.shared_buffers_bytes, "B"),
        "published_ports": container.published_ports,
    }
    remark = "role unknown: check" if container.role is Role.OTHER else ""
    if container.replicas > 1:
        remark = f"one of {container.replicas} replicas: state the processes and memory of all"
    stated = {key: value for key, value in settings.items() if value}
    return ContainerSketch(name=name, role=container.role, settings=stated, remark=remark)


def starter_profile(given: ServiceSketch) -> str:
    """Return the text of a profile: at most 40 lines, unless the containers alone need more.

    Raises
    ------
    InputError
        If a number cannot be read, or the sketch does not describe a service.
    """
    containers = given.containers or tuple(map(parse_container, _DEFAULTS["containers"].split()))
    required = [
        f"name = {_toml(given.name)}",
        *_traffic(given),
        *(_container_line(container, example=not given.containers) for container in containers),
        *_data(given),
        *_operations(given),
    ]
    room = MOST_LINES - len(required) - len(_HEADER)
    text = "\n".join([*_HEADER, *required, *_settings(containers)[: max(room, 0)]]) + "\n"
    build_workload(Inputs(parse_profile(text, _PLACE), _PLACE))
    return text


def _traffic(given: ServiceSketch) -> list[str]:
    """Return users and rate. A rate alone is an open system; users alone get a rate of one in ten seconds each."""
    if given.rps is not None and given.users is None:
        rate = _toml(_number("--rps", given.rps))
        return [f"traffic.requests_per_s = {rate}  # no users: clients that do not wait for one another"]
    users = _number("--users", given.users or _DEFAULTS["users"])
    rps = users / _USERS_PER_RPS if given.rps is None else _number("--rps", given.rps)
    return [
        f"traffic.concurrent_users = {_toml(users)}{'' if given.users else _EXAMPLE}",
        f"traffic.requests_per_s = {_toml(rps)}{'' if given.rps else _EXAMPLE}",
    ]


def _container_line(container: ContainerSketch, *, example: bool) -> str:
    parts: dict[str, Setting] = {"role": str(container.role), **container.settings}
    inside = ", ".join(f"{key} = {_toml(value)}" for key, value in parts.items())
    remark = f"  # {container.remark}" if container.remark else _EXAMPLE if example else ""
    return f"containers.{container.name} = {{ {inside} }}{remark}"


def _data(given: ServiceSketch) -> list[str]:
    lines = []
    for key in ("database", "media", "growth", "growth_over"):
        stated, default = getattr(given, key), _DEFAULTS[key]
        units = MONTHS if key == "growth_over" else BYTES
        amount = _amount(f"{_PLACE}: {key}", stated or default, units, default)
        lines.append(f"data.{key} = {_toml(amount)}{'' if stated else _EXAMPLE}")
    return lines


def _operations(given: ServiceSketch) -> list[str]:
    lines = []
    if given.monitoring is not None:
        lines.append(f"operations.monitoring = {_toml(given.monitoring)}")
    if given.dashboard_port is not None:
        lines.append(f"operations.dashboard_port = {given.dashboard_port}")
    if not given.logs_rotated:
        lines.append("logs.rotated = false  # a container sets no max-size; remove if the Docker daemon does")
    return lines


def _settings(containers: Sequence[ContainerSketch]) -> list[str]:
    """Return the commented settings that matter for these containers, each at its assumed value."""
    roles = dict.fromkeys(container.role for container in containers)
    keys = [*_GENERAL, *(key for role in roles for key in _OF_ROLE.get(role, ())), *_LATER]
    told = _told(containers)
    return [_setting(assumptions()[key]) for key in dict.fromkeys(keys) if key not in told]


def _told(containers: Sequence[ContainerSketch]) -> set[str]:
    """Return the assumptions that no container needs, because each of its kind says it itself."""
    silent = {(c.role, key) for c in containers for key in ("processes", "threads") if key not in c.settings}
    told = {f"{c.role}_{key}" for c in containers for key in c.settings if (c.role, key) not in silent}
    if all("memory" in c.settings or c.role in {Role.POSTGRESQL, Role.REDIS} for c in containers):
        told.add("memory_per_process_bytes")
    return told


def _setting(assumption: Assumption) -> str:
    estimate, key = assumption.estimate, f"assume.{assumption.key}"
    value = _toml(estimate.mid)
    if estimate.low < estimate.high:
        parts = {"low": estimate.low, "mid": estimate.mid, "high": estimate.high}
        value = f"{{ {', '.join(f'{name} = {_toml(part)}' for name, part in parts.items())} }}"
    elif assumption.key in _OWN_KEYS:
        key, value = _OWN_KEYS[assumption.key], _toml(_with_unit(estimate.mid, assumption.unit))
    source = estimate.source.partition(";")[0]
    if len(source) > _LONGEST_SOURCE:
        source = source[:_LONGEST_SOURCE].rsplit(" ", 1)[0] + " ..."
    return f"#{key} = {value}  # {assumption.how}: {source}"


def _with_unit(value: float, unit: str) -> float | str:
    """Return an amount in the largest unit that makes it whole; what a profile has without a unit stays a number."""
    if unit not in _UNITS:
        return value
    factors, names = _UNITS[unit]
    name = next((name for name in names if (value / factors[name]).is_integer()), names[-1])
    return f"{_toml(value / factors[name])} {name}"


def _toml(value: Setting) -> str:
    if isinstance(value, str):
        return json.dumps(value)
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_toml, value))}]"
    if not float(value).is_integer():
        return repr(value)
    return f"{int(value):_}" if value >= _GROUPED_FROM else str(int(value))


def _number(option: str, text: str) -> float:
    value = float(text) if re.fullmatch(r"[0-9]{0,12}\.?[0-9]{1,12}", text.strip(), re.ASCII) else 0.0
    if value == 0:
        remedy = f"write for example {option} 20"
        raise InputError(option, found=repr(text), expected="a number above 0", remedy=remedy)
    return value


def _amount(place: str, text: str, units: dict[str, float], example: str) -> str:
    """Return an amount with single spaces, once it is known to be one."""
    try:
        parse_amount(text, units, example)
    except UnitError as error:
        remedy = f'write for example "{example}"'
        raise InputError(place, found=repr(text), expected=error.expected, remedy=remedy) from error
    return " ".join(text.split())
