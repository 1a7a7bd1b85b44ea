"""websocket_user: a Locust user that keeps a WebSocket open, asks over it and waits for the reply.

Connecting is a request class of its own, ``connect PATH``; a question with its reply another. Messages that only go
one way have no response time: they are counted, never timed. A connection that was lost, or on which a reply did not
come in time, is made anew at the next message.
"""

import ssl
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import gevent
from gevent.event import AsyncResult
from locust import User
from locust.exception import CatchResponseError
from websocket import (
    ABNF,
    WebSocket,
    WebSocketConnectionClosedException,
    WebSocketException,
    WebSocketTimeoutException,
    create_connection,
)

from capplan.locust_child.orders import Settings

_SWITCHING = 101
_MILLISECONDS = 1000.0


class WebSocketUser(User):
    """A user of one WebSocket; derive from it, set ``path``, and write tasks that call ``send_and_wait``."""

    abstract = True
    path = "/"
    """Path of the WebSocket, with its query."""
    capplan_settings = Settings(base_url="")

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._socket: WebSocket | None = None
        self._receiver: gevent.Greenlet | None = None
        self._sent = ""
        self._reply: AsyncResult[str] | None = None

    def on_start(self) -> None:
        """Connect; where that fails, the first message tries again."""
        self.connect()

    def on_stop(self) -> None:
        """Disconnect."""
        self.disconnect()

    @property
    def is_connected(self) -> bool:
        """Return whether there is a connection, as far as is known."""
        return self._socket is not None

    def is_reply(self, sent: str, received: str) -> bool:  # noqa: ARG002 - for those that override it
        """Return whether a message answers the one sent; override it where others come in between."""
        return True

    def on_message(self, text: str) -> None:
        """Take in a message that answers nothing."""

    def connect(self) -> bool:
        """Connect, record it, and return whether it worked."""
        settings, context, begun_s = self.capplan_settings, self.context(), time.perf_counter()
        error, status = None, 0
        try:
            self._socket = create_connection(
                (self.host or "").replace("http", "ws", 1) + self.path,
                timeout=settings.timeout_s,
                header=dict(settings.headers),
                http_no_proxy=["*"],
                sslopt={} if settings.verify_tls else {"cert_reqs": ssl.CERT_NONE, "check_hostname": False},
            )
        except (OSError, WebSocketException) as found:
            error, status = found, getattr(found, "status_code", 0)
        else:
            status = _SWITCHING
            self._socket.settimeout(None)
            self._receiver = gevent.spawn(self._receive, self._socket)
        self._record(f"connect {self.path.partition('?')[0]}", begun_s, context, status=status, error=error)
        return error is None

    def disconnect(self) -> None:
        """Close the connection, if there is one."""
        socket, self._socket = self._socket, None
        if self._receiver is not None:
            self._receiver.kill(block=False)
            self._receiver = None
        if socket is not None:
            with suppress(OSError, WebSocketException):
                socket.close(timeout=0)

    def send(self, text: str, name: str | None = None) -> bool:
        """Send a message that has no reply, count it, and return whether it was sent."""
        if self._socket is None and not self.connect():
            return False
        begun_s = time.perf_counter()
        try:
            self._send(text)
        except (OSError, WebSocketException) as error:
            # Only what is recorded may claim the arrival it serves: a message that was sent leaves it to the next.
            self._record(name or self._name, begun_s, {}, error=error)
            self.disconnect()
            return False
        self._count(name or self._name)
        return True

    def send_and_wait(self, text: str, name: str | None = None) -> str | None:
        """Send a message, wait for its reply and return it; None where none came."""
        if self._socket is None and not self.connect():
            return None
        context, begun_s = self.context(), time.perf_counter()
        self._sent, self._reply = text, AsyncResult()
        reply: str | None = None
        error: Exception | None = None
        try:
            self._send(text)
            reply = self._reply.get(timeout=self.capplan_settings.timeout_s)
        except gevent.Timeout:
            error = WebSocketTimeoutException("no reply in time")
        except (OSError, WebSocketException, CatchResponseError) as found:
            error = found
        finally:
            self._reply = None
        if error is not None:
            self.disconnect()
        self._record(name or self._name, begun_s, context, error=error, size=len(reply or ""))
        return reply

    @property
    def _name(self) -> str:
        return self.path.partition("?")[0]

    def _send(self, text: str) -> None:
        if self._socket is None:
            raise WebSocketConnectionClosedException("the connection was lost")
        self._socket.send(text)

    def _receive(self, socket: WebSocket) -> None:
        """Take in messages until the connection ends."""
        try:
            while True:
                self._take(_next_text(socket))
        except (OSError, WebSocketException) as error:
            self._lose(socket, error)
        except Exception as error:  # noqa: BLE001 - is_reply and on_message may raise anything; a reply is not to wait for it
            self._lose(socket, CatchResponseError(f"{type(error).__name__}: {error}"))
            self.environment.events.user_error.fire(
                user_instance=self, exception=error, tb=error.__traceback__
            )

    def _lose(self, socket: WebSocket, error: Exception) -> None:
        """Give up a connection, and a reply that is waited for."""
        if self._socket is socket:
            self._socket = None
        if self._reply is not None and not self._reply.ready():
            self._reply.set_exception(error)
        socket.shutdown()

    def _take(self, text: str) -> None:
        if self._reply is not None and not self._reply.ready() and self.is_reply(self._sent, text):
            self._reply.set(text)
            return
        self._count(f"{self._name} (received)")
        self.on_message(text)

    def _count(self, name: str) -> None:
        self.environment.events.request.fire(
            request_type="WS", name=name, response_time=None, response_length=0, exception=None, context={}
        )

    def _record(
        self,
        name: str,
        begun_s: float,
        context: dict[str, Any],
        *,
        status: int = 0,
        error: BaseException | None = None,
        size: int = 0,
    ) -> None:
        self.environment.events.request.fire(
            request_type="WS",
            name=name,
            response_time=(time.perf_counter() - begun_s) * _MILLISECONDS,
            response_length=size,
            exception=error,
            context=context,
            response=SimpleNamespace(status_code=status),
        )


def _next_text(socket: WebSocket) -> str:
    """Wait for the next message."""
    opcode, content = socket.recv_data()
    if opcode == ABNF.OPCODE_CLOSE:
        raise WebSocketConnectionClosedException("the server closed the connection")
    text: str = content.decode("utf-8", "replace")
    return text
