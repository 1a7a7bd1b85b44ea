"""What visitors of the booking service do: an ordinary locustfile, which plain Locust runs as well."""

import random
from itertools import count

from locust import HttpUser, between, task

from capplan.locust_child import WebSocketUser

USERS = 200
ARTICLES = 30_000
PAGES = 50
CATEGORIES = ("city", "coast", "desert", "forest", "island", "lake", "mountain", "river", "valley", "village")
WORDS = (
    "amber",
    "basin",
    "cedar",
    "delta",
    "harbor",
    "lagoon",
    "meadow willow",
    "quarry",
    "summit",
    "ferry dune",
)
PICTURE = bytes(range(256)) * 128

_numbers = count()


class Visitor(HttpUser):
    """Logs in once, then looks around, and now and then books, sends a picture or asks for a report."""

    wait_time = between(5, 15)

    def on_start(self) -> None:
        """Log in: the one request whose cost is a password's hash."""
        told = {"username": f"user{1 + next(_numbers) % USERS}", "password": "booking"}
        with self.client.post("/api/login/", json=told, name="login", catch_response=True) as response:
            if response.ok:
                self.client.headers["Authorization"] = f"Token {response.json()['token']}"

    @task(30)
    def list_articles(self) -> None:
        """Read a page of the list."""
        self.client.get("/api/articles/", params={"page": random.randint(1, PAGES)}, name="list")  # noqa: S311

    @task(35)
    def show_article(self) -> None:
        """Read one article."""
        self.client.get(f"/api/articles/{_any_article()}/", name="detail")

    @task(8)
    def search(self) -> None:
        """Look for words in all articles."""
        self.client.get("/api/search/", params={"q": random.choice(WORDS)}, name="search")  # noqa: S311

    @task(15)
    def book(self) -> None:
        """Take a place."""
        self.client.post("/api/bookings/", json={"article": _any_article(), "places": 1}, name="book")

    @task(4)
    def upload(self) -> None:
        """Send a picture of 32 KiB."""
        self.client.post("/api/media/", files={"file": ("picture.png", PICTURE, "image/png")}, name="upload")

    @task(4)
    def order_report(self) -> None:
        """Order a report, which a job writes."""
        self.client.post("/api/reports/", json={"category": random.choice(CATEGORIES)}, name="report")  # noqa: S311


class Listener(WebSocketUser):
    """Keeps a WebSocket open and says something now and then."""

    path = "/ws/notifications/"
    wait_time = between(5, 15)

    @task
    def echo(self) -> None:
        """Send a text and wait for it to come back."""
        self.send_and_wait("Is anybody there?", name="ws echo")


def _any_article() -> int:
    return random.randint(1, ARTICLES)  # noqa: S311 - a visitor's choice, no secret
