"""engine: Docker as it is on this machine, and one project of its Compose."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_LABEL = "label=com.docker.compose.project"
_UNIX = "unix://"


class RefusalError(Exception):
    """The run cannot begin; the text is the one sentence that says why and what helps."""


def output(*words: str, timeout_s: float = 60) -> str:
    """Return what a command prints; its complaint goes where ours would."""
    run = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, timeout=timeout_s)
    return run.stdout.strip()


def engine_version() -> str:
    """Return the version of the engine that answers on this machine.

    Raises
    ------
    RefusalError
        If none does, or it is another machine's.
    """
    helps = "start one (Debian: apt install docker.io docker-compose), or use `capplan stack up`, which needs none"
    if shutil.which("docker") is None:
        raise RefusalError(f"There is no Docker here: {helps}.")
    address = _quiet("docker", "context", "inspect", "--format", "{{.Endpoints.docker.Host}}")
    address = os.environ.get("DOCKER_HOST") or address or _UNIX
    if not address.startswith(_UNIX):
        raise RefusalError(
            f"The Docker engine is that of {address}: its containers cannot be read from here; {helps}."
        )
    version = _quiet("docker", "version", "--format", "{{.Server.Version}}")
    if not version:
        raise RefusalError(f"No Docker engine answers at {address}: {helps}.")
    return version


def compose_command() -> tuple[str, ...]:
    """Return how Compose is called here, version 2 before version 1.

    Raises
    ------
    RefusalError
        If there is none.
    """
    if _quiet("docker", "compose", "version"):
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    raise RefusalError("There is no Docker Compose here: install its plugin, or Debian's docker-compose.")


def builder() -> dict[str, str]:
    """Return the environment that has images built here: by the older builder where the newer is not installed."""
    if _quiet("docker", "buildx", "version"):
        return {}
    return {"DOCKER_BUILDKIT": "0", "COMPOSE_DOCKER_CLI_BUILD": "0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One Compose project; nothing outside it is touched."""

    name: str
    command: tuple[str, ...]
    file: Path
    environment: Mapping[str, str]

    def compose(self, *words: str) -> None:
        """Run Compose; its talk is kept in a file, and shown if it fails.

        Raises
        ------
        subprocess.CalledProcessError
            If it fails.
        """
        words = (*self.command, "--project-name", self.name, "--file", str(self.file), *words)
        talk = self.file.parent.parent / "compose.log"
        with talk.open("a") as log:
            log.write(f"\n$ {' '.join(words)}\n")
            log.flush()
            subprocess.run(
                words, check=True, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment
            )

    def containers(self) -> dict[str, Any]:
        """Return what the engine says of each running container, by service."""
        ids = output("docker", "ps", "--quiet", "--filter", f"{_LABEL}={self.name}").split()
        found = json.loads(output("docker", "inspect", *ids)) if ids else []
        return {each["Config"]["Labels"]["com.docker.compose.service"]: each for each in found}

    def remains(self) -> list[str]:
        """Return every container, volume and network that the project has, running or not."""
        where = ("--quiet", "--filter", f"{_LABEL}={self.name}")
        return [
            f"{kind} {each}"
            for kind, words in (
                ("container", ("ps", "--all")),
                ("volume", ("volume", "ls")),
                ("network", ("network", "ls")),
            )
            for each in output("docker", *words, *where).split()
        ]

    def remove(self) -> None:
        """Remove containers, volumes and networks of the project; images stay, as a cache."""
        self.compose("down", "--volumes", "--remove-orphans", "--timeout", "10")


def _quiet(*words: str) -> str:
    """Return what a command prints, or nothing if it fails."""
    try:
        run = subprocess.run(words, check=False, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
