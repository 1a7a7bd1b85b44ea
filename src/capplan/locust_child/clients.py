"""clients: what every HTTP client is given: a limit of time, verified certificates, no hidden retries."""

import functools
import time
from typing import Any

import gevent
import geventhttpclient.client
import urllib3
from locust.clients import HttpSession, ResponseContextManager
from locust.contrib.fasthttp import FastHttpSession
from requests.exceptions import ReadTimeout

from capplan.locust_child.orders import Settings


def bound_clients(settings: Settings) -> None:
    """Apply the settings to the classes of Locust's two clients, and so to every client that is made of them."""
    _limit_requests(settings)
    _limit_fast(settings)
    # geventhttpclient sends a GET anew, up to eleven times, where the server closed without a reply: one recorded
    # request would be many, and its time that of all of them.
    geventhttpclient.client._may_retry_after_send_error = _never
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
