"""nginx: what Nginx did, by its access log, for its own status page is not in every build.

The log has to be written in this format; more may follow in a line, and is ignored::

    log_format capplan '$msec $status $request_time $upstream_response_time $bytes_sent $request_method $uri';

Reading begins at the end of the file and goes on through rotation and truncation.
"""

import http.client
from pathlib import Path

from capplan.machine.absence import AbsentError
from capplan.machine.log_tail import LogTail
from capplan.machine.permission import Permission
from capplan.machine.permitted_http import PermittedConnection
from capplan.machine.server_url import read_server_url
from capplan.machine.surroundings import Surroundings
from capplan.probe import Absences, AskedProbe, Statistics
from capplan.scenario import Observed

_PORTS = {"http": 80, "https": 443}
_TIMEOUT_S = 2.0
_FORMAT = "$msec $status $request_time $upstream_response_time $bytes_sent"
_NO_UPSTREAM = b"-"
_SERVER_ERRORS = 500


def ask_nginx(name: str, watched: Observed, around: Surroundings) -> AskedProbe | None:
    """Read the access log of a service of kind nginx, if one is named."""
    del name
    if watched.access_log is None and watched.url is None:
        return None
    log = None if watched.access_log is None else LogTail(Path(watched.access_log))
    return NginxProbe(log, watched.url, around.permission)


class NginxProbe:
    """Reads the log on, and asks the server once for its version."""

    by = "access log"

    def __init__(self, log: LogTail | None, url: str | None, permission: Permission) -> None:
        self.absent: Absences = {}
        self.version = ""
        self._url = url
        self._permission = permission
        self._log = log
        self._sums = AccessSums()
        self._met = url is None

    @property
    def address(self) -> str:
        """Return where it is asked."""
        return "" if self._url is None else read_server_url(self._url, _PORTS).address

    def ask(self, *, full: bool) -> Statistics:
        """Return what the log's lines add up to since the first look."""
        del full
        if not self._met:
            self._met = True
            self._ask_version()
        if self._log is None:
            raise AbsentError("no access_log is named")
        for line in self._log.lines():
            self._sums.add(line)
        if self._sums.unread and not self._sums.requests:
            raise AbsentError(f"the lines of its access log do not begin with {_FORMAT}")
        return self._sums.statistics()

    def close(self) -> None:
        """Keep the log open: what is not read yet is not lost."""

    def _ask_version(self) -> None:
        """Ask for the page and read the header ``Server``, whatever the answer; failing that is no harm."""
        url = read_server_url(self._url or "", _PORTS)
        connection = PermittedConnection(url, self._permission, timeout_s=_TIMEOUT_S)
        try:
            connection.request("HEAD", url.path or "/", headers={"Host": url.host, "Connection": "close"})
            self.version = connection.getresponse().getheader("Server", "unnamed")
            connection.close()
        except (AbsentError, OSError, http.client.HTTPException) as error:
            self.absent.setdefault("version", str(error))


class AccessSums:
    """What the lines of a log add up to."""

    def __init__(self) -> None:
        self.requests = 0
        self.unread = 0
        self._request_s = 0.0
        self._upstream_s = 0.0
        self._sent_bytes = 0
        self._status_5xx = 0

    def add(self, line: bytes) -> None:
        """Add one line; several tries of an upstream are written ``0.010, 0.020`` or ``0.010 : 0.020``."""
        try:
            _, status, request, rest = line.split(b" ", 3)
            tries, after = _upstream(rest.split())
            status_code, request_s, sent_bytes = int(status), float(request), int(after[0])
        except (ValueError, IndexError):
            self.unread += 1
            return
        self.requests += 1
        self._request_s += request_s
        self._upstream_s += tries
        self._sent_bytes += sent_bytes
        self._status_5xx += status_code >= _SERVER_ERRORS

    def statistics(self) -> Statistics:
        """Return the sums by name."""
        return {
            "requests": self.requests,
            "request_s": self._request_s,
            "upstream_s": self._upstream_s,
            "sent_bytes": self._sent_bytes,
            "status_5xx": self._status_5xx,
            "unread": self.unread,
        }


def _upstream(words: list[bytes]) -> tuple[float, list[bytes]]:
    """Return the time of all tries, and the words after them."""
    total_s, place = 0.0, 0
    while True:
        word = words[place]
        time_s = word.rstrip(b",")
        total_s += 0.0 if time_s == _NO_UPSTREAM else float(time_s)
        place += 1
        if words[place] == b":":
            place += 1
        elif not word.endswith(b","):
            return total_s, words[place:]
