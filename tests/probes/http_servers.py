"""http_servers: small HTTP servers in a thread, on a unix socket or on loopback, that answer from a function."""

import http.server
import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Answer = Callable[[str], tuple[int, Any]]
"""From a path with its query to a status and what is sent as JSON."""


class _Unix(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True

    def get_request(self) -> tuple[socket.socket, Any]:
        request, _ = super().get_request()
        return request, ("local", 0)


def _handler(answer: Answer) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version = "nginx/1.27.4"
        sys_version = ""

        def do_GET(self) -> None:
            status, found = answer(self.path)
            body = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def unix_server(path: Path, answer: Answer) -> Iterator[None]:
    """Answer on a unix socket for a while."""
    with _Unix(str(path), _handler(answer)) as server, _running(server):
        yield


@contextmanager
def loopback_server(answer: Answer) -> Iterator[str]:
    """Answer on a port of loopback for a while, and yield the base URL."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(answer)) as server, _running(server):
        yield f"http://127.0.0.1:{server.server_address[1]}"


@contextmanager
def _running(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
