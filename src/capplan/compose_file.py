"""compose_file: what a Compose file says about its containers: roles, limits, processes, ports and log rotation.

Only what a profile has a place for is read and checked, never ``environment``. Variables have their defaults
(``${NAME:-4}`` is 4); what depends on one without counts as not said. Syntax: the Compose specification.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import yaml

from capplan.container_role import command_words, guessed_role, product, split_words
from capplan.errors import InputError
from capplan.profile import Role

Monitoring = Literal["prometheus", "grafana"]
Table = Mapping[object, object]
Reader = Callable[[str, str], float]

_LARGEST_BYTES = 1_000_000
_MOST_MERGED = 1_000
_LAST_PORT = 65535
_UNKNOWN = "\0"  # stands for a variable without a default; YAML allows no such character in a file
_CHECK = "check it with `docker compose config --quiet`"
_MERGE = "tag:yaml.org,2002:merge"
_TAGS = {None, _MERGE, *(f"tag:yaml.org,2002:{kind}" for kind in ("null", "str", "seq", "map"))}
_BYTES = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?(b$|[kmgt])?(?:(?<=[kmgt])i?b)?", re.IGNORECASE)
_UNITS_BYTES = {"b": 1.0, "k": 2.0**10, "m": 2.0**20, "g": 2.0**30, "t": 2.0**40}
_POSTGRESQL_PAGE_BYTES = 8192.0  # the unit of a bare shared_buffers
_VARIABLE = re.compile(r"\$(?:(\$)|\{\w+(?::?-(?P<default>[^{}]*)|[^{}]*)\}|\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeContainer:
    """One service of a Compose file; None is what the file does not say."""

    name: str
    role: Role
    replicas: int = 1
    memory_limit_bytes: float | None = None
    cpu_limit_cores: float | None = None
    processes: int | None = None
    threads: int | None = None
    max_connections: int | None = None
    shared_buffers_bytes: float | None = None
    published_ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeFacts:
    """What a Compose file says: its containers without monitoring, and whether Docker rotates every log."""

    name: str | None
    containers: tuple[ComposeContainer, ...]
    monitoring: tuple[Monitoring, ...]
    dashboard_port: int | None
    logs_rotated: bool


def read_compose(path: Path) -> ComposeFacts:
    """Read a Compose file.

    Raises
    ------
    InputError
        If the file cannot be read, is not YAML, has no services, or a value that is looked at makes no sense.
    """
    document = _document(path)
    services = _below(document, f"{path}: ", "services")
    if not services:
        raise _wrong(f"{path}: services", "nothing", "at least one service", _CHECK)
    containers: list[ComposeContainer] = []
    monitoring: dict[Monitoring, tuple[int, ...]] = {}
    rotated = []
    for name in services:
        service = _below(services, f"{path}: services.", name)
        place = f"{path}: services.{name}."
        rotated.append(_rotated(service, place))
        monitors = _monitoring(str(name), product(_known(service.get("image")) or ""))
        if monitors is None:
            containers.append(_container(str(name), service, place))
        else:
            monitoring[monitors] = (*monitoring.get(monitors, ()), *_ports(service, place))
    return ComposeFacts(
        name=_known(document.get("name")),
        containers=tuple(containers),
        monitoring=tuple(monitoring),
        dashboard_port=next(iter(monitoring.get("grafana", ())), None),
        logs_rotated=all(rotated),
    )


class _Loader(yaml.SafeLoader):
    """The safe loader with scalars left as text (``22:22`` is no number to base 60) and bounded merges."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own way to say which scalars are more than text
        first: [pair for pair in pairs if pair[0] in _TAGS]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    # Other tags are refused: not all constructors of PyYAML survive a value that does not fit.
    yaml_constructors = {t: make for t, make in yaml.SafeLoader.yaml_constructors.items() if t in _TAGS}  # noqa: RUF012 - likewise

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge ``<<``, whose nesting would otherwise turn a small file into any amount of memory."""
        merged = [value.value for key, value in node.value if key.tag == _MERGE]
        if sum(map(len, merged)) <= _MOST_MERGED:
            super().flatten_mapping(node)
        if merged and (len(node.value) > _MOST_MERGED or sum(map(len, merged)) > _MOST_MERGED):
            raise yaml.constructor.ConstructorError(problem="too many merges", problem_mark=node.start_mark)


def _wrong(place: str, found: str, expected: str, remedy: str) -> InputError:
    return InputError(place, found=found, expected=expected, remedy=remedy)


def _document(path: Path) -> Table:
    remedy = "name a Compose file, such as compose.yaml"
    try:
        with path.open("rb") as file:
            raw = file.read(_LARGEST_BYTES + 1)
    except OSError as error:
        found = (error.strerror or "an unreadable file").lower()
        raise _wrong(str(path), found, "a readable Compose file", remedy) from error
    if len(raw) > _LARGEST_BYTES:
        raise _wrong(str(path), "a larger file", f"at most {_LARGEST_BYTES} bytes", remedy)
    try:
        document = yaml.load(raw, Loader=_Loader)  # noqa: S506 - _Loader is a SafeLoader
    except (yaml.YAMLError, RecursionError) as error:
        # The error's own text quotes the file, and with it perhaps a password: only problem and line are told.
        mark, problem = getattr(error, "problem_mark", None), getattr(error, "problem", None)
        told = re.sub(r"(alias|anchor|tag|handle) ['\"].*", r"\1", problem or "it cannot be read")
        found = f"text that is not YAML ({told}{f' in line {mark.line + 1}' if mark else ''})"
        raise _wrong(str(path), found, "a YAML document", _CHECK) from None
    return _below({path: document}, "", path)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")  # noqa: PLR2004 - one terminal line


def _kind(value: object) -> str:
    """Name what stands there: its text may be secret, and aliases can make it endless."""
    return "text" if isinstance(value, str) else "a list" if isinstance(value, list) else "something else"


def _below(table: Table, place: str, key: object) -> Table:
    """Return the mapping at a key, empty where the key is absent or has no value; ``place`` precedes the key."""
    value = table.get(key)
    if value is not None and not isinstance(value, dict):
        raise _wrong(f"{place}{key}", _kind(value), "a mapping", _CHECK)
    return value or {}


def _known(value: object) -> str | None:
    """Return a scalar with variables at their defaults; None if absent or dependent on one without default."""
    text = _resolved(value)
    return text if isinstance(value, str) and _UNKNOWN not in text else None


def _resolved(value: object) -> str:
    def default(match: re.Match[str]) -> str:
        return "$" if match[1] else _UNKNOWN if match["default"] is None else match["default"]

    return _VARIABLE.sub(default, _VARIABLE.sub(default, value)) if isinstance(value, str) else ""


def _container(name: str, service: Table, place: str) -> ComposeContainer:
    command = _words(service)
    role = guessed_role(name, _known(service.get("image")) or "", command)
    processes, threads = _processes(role, command)
    database = role is Role.POSTGRESQL
    buffers = _setting(command, "shared_buffers") if database else None
    connections = _setting(command, "max_connections") or _option(command, "-N") if database else None
    replicas = _known(_below(service, place, "deploy").get("replicas")) or _known(service.get("scale"))
    return ComposeContainer(
        name=name,
        role=role,
        replicas=_whole(replicas) or 1,
        memory_limit_bytes=_limit(service, place, ("mem_limit", "memory"), _bytes),
        cpu_limit_cores=_limit(service, place, ("cpus", "cpus"), _cores),
        processes=processes,
        threads=threads,
        max_connections=_whole(connections),
        shared_buffers_bytes=_bytes(buffers, f"{place}command", _POSTGRESQL_PAGE_BYTES) if buffers else None,
        published_ports=_ports(service, place),
    )


def _words(service: Table) -> list[str]:
    """Return the words of what a service starts, those inside a shell's ``-c`` text among them."""
    words = []
    for key in ("entrypoint", "command"):
        value = service.get(key)
        words += (
            [_resolved(item) for item in value] if isinstance(value, list) else split_words(_resolved(value))
        )
    return command_words(words)


