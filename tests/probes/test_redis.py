"""What a real Valkey or Redis says of itself, and how long Celery's queue in it is."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessTable
from capplan.machine.redis_client import RedisClient
from capplan.machine.surroundings import Surroundings
from capplan.probes.redis import ask_redis
from capplan.probes.task_queue import ask_task_queue
from capplan.profile import Role
from capplan.sampler.sampling import Resolved, Settings
from capplan.scenario import Observed
from tests.probes.real_servers import PASSWORD, QUOTED, RealServer, real_redis, redis_program


def _around(**services: Observed) -> Surroundings:
    return Surroundings(processes=ProcessTable({}), permission=Permission(), services=services)


@contextmanager
def _client(url: str) -> Iterator[RedisClient]:
    client = RedisClient(url, Permission())
    try:
        yield client
    finally:
        client.close()


@pytest.fixture(scope="module")
def server() -> Iterator[RealServer]:
    """Run a real server with a password."""
    program = redis_program()
    if program is None:
        pytest.skip("there is neither a Valkey nor a Redis here")
    with real_redis(program, "--requirepass", PASSWORD) as running:
        yield running


def _url(server: RealServer, database: int = 0) -> str:
    return f"redis://:{QUOTED}@127.0.0.1:{server.port}/{database}"


def test_a_server_tells_its_time_memory_commands_and_version(server: RealServer) -> None:
    """INFO gives seconds, bytes and counts, and the version in the server's own words."""
    watched = Resolved(kind=Role.REDIS, url=_url(server))
    probe = ask_redis("cache", watched, _around(cache=watched))
    assert probe is not None
    before = probe.ask(full=True)
    with _client(_url(server)) as client:
        for _ in range(50):
            client.command("SET", "key", "x" * 1000)
        after = probe.ask(full=True)
    probe.close()
    assert 51 <= after["commands"] - before["commands"] <= 54
    assert 1 == after["clients"] - before["clients"]
    assert after["cpu_s"] >= before["cpu_s"] > 0
    assert after["used_memory"] > 100_000
    assert probe.version.split()[0] in ("Valkey", "Redis")
    assert probe.version.split()[1][0].isdigit()
    assert f"redis://127.0.0.1:{server.port}" == probe.address


def test_a_queue_is_as_long_as_it_was_made(server: RealServer) -> None:
    """The length of Celery's queue in the broker's database counts jobs that wait, and those handed out apart."""
    broker = Resolved(kind=Role.REDIS, url=_url(server, 3))
    watched = Observed(kind=Role.CELERY, queue="jobs")
    probe = ask_task_queue("worker", watched, _around(broker=broker, worker=watched))
    assert probe is not None
    assert {"queue_length": 0, "unacked": 0} == probe.ask(full=False)
    with _client(_url(server, 3)) as client, _client(_url(server)) as elsewhere:
        client.command("LPUSH", "jobs", "a", "b", "c")
        client.command("HSET", "unacked", "tag", "job")
        elsewhere.command("LPUSH", "jobs", "another database")
        assert {"queue_length": 3, "unacked": 1} == probe.ask(full=False)
    probe.close()


def test_a_unix_socket_and_large_replies_are_read(server: RealServer) -> None:
    """A reply of many reads arrives whole over a unix socket."""
    with _client(f"unix://:{QUOTED}@{server.folder}/redis.sock?db=1") as client:
        text = "0123456789" * 100_000
        client.command("SET", "long", text)
        assert text.encode() == client.command("GET", "long")
        assert client.command("GET", "nothing") is None


def test_a_wrong_password_is_said_without_repeating_it(server: RealServer) -> None:
    """A server that refuses is absent with its words; nothing of the URL's secret is in them."""
    with (
        _client(f"redis://:secret@127.0.0.1:{server.port}") as client,
        pytest.raises(AbsentError, match="the server refuses AUTH") as caught,
    ):
        client.command("INFO")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("redis://192.0.2.7:6379", "192.0.2.7 is neither on loopback, nor a container"),
        ("redis://no-such-host.invalid", "no-such-host.invalid stands for no address"),
        ("http://127.0.0.1", "url begins with http://, not with redis or unix"),
        ("redis://127.0.0.1:port", "url is no URL"),
    ],
)
def test_a_server_that_may_not_be_asked_is_not(url: str, says: str) -> None:
    """Foreign hosts, unknown names and other protocols are refused before anything is sent."""
    with pytest.raises(AbsentError, match=says), _client(url) as client:
        client.command("PING")


def test_a_host_that_is_allowed_may_be_asked() -> None:
    """A host named in the settings, and a container's address, may be asked like loopback."""
    assert "192.0.2.7" == Permission(frozenset({"192.0.2.7"})).address("192.0.2.7", 6379)
    assert "192.0.2.8" == Permission(containers=lambda: frozenset({"192.0.2.8"})).address("192.0.2.8", 6379)
    assert "::1" == Permission().address("::1", 6379)


def test_a_connection_that_is_cut_is_opened_again() -> None:
    """A server that hangs up is an absence, and the next question after closing opens a new connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up_then_answer() -> None:
            listening.accept()[0].close()
            accepted, _ = listening.accept()
            with accepted:
                accepted.recv(1000)
                accepted.sendall(b":7\r\n")

        serving = threading.Thread(target=hang_up_then_answer)
        serving.start()
        with _client(f"redis://127.0.0.1:{listening.getsockname()[1]}") as client:
            with pytest.raises((AbsentError, OSError)):
                client.command("LLEN", "jobs")
            client.close()
            assert 7 == client.command("LLEN", "jobs")
        serving.join()


def test_the_sampler_is_told_passwords_in_their_places() -> None:
    """What a scenario may only refer to stands in the sampler's own settings, and is asked with."""
    url = f"redis://:{QUOTED}@127.0.0.1:6379/0"
    settings = Settings.model_validate({"file": "", "services": {"cache": {"kind": "redis", "url": url}}})
    assert url == settings.services["cache"].url
