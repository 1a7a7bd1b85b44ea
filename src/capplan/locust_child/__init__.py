"""locust_child: the program of the child process that sends requests; nothing else of capplan imports it.

``python -m capplan.locust_child`` runs it. A locustfile may import ``WebSocketUser`` from here; it is loaded when it is
asked for, so that Locust stays the first thing the child imports.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from capplan.locust_child.websocket_user import WebSocketUser

__all__ = ["WebSocketUser"]


def __getattr__(name: str) -> object:
    if name != "WebSocketUser":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from capplan.locust_child.websocket_user import WebSocketUser  # noqa: PLC0415 - after Locust, see above

    return WebSocketUser
