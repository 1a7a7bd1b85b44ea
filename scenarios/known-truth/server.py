"""server: answers over HTTP, and knows exactly what it burned, slept, held, allocated and answered.

Run as ``python server.py --port 0``; its first line on standard output says port and process numbers. README.md says
what each path does and what is known of it. Nothing but the standard library is needed.
"""

import argparse
import contextlib
import json
import mmap
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from truth import Answer, Station, Truth

Query = dict[str, float]

_ASK_TIMEOUT_S = 5.0
_LONGEST_S = 60.0
_MOST_BYTES = 4 << 30
_STACK_BYTES = 256 << 10
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 409: "Conflict"}


class RefusedError(Exception):
    """A request that cannot be served: its status, and why."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        super().__init__(reason)


class Service:
    """The paths, and the other processes that serve them too."""

    def __init__(self, truth: Truth, doors: list[str]) -> None:
        self.truth = truth
        self._doors = doors
        self.paths: dict[str, Callable[[Query], Answer]] = {
            "/": lambda _: {},
            "/burn": self._burn,
            "/sleep": self._sleep,
            "/mmc": lambda _: self._alone(truth.mmc),
            "/pool": lambda _: self._alone(truth.pool),
            "/allocate": self._allocate,
            "/free": lambda _: {"freed_bytes": sum(self._ask_all("free"))},
            "/truth": self._truth,
        }

    def _burn(self, query: Query) -> Answer:
        wanted_s = _seconds(query)
        begun_s = time.thread_time()
        until_s = begun_s + wanted_s
        while time.thread_time() < until_s:
            pass
        burned_s = time.thread_time() - begun_s
        self.truth.add("burned_s", burned_s)
        return {"burned_s": burned_s}

    def _sleep(self, query: Query) -> Answer:
        wanted_s = _seconds(query)
        begun_s = time.monotonic()
        time.sleep(wanted_s)
        slept_s = time.monotonic() - begun_s
        self.truth.add("slept_s", slept_s)
        return {"slept_s": slept_s}

    def _alone(self, station: Station) -> Answer:
        if len(self._doors) > 1:
            raise RefusedError(409, "slots are counted within one process: leave --processes out")
        return station.serve()

    def _allocate(self, query: Query) -> Answer:
        size = int(query.get("mb", 1.0) * 1e6) // mmap.PAGESIZE * mmap.PAGESIZE
        if not 0 < size <= _MOST_BYTES:
            raise RefusedError(400, "mb: from a page to 4 GiB")
        memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        for page in range(0, size, mmap.PAGESIZE):
            memory[page] = 1
        self.truth.keep(memory)
        return {"allocated_bytes": size}

    def _truth(self, query: Query) -> Answer:
        """Tell once nothing is in flight any more, or the time given for that is over."""
        until_s = time.monotonic() + min(query.get("settle_ms", 0.0) / 1e3, _LONGEST_S)
        question = "each" if query.get("each") else "truth"
        while True:
            found = self._ask_all(question)
            total = {
                key: _sum(each[key] for each in found)
                for key in found[0]
                if key not in ("pid", "mmc", "pool")
            }
            in_flight = sum(map(_in_flight, found))
            if not in_flight or time.monotonic() >= until_s:
                return {
                    "total": total,
                    "in_flight": in_flight,
                    "lost": len(self._doors) - len(found),
                    "processes": found,
                }
            time.sleep(0.005)

    def _ask_all(self, question: str) -> list[Any]:
        found = [_ask(door, question) for door in self._doors]
        return [each for each in found if each is not None]


def _ask(door: str, question: str) -> Any:  # noqa: ANN401 - whatever JSON says; None: that process is gone
    with socket.socket(socket.AF_UNIX) as asked:
        asked.settimeout(_ASK_TIMEOUT_S)
        try:
            asked.connect(door)
        except ConnectionRefusedError:
            return None
        asked.sendall(question.encode() + b"\n")
        with asked.makefile("rb") as reply:
            return json.loads(reply.read())


def _answer_others(listener: socket.socket, truth: Truth) -> None:
    """Answer the questions of all processes, this one included, about this one."""
    while True:
        asked, _ = listener.accept()
        with asked, asked.makefile("rb") as lines, contextlib.suppress(OSError):
            question = lines.readline().strip()
            found = truth.free() if question == b"free" else truth.tell(each=question == b"each")
            asked.sendall(json.dumps(found).encode())


def _in_flight(truth: Answer) -> int:
    received: Counter[str] = Counter(truth["received"])
    ended: Counter[str] = Counter(truth["answered"]) + Counter(truth["broken"])
    return sum(count - ended[path] for path, count in received.items() if path != "/truth")


def _sum(values: Any) -> Any:  # noqa: ANN401 - numbers, or numbers by path
    found = list(values)
    if isinstance(found[0], dict):
        return dict(sum((Counter(each) for each in found), Counter()))
    return sum(found)


def _seconds(query: Query) -> float:
    found_s = query.get("ms", 0.0) / 1e3
    if not 0 <= found_s <= _LONGEST_S:
        raise RefusedError(400, f"ms: from 0 to {_LONGEST_S * 1e3:.0f}")
    return found_s


def _serve(connection: socket.socket, service: Service) -> None:
    """Answer the requests of one connection until the client closes it."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    with connection, connection.makefile("rb") as lines, contextlib.suppress(OSError, ValueError):
        goes_on = True
        while goes_on and (first := lines.readline(1 << 16)):
            method, target, version = first.decode("latin-1").split()
            headers = _headers(lines)
            lines.read(int(headers.get("content-length", "0")))
            asked = headers.get("connection", "").lower()
            goes_on = asked != "close" if version == "HTTP/1.1" else asked == "keep-alive"
            url = urlsplit(target)
            path = url.path if url.path in service.paths else "elsewhere"
            service.truth.count("received", path)
            try:
                status, body = _answer(service, path, url.query)
                connection.sendall(_reply(status, body, goes_on=goes_on, has_body=method != "HEAD"))
            except BaseException:
                service.truth.count("broken", path)
                raise
            service.truth.count("answered", path)


