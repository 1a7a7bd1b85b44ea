"""clients: what every HTTP client is given: a limit of time, verified certificates, no hidden retries, and a record.

A request that got any reply at all has to be recorded; Locust leaves some out.
"""

import functools
import select
import time
from contextlib import suppress
from typing import Any

import gevent
import geventhttpclient.client
import geventhttpclient.connectionpool
import urllib3
from gevent import monkey
from locust.clients import HttpSession, ResponseContextManager
from locust.contrib import fasthttp
from locust.contrib.fasthttp import FastHttpSession
from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    ResponseError,
    StopTest,
    StopUser,
)
from requests.exceptions import InvalidSchema, InvalidURL, ReadTimeout

from capplan.locust_child.orders import Settings

_ON_PURPOSE = (InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser)
"""What is raised to leave a task, and says nothing of a reply."""
_POLL = monkey.get_original("select", "poll")  # which asks at once, without a turn of the event loop


def bound_clients(settings: Settings) -> None:
    """Apply the settings to the classes of Locust's two clients, and so to every client that is made of them."""
    _limit_requests(settings)
    _limit_fast(settings)
    _report_whatever_is_raised(ResponseContextManager)
    _report_whatever_is_raised(fasthttp.ResponseContextManager)
    _take_any_reply()
    # geventhttpclient sends a GET anew, up to eleven times, where the server closed without a reply: one recorded
    # request would be many, and its time that of all of them.
    geventhttpclient.client._may_retry_after_send_error = _never
    geventhttpclient.connectionpool.ConnectionPool._is_socket_alive = _is_alive  # type: ignore[method-assign, assignment] # it is replaced
    if not settings.verify_tls:
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


def _never(method: str) -> bool:  # noqa: ARG001 - as what it replaces
    return False


def _limit_requests(settings: Settings) -> None:
    send = HttpSession._send_request_safe_mode

    @functools.wraps(send)
    def limited(self: HttpSession, method: str, url: str, **named: Any) -> Any:
        if settings.verify_tls:
            self.verify = self.verify or True
            named["verify"] = named.get("verify") or None
        timer = gevent.Timeout(settings.timeout_s)
        try:
            with timer:
                return send(self, method, url, **named)
        except (
            InvalidSchema,
            InvalidURL,
        ) as error:  # a redirect to what is no web page; Locust would not report it
            return ResponseContextManager(error)
        except gevent.Timeout as expired:
            if expired is not timer:
                raise
            return ResponseContextManager(ReadTimeout(f"no whole reply within {settings.timeout_s:g} s"))

    HttpSession._send_request_safe_mode = limited  # type: ignore[method-assign]


def _limit_fast(settings: Settings) -> None:
    request = FastHttpSession.request

    @functools.wraps(request)
    def limited(self: FastHttpSession, method: str, url: str, *rest: Any, **named: Any) -> Any:
        begun = time.monotonic()
        try:
            with gevent.Timeout(settings.timeout_s):  # which the client itself catches and reports
                return request(self, method, url, *rest, **named)
        except gevent.Timeout as expired:
            raise TimeoutError(
                f"a listener took until {time.monotonic() - begun:.1f} s after the start"
            ) from expired

    FastHttpSession.request = limited  # type: ignore[method-assign]


def _report_whatever_is_raised(manager: Any) -> None:
    """Have a ``with`` block that raises anything report its request; Locust does so for errors of its own only."""
    leave = manager.__exit__

    @functools.wraps(leave)
    def reporting(self: Any, kind: Any, value: Any, traceback: Any) -> Any:
        if kind is None or self._manual_result is not None or isinstance(value, ResponseError):
            return leave(self, kind, value, traceback)
        error = _error_of(self)
        if error is None and isinstance(value, Exception) and not isinstance(value, _ON_PURPOSE):
            error = value  # the reply was not what the block counted on
        self.request_meta["exception"] = error
        self._report_request()
        return False

    manager.__exit__ = reporting


def _error_of(reply: Any) -> BaseException | None:
    """Return how the request itself failed; a known error is not raised anew, lest it lose what it came from."""
    known: BaseException | None = reply.request_meta["exception"] or getattr(reply, "error", None)
    if known is not None:
        return known
    try:
        reply.raise_for_status()
    except Exception as error:  # noqa: BLE001 - each client has its own
        return error
    return None


def _take_any_reply() -> None:
    """Have FastHttpUser report replies whose body is not what their header says, and failed ones in any encoding."""
    fasthttp.FAILURE_EXCEPTIONS = (*fasthttp.FAILURE_EXCEPTIONS, ValueError)  # type: ignore[assignment] # one more
    fasthttp.LocustUserAgent._conversation_str = staticmethod(_read)  # type: ignore[method-assign, assignment] # it is replaced


def _read(url: str, reply: Any, payload: Any = None) -> str:  # noqa: ARG001 - as what it replaces
    """Read the body before its connection is given back; the log made of it takes UTF-8 for granted."""
    with suppress(ValueError):
        _ = reply.content
    return ""


def _is_alive(_pool: Any, socket: Any) -> bool:
    """Return whether an idle connection is open: ``select`` fails for the 1024th file, and it would be made anew."""
    if socket is None or socket.fileno() < 0:
        return False
    poller = _POLL()
    poller.register(socket, select.POLLIN)
    return not poller.poll(0)
