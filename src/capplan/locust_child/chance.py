"""chance: Locust's own draws, of tasks and waits, come from the random generator of the user that draws.

Locust takes them from the module ``random``, which all users share, so that no run could be drawn again.
"""

import random
from importlib import import_module
from typing import Any

import gevent

_USER = "capplan_user"


class _OwnChance:
    """Stands for the module: what is asked of it is asked of the user's generator."""

    def __getattr__(self, name: str) -> object:
        user = user_now()
        return getattr(random if user is None else user.capplan_pace.random, name)


def draw_from_users() -> None:
    """Replace the module in the three places where Locust draws."""
    for name in ("task", "markov_taskset", "wait_time"):
        import_module(f"locust.user.{name}").random = _OwnChance()  # type: ignore[attr-defined]


def run_as(user: object) -> None:
    """Say that this greenlet, and all it spawns, act for a user."""
    gevent.getcurrent().spawn_tree_locals = {_USER: user}


def user_now() -> Any:
    """Return the user this greenlet acts for, if any."""
    found = getattr(gevent.getcurrent(), "spawn_tree_locals", None)
    return found.get(_USER) if found else None
