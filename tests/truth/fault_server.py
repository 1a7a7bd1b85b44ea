"""fault_server: goes wrong in a chosen way, at a path, from a chosen moment on, or after a number of requests.

``/rst`` and the like do what their name in ``FAULTS`` says whenever they are asked. With ``--fault NAME`` every path
does, from ``--from`` seconds after the first request for ``--for`` seconds, or from request ``--after`` on. Its first
line says port and process number; ``/told`` says what came, also at the two places elsewhere that redirects name.
"""

import argparse
import contextlib
import json
import os
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

FOREIGN = "192.0.2.1"
"""An address that is nobody's: RFC 5737."""
_CHUNK = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@dataclass(slots=True, kw_only=True)
class Scene:
    """What is to happen when, and what has come."""

    options: argparse.Namespace
    port: int
    elsewhere: dict[str, tuple[str, int]]
    counts: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)
    first_s: float | None = None

    def count(self, what: str) -> int:
        """Count something that came or went, and return how often it has."""
        with self.lock:
            self.counts[what] += 1
            return self.counts[what]

    def fault_now(self) -> str:
        """Return the fault that every path has at this moment, or ``fine``."""
        number, now_s = self.count("received"), time.monotonic()
        with self.lock:
            self.first_s = self.first_s if self.first_s is not None else now_s
        since_s = now_s - self.first_s
        on = self.options.start <= since_s < self.options.start + self.options.length
        return self.options.fault if on and number > self.options.after else "fine"

    def fault_ends_s(self) -> float:
        """Return how long the fault will go on."""
        if self.first_s is None or self.options.fault == "fine":
            return float(self.options.seconds)
        return float(self.first_s + self.options.start + self.options.length - time.monotonic())


