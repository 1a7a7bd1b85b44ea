"""descriptors: how many files a process may have open, and so how many users it can run."""

import resource

_SPARE = 128
"""Kept for what is no user's connection: pipes, files of a step, libraries; a decision of ours, as some 40 are open."""


def raise_limit() -> None:
    """Let this process, and those it starts, have as many files open as they are allowed to ask for."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def most_users(generators: int) -> int | None:
    """Return how many users may each have a connection, in so many processes; None where there is no limit."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else max(0, soft - _SPARE) * generators