def _headers(lines: Any) -> dict[str, str]:  # noqa: ANN401 - a buffered reader of a socket
    headers: dict[str, str] = {}
    while (line := lines.readline(1 << 16)) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers


def _answer(service: Service, path: str, query: str) -> tuple[int, Answer]:
    handler = service.paths.get(path)
    if handler is None:
        return 404, {"paths": sorted(service.paths)}
    try:
        return 200, handler({key: float(value) for key, value in parse_qsl(query)})
    except RefusedError as error:
        return error.status, {"error": str(error)}
    except ValueError as error:
        return 400, {"error": str(error)}


def _reply(status: int, body: Answer, *, goes_on: bool, has_body: bool) -> bytes:
    content = json.dumps(body).encode() + b"\n"
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(content)}\r\nConnection: {'keep-alive' if goes_on else 'close'}\r\n\r\n"
    ).encode()
    return head + content if has_body else head


def _end_with(parent: int) -> None:
    """End this process when the one that holds the other end of a pipe is gone."""
    os.read(parent, 1)
    os._exit(0)


def _end(number: int, frame: FrameType | None) -> None:
    del number, frame
    os._exit(0)


def _in_background(work: Callable[..., None], *arguments: object) -> None:
    threading.Thread(target=work, args=arguments, daemon=True).start()


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A server whose truth is known exactly.")
    parser.add_argument("--host", default="127.0.0.1", choices=("127.0.0.1", "::1"))
    parser.add_argument("--port", type=int, default=0, help="0: any that is free")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--slots", type=int, default=2, help="servers of /mmc")
    parser.add_argument(
        "--service-ms", type=float, default=20.0, help="mean service time of /mmc, exponential"
    )
    parser.add_argument("--pool", type=int, default=4, help="places of /pool")
    parser.add_argument("--hold-ms", type=float, default=20.0, help="how long /pool holds a place")
    parser.add_argument("--seed", type=int, default=1, help="seed of the service times of /mmc")
    parser.add_argument("--pid-file", type=Path, help="file to write the first process's number to")
    return parser.parse_args()


def _doors(count: int) -> tuple[list[str], list[socket.socket]]:
    """Open one door per process, at which it is asked what it knows."""
    names = [f"\0known-truth-{os.getpid()}-{index}" for index in range(count)]
    doors = [socket.socket(socket.AF_UNIX) for _ in names]
    for door, name in zip(doors, names, strict=True):
        door.bind(name)
        door.listen(64)
    return names, doors


def _become(count: int) -> tuple[int, list[int]]:
    """Become so many processes, of which the others end with the first; return which this is, and those begun."""
    gone, alive = os.pipe()
    pids = [os.getpid()]
    for index in range(1, count):
        pid = os.fork()
        if pid == 0:
            os.close(alive)
            _in_background(_end_with, gone)
            return index, []
        pids.append(pid)
    return 0, pids


def main() -> None:
    """Listen, become as many processes as asked, and serve for ever."""
    options = _parsed()
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    listener = socket.create_server((options.host, options.port), family=family, backlog=1024)
    names, doors = _doors(options.processes)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    threading.stack_size(_STACK_BYTES)
    index, pids = _become(options.processes)
    own_door = doors.pop(index)
    for door in doors:
        door.close()
    truth = Truth(options)
    _in_background(_answer_others, own_door, truth)
    if pids:
        if options.pid_file is not None:
            options.pid_file.write_text(f"{pids[0]}\n", encoding="ascii")
        sys.stdout.write(json.dumps({"port": listener.getsockname()[1], "pid": pids[0], "pids": pids}) + "\n")
        sys.stdout.flush()
    service = Service(truth, names)
    while True:
        connection, _ = listener.accept()
        _in_background(_serve, connection, service)


if __name__ == "__main__":
    main()
