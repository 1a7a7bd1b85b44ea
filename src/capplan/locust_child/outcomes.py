"""outcomes: how a request ended, from what a client of Locust tells of it."""

import zlib
from collections.abc import Iterator
from http import HTTPStatus

import gevent
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError
from geventhttpclient.useragent import UnsupportedRedirectSchemeError
from locust.contrib.fasthttp import LocustBadStatusCode
from locust.exception import CatchResponseError
from requests.exceptions import InvalidJSONError, InvalidSchema, InvalidURL, RequestException, Timeout
from urllib3.exceptions import HTTPError
from urllib3.exceptions import TimeoutError as Urllib3TimeoutError
from websocket import WebSocketException, WebSocketTimeoutException

from capplan.locust_child.guard import ForeignAddressError
from capplan.records import Outcome

_LATE = (TimeoutError, gevent.Timeout, Timeout, Urllib3TimeoutError, WebSocketTimeoutException)
_WRONG = (  # a reply came, and was not what was hoped for
    AssertionError,
    CatchResponseError,
    InvalidJSONError,
    InvalidSchema,
    InvalidURL,
    LocustBadStatusCode,
    UnsupportedRedirectSchemeError,
)
_BROKEN = (
    OSError,
    EOFError,
    HTTPConnectionClosed,
    HTTPError,
    HTTPParseError,
    RequestException,
    WebSocketException,
    zlib.error,
)
_CLIENT_ERROR, _SERVER_ERROR, _END = 400, 500, 600


def outcome_of(status: int, error: BaseException | None) -> Outcome:
    """Return how a request with this status (0 without a reply) and error ended."""
    if error is None:
        return Outcome.OK
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Outcome.TOO_MANY
    if _CLIENT_ERROR <= status < _SERVER_ERROR:
        return Outcome.CLIENT_ERROR
    if _SERVER_ERROR <= status < _END:
        return Outcome.SERVER_ERROR
    if isinstance(error, _WRONG):
        return Outcome.FAILED
    return _broken(error, status)


def _broken(error: BaseException, status: int) -> Outcome:
    causes = list(_causes(error))
    if any(isinstance(each, ForeignAddressError) for each in causes):
        return Outcome.FOREIGN
    if any(isinstance(each, _LATE) for each in causes):
        return Outcome.TIMEOUT
    if status == 0 or any(isinstance(each, _BROKEN) for each in causes):
        return Outcome.CONNECTION
    return Outcome.FAILED


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and everything it came from, wherever its library keeps that."""
    waiting, seen = [error], set()
    while waiting:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        kept = (
            each.__cause__,
            each.__context__,
            getattr(each, "original", None),
            getattr(each, "reason", None),
        )
        waiting += [found for found in (*kept, *each.args) if isinstance(found, BaseException)]