def _monitoring(name: str, image: str) -> Monitoring | None:
    """Return the monitoring product; exporters count as Prometheus, whose assumed memory includes them."""
    names = (image, name.lower())
    gathers = any(each in {"prometheus", "cadvisor"} or each.endswith("exporter") for each in names)
    return "grafana" if "grafana" in names else "prometheus" if gathers else None


def _processes(role: Role, command: list[str]) -> tuple[int | None, int | None]:
    """Return processes and threads as the command line of the server sets them."""
    if role is Role.CELERY:
        most = (_option(command, "--autoscale") or "").partition(",")[0]
        return _whole(_option(command, "-c", "--concurrency")) or _whole(most), None
    if role in {Role.GUNICORN, Role.ASGI}:
        return _whole(_option(command, "-w", "--workers")), _whole(_option(command, "--threads"))
    return None, None


def _option(command: list[str], *names: str) -> str | None:
    """Return the last value of an option, written ``-w 4``, ``-w4``, ``--workers 4`` or ``--workers=4``."""
    found = None
    for word, following in pairwise([*command, ""]):
        for name in names:
            attached = re.fullmatch(rf"{name}(=.*|[0-9]+)", word)
            found = following if word == name else attached[1].removeprefix("=") if attached else found
    return found


def _setting(command: list[str], name: str) -> str | None:
    """Return the last value of a PostgreSQL setting, written ``-c name=value`` or ``--name=value``."""
    pattern = re.compile(rf"(?:--|-c)?\s*{name.replace('_', '[-_]')}\s*=\s*'?([^'\0]*)'?\s*")
    values = [match[1].strip() for word in command if (match := pattern.fullmatch(word))]
    return values[-1] if values else None


