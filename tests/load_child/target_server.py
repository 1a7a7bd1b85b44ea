"""target_server: answers by what the path says, and counts every request exactly; run as a process of its own.

``python target_server.py [CERTIFICATE]`` prints a line of JSON with its ports. It listens on loopback, where it is the
target, and on every address at another port, where it is the foreign host that nobody may reach.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import socket
import ssl
import struct
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable

_WEBSOCKET = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_REASONS = {200: "OK", 302: "Found"}
Parts = list[str]


class Target:
    """What came and who it said it was, and until when everything stands still."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.connections = 0
        self.elsewhere = 0
        self.headers: dict[str, str] = {}
        self.greeted: Counter[str] = Counter()
        self.frozen_until_s = 0.0
        self.foreign = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of a connection."""
        self.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = dict(line.split(": ", 1) for line in head[1:] if line)
                await reader.readexactly(int(headers.get("Content-Length", 0)))
                path = head[0].split()[1]
                self.headers = self.headers if path == "/told" else headers
                if not await self._answer(path, reader, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        writer.close()

    async def serve_elsewhere(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Count a connection that should never have been made, and answer it."""
        self.elsewhere += 1
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
        await _reply(writer, 200, b"foreign", "Connection: close\r\n")
        writer.close()

    async def _answer(self, path: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        what, *parts = path.strip("/").split("?")[0].split("/")
        if what == "told":
            told = {
                "counts": self.counts,
                "connections": self.connections,
                "elsewhere": self.elsewhere,
                "greeted": self.greeted,
            }
            await _reply(writer, 200, json.dumps(told).encode())
            return True
        self.counts[path] += 1
        self.greeted[f"{path} {self.headers.get('X-Who')}"] += 1
        key = self.headers.get("Sec-WebSocket-Key", "")
        await asyncio.sleep(max(0.0, self.frozen_until_s - time.monotonic()))
        acts: dict[str, Callable[[], Awaitable[bool]]] = {
            "freeze": lambda: self._freeze(writer, parts),
            "sleep": lambda: _sleep(writer, parts),
            "status": lambda: _reply(writer, int(parts[0]), b"as asked"),
            "foreign": lambda: _reply(writer, 302, b"", f"Location: http://{self.foreign}/redirected\r\n"),
            "app": lambda: _reply(writer, 302, b"", "Location: myapp://open\r\n"),
            "garbled": lambda: _reply(writer, int(parts[0]), b"\xff\xfe\x00 no text"),
            "odd": lambda: _reply(writer, 200, b"packed", "Content-Encoding: unheard-of\r\n"),
            "reset": lambda: _reset(writer),
            "cut": lambda: _cut(writer),
            "drip": lambda: _drip(writer),
            "hang": _hang,
            "ws": lambda: self._websocket(key, reader, writer),
        }
        return await acts.get(what, lambda: _reply(writer, 200, b"fine"))()

    async def _freeze(self, writer: asyncio.StreamWriter, parts: Parts) -> bool:
        self.frozen_until_s = time.monotonic() + int(parts[0]) / 1000
        return await _reply(writer, 200, b"frozen")

    async def _websocket(self, key: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Echo each message; ``one-way`` gets no reply, ``news`` two, and at ``leave`` the connection is cut."""
        digest = hashlib.sha1(key.encode() + _WEBSOCKET, usedforsecurity=False).digest()
        accept = base64.b64encode(digest).decode()
        upgrade = "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        writer.write(f"{upgrade}Sec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        while True:
            first, second = await reader.readexactly(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack(">H", await reader.readexactly(2))
            mask = await reader.readexactly(4)
            masked = await reader.readexactly(length)
            text = bytes(byte ^ mask[i % 4] for i, byte in enumerate(masked))
            if first & 0x0F == 8 or text == b"leave":
                return False
            self.counts[f"message {text.decode()}"] += 1
            if text == b"slow":
                await asyncio.sleep(0.1)
            for _ in range({b"one-way": 0, b"news": 2}.get(text, 1)):
                writer.write(bytes([0x81, len(text)]) + text)


async def _reply(writer: asyncio.StreamWriter, status: int, body: bytes, more: str = "") -> bool:
    head = f"HTTP/1.1 {status} {_REASONS.get(status, 'Other')}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    return True


async def _sleep(writer: asyncio.StreamWriter, parts: Parts) -> bool:
    await asyncio.sleep(int(parts[0]) / 1000)
    return await _reply(writer, 200, b"slept")


async def _reset(writer: asyncio.StreamWriter) -> bool:
    found: socket.socket = writer.get_extra_info("socket")
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return False


async def _cut(writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot a hundred")
    await writer.drain()
    return False


async def _drip(writer: asyncio.StreamWriter) -> bool:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(200):
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.05)
    return False


async def _hang() -> bool:
    await asyncio.sleep(20)
    return False


def own_address() -> str:
    """Return an address of this machine beyond loopback, or one that is nobody's (RFC 5737)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "192.0.2.1"
        return str(probe.getsockname()[0])


async def main() -> None:
    """Serve until killed."""
    target, certificate = Target(), None
    if len(sys.argv) > 1:
        certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.load_cert_chain(sys.argv[1])
    own = await asyncio.start_server(target.serve, "127.0.0.1", 0, ssl=certificate)
    plain = await asyncio.start_server(target.serve, "127.0.0.1", 0)
    other = await asyncio.start_server(target.serve_elsewhere, "0.0.0.0", 0)  # noqa: S104 - to be seen from outside
    port, ask, elsewhere = (each.sockets[0].getsockname()[1] for each in (own, plain, other))
    target.foreign = f"{own_address()}:{elsewhere}"
    sys.stdout.write(json.dumps({"port": port, "ask": ask, "foreign": target.foreign}) + "\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
