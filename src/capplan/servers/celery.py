"""celery: a worker of Celery, asked through its broker, as ``celery inspect report`` does."""

import re

from capplan.servers.place import Place, Server, given_command, health_said

_VERSION = re.compile(r"\bcelery:(\d\S*)")


def _ask(place: Place) -> str:
    found = _VERSION.search(health_said(place))
    return f"Celery {found.group(1)}" if found else ""


CELERY = Server(command=given_command, ask=_ask, listens=False)