def _whole(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"[0-9]{1,9}", text) and int(text) > 0 else None


def _limit(service: Table, place: str, keys: tuple[str, str], read: Reader) -> float | None:
    """Return a limit, which can stand at the service or under ``deploy``; 0 is none."""
    below, below_place = service, place
    for key in ("deploy", "resources", "limits"):
        below, below_place = _below(below, below_place, key), f"{below_place}{key}."
    texts = _known(service.get(keys[0])), _known(below.get(keys[1]))
    places = f"{place}{keys[0]}", f"{below_place}{keys[1]}"
    limits = [read(text, at) for text, at in zip(texts, places, strict=True) if text]
    if len(set(limits)) > 1:
        found = f"{texts[0]!r} beside deploy.resources.limits.{keys[1]}: {texts[1]!r}"
        raise _wrong(places[0], found, "the same limit in both", "keep one of the two")
    return limits[0] or None if limits else None


def _bytes(text: str, place: str, bare_bytes: float = 1.0) -> float:
    match = _BYTES.fullmatch(text)
    if match is None:
        raise _wrong(
            place, _shown(text), "bytes such as 512m or 1.5gb (b, k, m, g, kb, mb, gb)", "correct it"
        )
    return float(match[1]) * (_UNITS_BYTES[match[2].lower()] if match[2] else bare_bytes)


def _cores(text: str, place: str) -> float:
    if not re.fullmatch(r"[0-9]*\.?[0-9]+", text):
        raise _wrong(place, _shown(text), "a number of cores such as 1.5", "correct the number")
    return float(text)


def _ports(service: Table, place: str) -> tuple[int, ...]:
    """Return the ports that other machines can reach; of a range the first and the last.

    A port published without a number gets a random one: the container's own stands for it.
    """
    value = service.get("ports") or []
    place = f"{place}ports"
    if not isinstance(value, list):
        raise _wrong(place, _kind(value), "a list of ports", 'write - "8080:80"')
    found: list[int] = []
    for each in value:
        if isinstance(each, dict):
            host, published, target = (_resolved(each.get(key)) for key in ("host_ip", "published", "target"))
        else:
            head, _, target = _resolved(each).partition("/")[0].rpartition(":")
            host, _, published = head.rpartition(":")
        if not host.startswith(("127.", "[::1", "::1")):
            found += _port_numbers(published or target, place)
    return tuple(dict.fromkeys(found))


def _port_numbers(text: str, place: str) -> list[int]:
    """Return a port, or both ends of a range; nothing where a variable without default hides it."""
    if _UNKNOWN in text:
        return []
    ends = [_whole(end) or 0 for end in text.split("-", 1)]
    if not all(0 < end <= _LAST_PORT for end in ends):
        raise _wrong(place, _shown(text), f"a port such as 8080:80, from 1 to {_LAST_PORT}", "correct it")
    return ends


def _rotated(service: Table, place: str) -> bool:
    """Return whether Docker bounds the log: json-file, the default, does so only with max-size."""
    logging = _below(service, place, "logging")
    options = _below(logging, f"{place}logging.", "options")
    return (_known(logging.get("driver")) or "json-file") != "json-file" or "max-size" in options