def _whole(status: str, body: bytes = b"fine\n", *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _fine(connection: socket.socket, scene: Scene) -> bool:
    del scene
    connection.sendall(_whole("200 OK"))
    return True


def _rst(connection: socket.socket, scene: Scene) -> bool:
    del scene
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


def _half_open(connection: socket.socket, scene: Scene) -> bool:
    """Never answer; let go when the client does."""
    del scene
    while connection.recv(1 << 16):
        pass
    return False


def _slow_body(connection: socket.socket, scene: Scene) -> bool:
    """Send a whole body, byte by byte, over the given seconds."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n")
    for _ in range(20):
        time.sleep(scene.options.seconds / 20)
        connection.sendall(b"x")
    return True


def _truncated_chunk(connection: socket.socket, scene: Scene) -> bool:
    del scene
    connection.sendall(_CHUNKED + b"100\r\n" + b"x" * 10)
    return False


def _short_body(connection: socket.socket, scene: Scene) -> bool:
    del scene
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 500)
    return False


def _garbage(connection: socket.socket, scene: Scene) -> bool:
    del scene
    connection.sendall(b"\x00\xff this is not HTTP\r\n\r\n")
    return False


def _storm(connection: socket.socket, scene: Scene) -> bool:
    del scene
    connection.sendall(_whole("503 Service Unavailable", b"no\n"))
    return True


def _too_many(connection: socket.socket, scene: Scene) -> bool:
    del scene
    connection.sendall(_whole("429 Too Many Requests", b"later\n", "Retry-After: 1"))
    return True


def _stall(connection: socket.socket, scene: Scene) -> bool:
    """Answer when the stall is over: all who came in it wait for the same moment."""
    time.sleep(max(scene.fault_ends_s(), 0.0))
    return _fine(connection, scene)


def _keepalive_race(connection: socket.socket, scene: Scene) -> bool:
    """Answer as if the connection stayed open, and close it."""
    _fine(connection, scene)
    return False


def _redirect(where: str) -> Callable[[socket.socket, Scene], bool]:
    def redirect(connection: socket.socket, scene: Scene) -> bool:
        host, port = scene.elsewhere[where]
        connection.sendall(_whole("302 Found", b"", f"Location: http://{host}:{port}/fine"))
        return True

    return redirect


def _die(connection: socket.socket, scene: Scene) -> bool:
    del connection, scene
    os._exit(1)


def _endless(connection: socket.socket, scene: Scene) -> bool:
    """Send until the client has had enough, at a few megabytes per second."""
    connection.sendall(_CHUNKED)
    while True:
        connection.sendall(_CHUNK)
        scene.count("endless chunks")
        time.sleep(0.02)


FAULTS: dict[str, Callable[[socket.socket, Scene], bool]] = {
    "fine": _fine,
    "rst": _rst,
    "half-open": _half_open,
    "slow-body": _slow_body,
    "truncated-chunk": _truncated_chunk,
    "short-body": _short_body,
    "garbage": _garbage,
    "storm": _storm,
    "too-many": _too_many,
    "stall": _stall,
    "keepalive-race": _keepalive_race,
    "redirect-foreign": _redirect("foreign"),
    "redirect-own-address": _redirect("own address"),
    "redirect-other-port": _redirect("other port"),
    "redirect-self": _redirect("self"),
    "die": _die,
    "endless": _endless,
}
"""Faults by name. A fault answers, or not, and returns whether the connection goes on."""


def _serve(connection: socket.socket, scene: Scene) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError, ValueError):
        goes_on = True
        while goes_on and (first := lines.readline(1 << 16)):
            path = first.decode("latin-1").split()[1]
            while lines.readline(1 << 16).strip():
                pass
            if path == "/told":
                told: dict[str, Any] = dict(scene.counts)
                connection.sendall(_whole("200 OK", json.dumps(told).encode()))
                continue
            name = scene.fault_now()
            name = path[1:] if path[1:] in FAULTS else name
            goes_on = FAULTS[name](connection, scene)
            scene.count(f"ended {name}")


def _note(listener: socket.socket, scene: Scene, where: str) -> None:
    """Count whoever comes to a place elsewhere, and answer."""
    while True:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            scene.count(f"came to {where}")
            connection.settimeout(1.0)
            connection.recv(1 << 16)
            connection.sendall(_whole("200 OK", b"elsewhere\n", "Connection: close"))


def _own_address() -> str | None:
    """Return an address of this machine beyond loopback; a socket that only chooses a route sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route, contextlib.suppress(OSError):
        route.connect((FOREIGN, 9))
        found = str(route.getsockname()[0])
        return None if found.startswith("127.") else found
    return None


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A server that goes wrong in a chosen way.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", choices=sorted(FAULTS), default="fine")
    parser.add_argument(
        "--from", dest="start", type=float, default=0.0, help="seconds after the first request"
    )
    parser.add_argument("--for", dest="length", type=float, default=1e9, help="seconds")
    parser.add_argument("--after", type=int, default=0, help="requests that are answered well before")
    parser.add_argument(
        "--seconds", type=float, default=2.0, help="how long a slow body or a stall at a path takes"
    )
    return parser.parse_args()


def main() -> None:
    """Listen, and go wrong as asked."""
    options = _parsed()
    listener = socket.create_server(("127.0.0.1", options.port), backlog=1024)
    own, port = _own_address(), listener.getsockname()[1]
    places = {"other port": socket.create_server(("127.0.0.1", 0))}
    if own is not None:
        places["own address"] = socket.create_server((own, 0))
    elsewhere: dict[str, tuple[str, int]] = {name: place.getsockname()[:2] for name, place in places.items()}
    scene = Scene(
        options=options,
        port=port,
        elsewhere={"foreign": (FOREIGN, 80), "own address": (FOREIGN, 80), "self": ("127.0.0.1", port)}
        | elsewhere,
    )
    threading.stack_size(256 << 10)
    for name, place in places.items():
        threading.Thread(target=_note, args=(place, scene, name), daemon=True).start()
    sys.stdout.write(json.dumps({"port": port, "pid": os.getpid(), "elsewhere": elsewhere}) + "\n")
    sys.stdout.flush()
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=_serve, args=(connection, scene), daemon=True).start()


if __name__ == "__main__":
    main()
