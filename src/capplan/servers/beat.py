"""beat: the scheduler of Celery, which listens to nobody: it is up when it says so, with its version, in its log."""

import re

from capplan.servers.place import NotReadyError, Place, Server, given_command

_BANNER = re.compile(r"celery beat v(\d\S*)")


def _ask(place: Place) -> str:
    found = _BANNER.search(place.log.read_text(errors="replace"))
    if found is None:
        raise NotReadyError("it has not said that it starts")
    return f"Celery beat {found.group(1)}"


BEAT = Server(command=given_command, ask=_ask, listens=False)
