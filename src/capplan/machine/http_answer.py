"""http_answer: one question to an HTTP server on loopback, and its answer."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass

_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def http_answer(port: int, path: str) -> Answer:
    """Ask for a path.

    Raises
    ------
    OSError
        If there is no answer, or none that is HTTP.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read())
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
