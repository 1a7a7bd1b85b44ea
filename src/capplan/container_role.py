"""container_role: what a container runs, guessed from what it starts, its image and its name."""

import re
import shlex
from collections.abc import Sequence
from itertools import pairwise

from capplan.profile import Role

_IMAGES = {
    **dict.fromkeys(("nginx", "nginx-unprivileged", "openresty"), Role.NGINX),
    **dict.fromkeys(("postgres", "postgresql", "postgis", "pgvector", "timescaledb"), Role.POSTGRESQL),
    **dict.fromkeys(("redis", "redis-stack", "redis-stack-server", "valkey"), Role.REDIS),
}
_ASGI_SERVERS = {"daphne", "uvicorn", "hypercorn"}
_NAMES = {
    **_IMAGES, **dict.fromkeys((*_ASGI_SERVERS, "asgi"), Role.ASGI),
    "gunicorn": Role.GUNICORN, "celery": Role.CELERY, "beat": Role.BEAT, "celerybeat": Role.BEAT,
}  # fmt: skip
_SHELLS = {"sh", "bash", "ash", "dash"}
# Beside these words a name still means the product; "postgres-backup" is no database.
_NEUTRAL = {"app", "cache", "db", "django", "main", "primary", "proxy", "server", "web", "worker"}


def guessed_role(name: str, image: str, command: Sequence[str]) -> Role:
    """Guess a role: from the program that is started, else the image, else a name that can mean nothing else."""
    programs = {_program(word) for word in command}
    if "celery" in programs:
        named = {word for before, word in pairwise(command) if before not in {"-A", "--app"}}
        return Role.CELERY if "worker" in named else Role.BEAT if "beat" in named else Role.OTHER
    if "gunicorn" in programs:
        return Role.ASGI if any("Uvicorn" in word for word in command) else Role.GUNICORN
    if programs & _ASGI_SERVERS:
        return Role.ASGI
    if product(image) in _IMAGES:
        return _IMAGES[product(image)]
    words = set(re.split(r"[^a-z]+", name.lower())) - {""}
    roles = {_NAMES[word] for word in words & _NAMES.keys()}
    if words <= _NAMES.keys() | _NEUTRAL and len(roles - {Role.BEAT}) <= 1:
        return Role.BEAT if Role.BEAT in roles else next(iter(roles), Role.OTHER)
    return Role.OTHER


def product(image: str) -> str:
    """Return the last part of an image's name, without registry, tag and digest."""
    return image.partition("@")[0].rsplit("/", 1)[-1].partition(":")[0].lower()


def command_words(words: Sequence[str]) -> list[str]:
    """Return the words of what is started, those inside a shell's ``-c`` text among them."""
    in_shell = bool(words) and _program(words[0]) in _SHELLS
    return [word for item in words for word in split_words(item)] if in_shell else list(words)


def split_words(text: str) -> list[str]:
    """Return the words of a command that is written as one text."""
    try:
        return shlex.split(text)
    except ValueError:  # a lone quotation mark, legal inside a shell's comment
        return text.split()


def _program(path: str) -> str:
    return path.rpartition("/")[2]
