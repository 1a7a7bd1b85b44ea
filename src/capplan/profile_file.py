"""Reading a profile: a TOML file and ``--set`` changes in, a checked ServiceProfile or one clear sentence out."""

import tomllib
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from capplan.assumptions import assumptions
from capplan.errors import InputError
from capplan.estimate import Estimate
from capplan.profile import RequestClass, Role, ServiceProfile
from capplan.toml_document import DocumentKind, checked, parse_toml, read_text

_SHARE_TOLERANCE = 0.01
_MEANT_FOR = {
    "processes": (Role.GUNICORN, Role.CELERY, Role.ASGI, Role.NGINX),
    "threads": (Role.GUNICORN,),
    "max_connections": (Role.POSTGRESQL, Role.NGINX),
    "connection_pool": (Role.POSTGRESQL,),
    "memory_per_connection": (Role.POSTGRESQL,),
    "shared_buffers": (Role.POSTGRESQL,),
}
_KIND = DocumentKind(
    "profile",
    remedy="see docs/reference/profile.md or `capplan init`",
    missing="check the name, or write a profile with `capplan init`",
)


def read_profile(path: Path, changes: Sequence[str] = ()) -> ServiceProfile:
    """Read, change and check a profile.

    Raises
    ------
    InputError
        If the file cannot be read, is not TOML, or does not describe a service.
    """
    return parse_profile(read_text(path, _KIND), str(path), changes)


def parse_profile(text: str, name: str, changes: Sequence[str] = ()) -> ServiceProfile:
    """Do what ``read_profile`` does with text that came from ``name``."""
    document = parse_toml(text, name, _KIND)
    for change in changes:
        _apply(document, change)
    profile = checked(ServiceProfile, document, name, _KIND)
    _check(profile, name)
    return profile


def _apply(document: dict[str, Any], change: str) -> None:
    path, separator, raw = change.partition("=")
    keys = path.strip().split(".")
    if not separator or not all(keys):
        raise InputError(
            f"--set {change}",
            found="no KEY=VALUE",
            expected="a key path and a value",
            remedy="write for example --set traffic.concurrent_users=200",
        )
    try:
        value = tomllib.loads(f"value = {raw.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        value = raw.strip()
    table = document
    for key in keys[:-1]:
        below = table.setdefault(key, {})
        if not isinstance(below, dict):
            raise InputError(
                f"--set {change}",
                found=f"{key} to be a value",
                expected="a table",
                remedy="set the key itself",
            )
        table = below
    table[keys[-1]] = value


def _check(profile: ServiceProfile, name: str) -> None:
    _check_traffic(profile, name)
    _check_classes(profile.classes, name)
    _check_containers(profile, name)
    for path, containers in _references(profile):
        for container in containers:
            if container not in profile.containers:
                raise InputError(
                    f"{name}: {path}",
                    found=f"{container!r}",
                    expected=f"one of the containers {', '.join(profile.containers)}",
                    remedy="name a container of this profile",
                )
    if (
        profile.jobs
        and not profile.of_role(Role.CELERY)
        and any(j.container is None for j in profile.jobs.values())
    ):
        raise InputError(
            f"{name}: jobs",
            found="jobs but no container with role celery",
            expected="a container that runs them",
            remedy="add one, or give each job its container",
        )
    for key, estimate in profile.assume.items():
        _check_assumption(name, key, estimate)


def _check_containers(profile: ServiceProfile, name: str) -> None:
    """Refuse a setting that means nothing for a container's role: it would be read and forgotten."""
    for key, container in profile.containers.items():
        for field, roles in _MEANT_FOR.items():
            if getattr(container, field) is not None and container.role not in {*roles, Role.OTHER}:
                raise InputError(
                    f"{name}: containers.{key}.{field}",
                    found=f"{field} for role {container.role}",
                    expected=f"it only for {', '.join(roles)}",
                    remedy="remove it, or correct the role",
                )


def _check_assumption(name: str, key: str, estimate: Estimate) -> None:
    place = f"{name}: assume.{key}"
    known = assumptions().get(key)
    if known is None:
        near = get_close_matches(key, assumptions(), n=1)
        remedy = f"did you mean {near[0]!r}?" if near else "see docs/reference/assumptions.md"
        raise InputError(place, found="an unknown assumption", expected="a key of the list", remedy=remedy)
    if not known.least <= estimate.low <= estimate.high <= known.most:
        found = (
            f"{estimate.low:g}" if estimate.low == estimate.high else f"{estimate.low:g} to {estimate.high:g}"
        )
        expected = f"{known.least:g} to {known.most:g} ({known.unit})"
        raise InputError(place, found=found, expected=expected, remedy="correct it")


def _check_traffic(profile: ServiceProfile, name: str) -> None:
    traffic = profile.traffic
    if traffic.requests_per_s is None and (traffic.concurrent_users is None or traffic.think_time is None):
        raise InputError(
            f"{name}: traffic",
            found="no requests_per_s",
            expected="requests_per_s, with or without concurrent_users, or concurrent_users and think_time",
            remedy="add requests_per_s of the busiest hour",
        )
    if not any(c.role in {Role.GUNICORN, Role.ASGI, Role.OTHER} for c in profile.containers.values()):
        raise InputError(
            f"{name}: containers",
            found="no container that answers requests",
            expected="one with role gunicorn, asgi or other",
            remedy="add it",
        )


def _check_classes(classes: Mapping[str, RequestClass], name: str) -> None:
    shares = sum(request_class.share.mid for request_class in classes.values())
    if classes and abs(shares - 1) > _SHARE_TOLERANCE:
        parts = " + ".join(f"{c.share.mid:g}" for c in classes.values())
        raise InputError(
            f"{name}: classes",
            found=f"shares {parts} = {shares:g}",
            expected="shares that add up to 1",
            remedy="correct the share of each class",
        )


def _references(profile: ServiceProfile) -> list[tuple[str, list[str]]]:
    found = []
    for key, request_class in profile.classes.items():
        entry = [request_class.container] if request_class.container else []
        found += [(f"classes.{key}", [*entry, *request_class.cpu, *request_class.calls])]
    for key, job in profile.jobs.items():
        found += [(f"jobs.{key}", [*([job.container] if job.container else []), *job.cpu])]
    if profile.websockets and profile.websockets.container:
        found += [("websockets.container", [profile.websockets.container])]
    return found
