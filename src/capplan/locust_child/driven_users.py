"""driven_users: the locustfile's user classes, unchanged but for a pace, a number, and a stamp on every request."""

import time
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from locust import FastHttpUser, HttpUser, User

from capplan.locust_child.chance import run_as
from capplan.locust_child.orders import Settings
from capplan.locust_child.pacing import Pace

STAMP = "capplan"
"""Key of the stamp in the context of a request."""


class Stamp(NamedTuple):
    """Who asked, when the client asked for its context, and the intended start if it is the first of an arrival."""

    user: int
    at_ns: int
    intended_ns: int | None


class Driver(Protocol):
    """Gives every new user its number and its pace."""

    def enroll(self, user_class: str) -> tuple[int, Pace]:
        """Return both, and record the user."""

    def beginning(self, user: Any) -> AbstractContextManager[None]:
        """Return where a user does what it does first, such as logging in: it waits there for its turn."""


def driven(base: type[User], settings: Settings, driver: Driver) -> type[User]:
    """Return a class of the same name whose users are driven."""

    class Driven(base):  # type: ignore[misc, valid-type] # a class that is known only now
        host = settings.base_url

        def __init__(self, environment: Any) -> None:
            self.capplan_user, self.capplan_pace = driver.enroll(base.__name__)
            super().__init__(environment)
            if isinstance(self, HttpUser):
                self.client.headers.update(settings.headers)
                self.client.verify = settings.verify_tls

        def on_start(self) -> Any:
            run_as(self)
            with driver.beginning(self):
                return super().on_start()

        def context(self) -> dict[str, Any]:
            return {**super().context(), STAMP: self.capplan_stamp()}

        def capplan_stamp(self) -> Stamp:
            return Stamp(self.capplan_user, time.monotonic_ns(), self.capplan_pace.claim())

    Driven.__name__, Driven.__qualname__, Driven.__module__ = (
        base.__name__,
        base.__qualname__,
        base.__module__,
    )
    if issubclass(base, FastHttpUser):
        Driven.insecure = not settings.verify_tls
        Driven.max_retries = 0  # one recorded request is one that was sent
        Driven.network_timeout = Driven.connection_timeout = settings.timeout_s
        Driven.default_headers = {**(base.default_headers or {}), **settings.headers}
    if hasattr(base, "capplan_settings"):
        Driven.capplan_settings = settings
    return Driven
