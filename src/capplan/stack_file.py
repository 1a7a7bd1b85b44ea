"""stack_file: which services a stack has and how each is started, as written in a TOML file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from capplan.errors import InputError
from capplan.part import Name, Part
from capplan.profile import Role
from capplan.toml_document import DocumentKind, read_document

KIND = DocumentKind("stack file", remedy="see docs/reference/stack.md", missing="check the name")
_PLACEHOLDER = re.compile(r"\{\{([^{}]*)\}\}")
_OWN_FOLDERS = frozenset({"application", "logs", "packages", "python"})
"""What else lies in the folder of a stack, beside one folder for each service."""
_SERVERS = (Role.POSTGRESQL, Role.REDIS, Role.NGINX)

Command = Annotated[tuple[str, ...], Field(min_length=1)]
"""A program and its arguments; a program called python is the interpreter the stack runs on."""


class StackService(Part):
    """One service. Texts may hold {{NAME.port}}, {{NAME.address}}, {{NAME.folder}} of any service, and {{secret}}."""

    name: Name
    """Its name, which is that of the container in the profile it is compared with."""
    kind: Role
    """What runs there; postgresql, redis and nginx bring their own command."""
    before: tuple[Command, ...] = ()
    """What has to be done before it starts, when all services above answer."""
    command: tuple[str, ...] = ()
    """How it is started, unless its kind says so."""
    health: str | Command | None = None
    """Path that it answers over HTTP, or a command that succeeds once it answers."""
    environment: dict[str, str] = {}
    """Variables of this service alone."""
    settings: dict[str, str] = {}
    """postgresql and redis: settings by name."""
    settings_file: str | None = None
    """nginx: its configuration, beside this file."""
    database: str = "postgres"
    """postgresql: a database and the role that owns it."""

    @model_validator(mode="after")
    def _whole(self) -> "StackService":
        if (self.kind in _SERVERS) == bool(self.command):
            raise ValueError(f"{'no' if self.command else 'a'} command for a service of kind {self.kind}")
        if (self.kind is Role.NGINX) != (self.settings_file is not None):
            raise ValueError("a settings_file for a service of kind nginx, and for no other")
        return self


class StackFile(Part):
    """The whole file."""

    base_url: str
    """Where the stack answers once it is up."""
    requirements: str
    """Packages to install, each pinned by hash, beside this file."""
    application: str
    """Folder of the application, beside this file; Python finds its modules there."""
    environment: dict[str, str] = {}
    """Variables of every service; nothing else of the caller's environment reaches them."""
    services: Annotated[tuple[StackService, ...], Field(min_length=1)]
    """Services in the order of starting."""

    @model_validator(mode="after")
    def _names(self) -> "StackFile":
        names = [service.name for service in self.services]
        if len(set(names)) < len(names):
            raise ValueError("services of different names")
        if taken := _OWN_FOLDERS.intersection(names):
            raise ValueError(
                f"services not named {' or '.join(sorted(taken))}: a stack has such folders of its own"
            )
        return self


def read_stack_file(path: Path) -> StackFile:
    """Read a stack file.

    Raises
    ------
    InputError
        If it cannot be read, something in it is wrong, or a file it names is not there.
    """
    stack = read_document(StackFile, path, KIND)
    named = {"requirements": stack.requirements, "application": stack.application}
    named |= {f"services.{s.name}.settings_file": s.settings_file for s in stack.services if s.settings_file}
    for key, name in named.items():
        if not (path.parent / name).exists():
            raise InputError(
                f"{path}: {key}",
                found=f"{name!r}, which is not beside this file",
                expected="a name of something there",
                remedy="correct the name",
            )
    return stack


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its placeholders replaced.

    Raises
    ------
    InputError
        If one is unknown.
    """

    def value(found: re.Match[str]) -> str:
        name = found.group(1).strip()
        if name not in values:
            raise InputError(
                "stack file",
                found=f"the placeholder {found.group()}",
                expected=f"one of {', '.join(sorted(values))}",
                remedy="correct it",
            )
        return values[name]

    return _PLACEHOLDER.sub(value, text)
