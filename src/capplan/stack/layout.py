"""stack_layout: the folder of a stack before anything runs in it: programs within reach, places, ports, environment."""

import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from capplan.errors import TargetError
from capplan.machine.unprivileged import (
    Account,
    Interpreter,
    interpreter_within_reach,
    service_account,
    within_reach,
)
from capplan.servers.place import Place
from capplan.stack.packages import installed_packages
from capplan.stack.processes import STACK_MARK
from capplan.stack_file import StackFile, StackService, filled

_PYTHON = "python"
_TIMEOUT_S = 300.0
_LONGEST_SAID = 400
# Below 32768, where Linux begins to take ports for outgoing connections.
_FIRST_PORT, _LAST_PORT = 20000, 32000


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Where everything of a stack is."""

    stack: StackFile
    source: Path
    folder: Path
    mark: str
    account: Account
    packages: Path
    application: Path
    interpreter: Interpreter
    values: Mapping[str, str]
    """What stands for each placeholder."""

    def place(self, service: StackService) -> Place:
        """Return where a service runs."""
        return Place(
            service=service,
            folder=self.folder / service.name,
            port=int(self.values[f"{service.name}.port"]),
            packages=self.packages,
            source=self.source,
            log=self.log(service.name),
            account=self.account,
            run=lambda command, text="": self.run(service, command, text),
            fill=self.fill,
        )

    def log(self, name: str) -> Path:
        """Return the file that a service's output goes to."""
        return self.folder / "logs" / f"{name}.log"

    def fill(self, text: str) -> str:
        """Return a text without placeholders."""
        return filled(text, self.values)

    def command(self, words: Sequence[str]) -> list[str]:
        """Return a command with its interpreter, if it is one for Python."""
        first = self.interpreter.command if words[0] == _PYTHON else (words[0],)
        return [*first, *words[1:]]

    def environment(self, service: StackService) -> dict[str, str]:
        """Return all that a process of a service sees of the environment."""
        own = self.folder / service.name
        given = self.stack.environment | service.environment
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(own),
            "TMPDIR": str(own),
            "PYTHONPATH": f"{self.application}{os.pathsep}{self.packages}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            **self.interpreter.environment,
            **{name: self.fill(value) for name, value in given.items()},
            STACK_MARK: self.mark,
        }

    def run(self, service: StackService, command: Sequence[str], text: str = "") -> str:
        """Run a command as the service's user until it ends, and return what it says on standard output.

        Raises
        ------
        TargetError
            If it fails.
        """
        try:
            done = subprocess.run(  # noqa: S603 - what the stack file says
                self.command(command),
                input=text,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                cwd=self.folder / service.name,
                env=self.environment(service),
                timeout=_TIMEOUT_S,
                check=False,
                **self.account.spawning(),
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise TargetError(f"the service {service.name}: {error}; correct the stack file.") from error
        if done.returncode != 0:
            said = last_said(done.stderr or done.stdout)
            raise TargetError(f"the service {service.name}: `{' '.join(command)}` failed and said: {said}")
        return str(done.stdout)


def lay_out(file: Path, stack: StackFile, folder: Path, mark: str, tell: Callable[[str], None]) -> Layout:
    """Install the packages, copy the application, and bring both and Python within reach of the services' user."""
    account = service_account()
    (folder / "logs").mkdir()
    for service in stack.services:
        account.make_folder(folder / service.name)
    found = installed_packages(
        file.parent / stack.requirements, mark={STACK_MARK: mark}, log=folder / "logs" / "pip.log", tell=tell
    )
    application = folder / "application"
    # Links stay links: what they lead to may be what only the caller is to read.
    shutil.copytree(
        file.parent / stack.application,
        application,
        symlinks=True,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    account.take(application)
    return Layout(
        stack=stack,
        source=file.parent,
        folder=folder,
        mark=mark,
        account=account,
        packages=within_reach(account, found, folder / "packages"),
        application=application,
        interpreter=interpreter_within_reach(account, folder / "python"),
        values=_values(stack, folder),
    )


def last_said(text: str) -> str:
    """Return the last lines of a log as a part of one sentence."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    said = " | ".join(lines[-3:])[-_LONGEST_SAID:]
    return said or "nothing"


def _values(stack: StackFile, folder: Path) -> dict[str, str]:
    values = {"secret": secrets.token_hex(25)}
    for service, port in zip(stack.services, _free_ports(len(stack.services)), strict=True):
        values[f"{service.name}.port"] = str(port)
        values[f"{service.name}.address"] = f"127.0.0.1:{port}"
        values[f"{service.name}.folder"] = str(folder / service.name)
    return values


def _free_ports(count: int) -> list[int]:
    """Return ports of loopback that nobody listens at, from a random one on."""
    span = _LAST_PORT - _FIRST_PORT
    begin, found = secrets.randbelow(span), []
    for offset in range(span):
        port = _FIRST_PORT + (begin + offset) % span
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise TargetError(f"the stack: {count} free ports from {_FIRST_PORT} to {_LAST_PORT} were not found.")
