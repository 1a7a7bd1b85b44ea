"""web: Gunicorn, Daphne and their like, which say what they are made of in the JSON of their health page."""

import json

from capplan.machine.http_answer import http_answer
from capplan.servers.place import NotReadyError, Place, Server, given_command, health_path

_FINE = 200


def _ask(place: Place) -> str:
    answer = http_answer(place.port, health_path(place))
    if answer.status != _FINE:
        raise NotReadyError(f"status {answer.status}")
    try:
        versions = json.loads(answer.body)["versions"]
        return ", ".join(f"{name.capitalize()} {version}" for name, version in versions.items())
    except (ValueError, LookupError, TypeError, AttributeError):
        return answer.headers.get("Server", "")


WEB = Server(command=given_command, ask=_ask)
