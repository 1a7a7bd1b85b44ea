"""Load goes nowhere but to the target: no client, redirect, absolute URL or name leads elsewhere."""

import shutil
import subprocess
from pathlib import Path

import pytest

from capplan.records import Outcome
from tests.load_child.driver import Target, load, locustfile, serving

_EVERY_WAY = """
import os
import socket
from locust import FastHttpUser, HttpUser, task
from capplan.locust_child import WebSocketUser

FOREIGN = "{foreign}"
HOST, PORT = FOREIGN.split(":")

def ask(user, kind):
    user.client.get("/foreign", name=kind + " redirect")
    user.client.get(f"http://{{FOREIGN}}/", name=kind + " absolute")
    user.client.get(f"http://[::ffff:{{HOST}}]:{{PORT}}/", name=kind + " mapped")
    user.client.get("http://elsewhere.test/", name=kind + " name")
    user.client.get("/a", name=kind + " fine")
    user.client.get(f"http://localhost:{{user.host.rpartition(':')[2]}}/a", name=kind + " localhost")

class Plain(HttpUser):
    fixed_count = 1
    @task
    def run_all(self):
        ask(self, "plain")

class Fast(FastHttpUser):
    fixed_count = 1
    @task
    def run_all(self):
        ask(self, "fast")

class Socket(WebSocketUser):
    fixed_count = 1
    host = "http://" + FOREIGN
    @task
    def run_all(self):
        self.host = "http://" + FOREIGN
        self.connect()
        for protocol in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
            with socket.socket(socket.AF_INET, protocol) as raw:
                try:
                    if protocol == socket.SOCK_DGRAM:
                        raw.sendto(b"x", (HOST, int(PORT)))
                    else:
                        raw.connect_ex((HOST, int(PORT)))
                except OSError as error:
                    self.environment.events.request.fire(request_type="RAW", name="raw", response_time=1.0,
                                                         response_length=0, exception=error)
"""


def test_nothing_leaves_the_target(tmp_path: Path, target: Target) -> None:
    """Redirects, absolute URLs, names, WebSockets and bare sockets elsewhere are refused, and never arrive."""
    source = locustfile(tmp_path, _EVERY_WAY.format(foreign=target.foreign))
    with load(tmp_path, target, locustfile=source) as child:
        found = child.run(0.7, users=3, think_time_s=0.2)
    ended = {name: set(found.rows["outcome"][found.rows["name"] == i]) for i, name in enumerate(found.names)}
    for client in ("plain", "fast"):
        assert {Outcome.OK} == ended.pop(f"{client} fine") == ended.pop(f"{client} localhost")
        for way in ("redirect", "absolute", "mapped", "name"):
            assert {Outcome.FOREIGN} == ended.pop(f"{client} {way}"), (client, way)
    ended.pop("connect /", None)  # it connects to the target when it starts, and elsewhere in its task
    assert {"raw": {Outcome.FOREIGN}} == ended
    assert (
        found.rows["outcome"][found.rows["name"] == found.names.index("connect /")] == Outcome.FOREIGN
    ).any()
    assert 0 == target.told()["elsewhere"]


def test_what_is_allowed_is_reached(tmp_path: Path, target: Target) -> None:
    """The same address and the same name are reached where they were allowed and pinned: the guard is what refuses."""
    address, port = target.foreign.split(":")
    if address == "192.0.2.1":
        pytest.skip("this machine has no address beyond loopback")
    source = locustfile(
        tmp_path,
        _EVERY_WAY.format(foreign=target.foreign).replace(
            "http://elsewhere.test", f"http://elsewhere.test:{port}"
        ),
    )
    settings = {
        "allowed": [address],
        "pinned": {"elsewhere.test": address},
        "user_classes": ["Plain", "Fast"],
    }
    with load(tmp_path, target, locustfile=source, **settings) as child:
        found = child.run(0.7, users=2, think_time_s=0.2)
    assert (found.rows["outcome"] == Outcome.OK).all()
    assert target.told()["elsewhere"] >= 8


@pytest.mark.skipif(shutil.which("openssl") is None, reason="a certificate is made by openssl")
def test_certificates_are_verified_unless_told_otherwise(tmp_path: Path) -> None:
    """A certificate nobody vouches for is refused by both clients, whatever they were told, and taken only if asked."""
    pem = tmp_path / "both.pem"
    words = (
        "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    )
    subprocess.run(
        ["openssl", *words.split(), "-keyout", pem, "-out", tmp_path / "own.pem"],
        check=True,
        capture_output=True,
    )
    pem.write_text(pem.read_text() + (tmp_path / "own.pem").read_text())
    source = locustfile(
        tmp_path,
        "from locust import FastHttpUser, HttpUser, task\n"
        "class Plain(HttpUser):\n    fixed_count = 1\n    @task\n    def ask(self):\n"
        "        self.client.verify = False\n"
        "        self.client.get('/plain', verify=False)\n"
        "class Fast(FastHttpUser):\n    fixed_count = 1\n    insecure = True\n    @task\n    def ask(self):\n"
        "        self.client.get('/fast')\n",
    )
    with serving(pem) as target:
        for verify, expected in ((True, Outcome.CONNECTION), (False, Outcome.OK)):
            folder = tmp_path / f"verify-{verify}"
            folder.mkdir()
            with load(
                folder, target, locustfile=source, verify_tls=verify, headers={"X-Who": "capplan"}
            ) as child:
                found = child.run(0.5, users=2, think_time_s=0.1)
            assert {"/plain", "/fast"} == set(found.names)
            assert (found.rows["outcome"] == expected).all()
            assert bool(target.told()["counts"]) != verify
        assert {"/plain capplan", "/fast capplan"} == set(target.told()["greeted"])


_PLAIN = """
import urllib.request
import requests
from locust import User, task

class Plain(User):
    @task
    def ask(self):
        for get in (requests.get, urllib.request.urlopen):
            try:
                get("http://elsewhere.test/proxied")
            except OSError as error:
                print("refused", repr(error), flush=True)
"""


@pytest.mark.parametrize("workers", [1, 2])
def test_no_proxy_is_taken_from_the_environment(
    tmp_path: Path, target: Target, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    """What a locustfile asks with clients of its own does not leave by a proxy on loopback that a variable names."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, target.url)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with load(tmp_path, target, locustfile=locustfile(tmp_path, _PLAIN), workers=workers) as child:
        child.run(0.3, users=2, think_time_s=0.1)
        assert "elsewhere.test is not the authorized target" in child.log.read_text()
    assert 0 == target.total()
