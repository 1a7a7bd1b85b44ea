"""other: any program; it is up when its health page or command says so, or else at once."""

from capplan.machine.http_answer import http_answer
from capplan.servers.place import NotReadyError, Place, Server, given_command, health_path, health_said

_ERRORS = 400


def _ask(place: Place) -> str:
    if not isinstance(place.service.health, str):
        health_said(place)
        return ""
    answer = http_answer(place.port, health_path(place))
    if answer.status >= _ERRORS:
        raise NotReadyError(f"status {answer.status}")
    return answer.headers.get("Server", "")


OTHER = Server(command=given_command, ask=_ask)
