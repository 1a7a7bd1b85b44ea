"""server_url: where a server answers, as a URL says it: host and port or a unix socket, name, password, database."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit

from capplan.machine.absence import AbsentError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerUrl:
    """The parts of a URL, unquoted. A password is never part of ``address``."""

    scheme: str
    host: str
    port: int
    path: str
    user: str | None
    password: str | None
    options: Mapping[str, str]

    @property
    def address(self) -> str:
        """Return where the server is, without secrets."""
        place = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{place}:{self.port}" if self.host else f"{self.scheme}:{self.path}"


def read_server_url(text: str, ports: Mapping[str, int]) -> ServerUrl:
    """Read a URL whose scheme is one of those with a port.

    Raises
    ------
    AbsentError
        If it is none; what it said is not repeated, for it may hold a password.
    """
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AbsentError("url is no URL") from error
    if parts.scheme not in ports:
        raise AbsentError(f"url begins with {parts.scheme or 'nothing'}://, not with {' or '.join(ports)}")
    return ServerUrl(
        scheme=parts.scheme,
        host=host or "",
        port=port or ports[parts.scheme],
        path=unquote(parts.path),
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        options={key: values[-1] for key, values in parse_qs(parts.query).items()},
    )
