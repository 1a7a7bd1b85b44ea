"""permitted_http: an HTTP connection to where a server may be asked, with its certificate checked against its name."""

import http.client
import socket
import ssl

from capplan.machine.permission import Permission
from capplan.machine.server_url import ServerUrl


class PermittedConnection(http.client.HTTPConnection):
    """Connects, at first and whenever the server has closed the connection, to the address that is permitted then."""

    def __init__(self, url: ServerUrl, permission: Permission, *, timeout_s: float) -> None:
        super().__init__(url.host, url.port, timeout=timeout_s)
        self._url = url
        self._permission = permission

    def connect(self) -> None:
        """Connect.

        Raises
        ------
        AbsentError
            If the server may not be asked.
        """
        url = self._url
        place = (self._permission.address(url.host, url.port), url.port)
        self.sock = socket.create_connection(place, self.timeout)
        if url.scheme == "https":
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=url.host)
