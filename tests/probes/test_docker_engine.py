"""Containers are found through an engine's own API, on a unix socket; what they use comes from control groups."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from capplan.machine.absence import AbsentError
from capplan.machine.docker_engine import Engine, container_addresses, local_engine
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessTable
from capplan.machine.surroundings import Surroundings
from capplan.sampler.find_probes import find_probes
from capplan.scenario import Observed
from tests.probes.http_servers import unix_server

DATA = Path(__file__).with_name("data")
WEB = "4f1a9c0e7d2b5836a1c4e7f0928b3d5c6e7f8091a2b3c4d5e6f708192a3b4c5d"
GONE = "0" * 64
DB = "9b8a7c6d5e4f30219b8a7c6d5e4f30219b8a7c6d5e4f30219b8a7c6d5e4f3021"


def _settings(address: str) -> dict[str, Any]:
    network = {"IPAMConfig": None, "Gateway": "172.19.0.1", "IPAddress": address, "GlobalIPv6Address": ""}
    return {"IPAddress": "", "GlobalIPv6Address": "", "Networks": {"shop_default": network}}


def _container(
    identity: str, service: str, address: str, *, pid: int, status: str = "", started: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return what /containers/ID/json says, as far as anybody could want to know."""
    labels = {"com.docker.compose.project": "shop", "com.docker.compose.service": service}
    return {
        "Id": identity,
        "Name": f"/shop_{service}_1",
        "Path": started[0] if started else "",
        "Args": list(started[1:]),
        "State": {"Status": status, "Running": bool(status), "Pid": pid, "OOMKilled": False},
        "Config": {"Labels": labels, "Image": f"shop-{service}:1"},
        "NetworkSettings": _settings(address),
    }


CONTAINERS = {
    WEB: _container(
        WEB, "web", "172.19.0.3", pid=4242, status="running", started=("sh", "-c", "exec gunicorn shop.wsgi")
    ),
    DB: _container(DB, "db", "172.19.0.2", pid=0),
}


def _answer(path: str) -> tuple[int, Any]:
    parts = urlsplit(path)
    if parts.path == "/containers/json":
        wanted = unquote(parse_qs(parts.query).get("filters", [""])[0])
        labels = json.loads(wanted)["label"] if wanted else []
        listed = [
            each
            for each in CONTAINERS.values()
            if each["State"]["Running"]
            and {f"{name}={value}" for name, value in each["Config"]["Labels"].items()}.issuperset(labels)
        ]
        return 200, [{"Id": each["Id"], "NetworkSettings": each["NetworkSettings"]} for each in listed]
    name = parts.path.split("/")[2]
    if name == GONE:
        return 404, {"message": f"No such container: {name}"}
    for identity, each in CONTAINERS.items():
        if identity.startswith(name) or each["Name"] == f"/{name}":
            return 200, each
    return 404, {"message": f"No such container: {name}"}


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """Run an engine that knows two containers, one of which does not run."""
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    with unix_server(path, _answer):
        found = local_engine()
        assert found is not None
        yield found


@pytest.mark.parametrize("name", ["shop_web_1", WEB, WEB[:12]])
def test_a_container_is_found_by_name_or_id(engine: Engine, name: str) -> None:
    """A name, an id and the beginning of an id lead to the same container, with all that is wanted of it."""
    found = engine.container(name)
    assert (WEB, "shop_web_1", 4242) == (found.id, found.name, found.pid)
    assert ("shop", "web") == (found.compose_project, found.compose_service)


def test_a_container_that_does_not_run_says_so(engine: Engine) -> None:
    """A container that stands still, and one that does not exist, are told apart."""
    with pytest.raises(AbsentError, match="the container shop_db_1 does not run"):
        engine.container("shop_db_1")
    with pytest.raises(AbsentError, match="No such container: nothing"):
        engine.container("nothing")


def test_addresses_are_those_of_running_containers(engine: Engine) -> None:
    """What may be loaded as a local container is asked of the engine; without an engine it is nothing."""
    del engine
    assert frozenset({"172.19.0.3"}) == container_addresses()


def test_without_an_engine_there_are_no_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that is not there, one nobody answers, and a TCP address of DOCKER_HOST give no address."""
    for host in (f"unix://{tmp_path}/none.sock", "tcp://127.0.0.1:2375"):
        monkeypatch.setenv("DOCKER_HOST", host)
        assert local_engine() is None
        assert frozenset() == container_addresses()
    (tmp_path / "dead.sock").touch()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/dead.sock")
    assert frozenset() == container_addresses()


def _around(engine: Engine | None, **services: Observed) -> Surroundings:
    return Surroundings(
        processes=ProcessTable({}),
        permission=Permission(),
        engine=engine,
        compose_project="shop",
        services=services,
        root=DATA / "cgroup-v2",
    )


@pytest.mark.parametrize(
    "watched", [Observed(container="shop_web_1"), Observed(compose_service="web"), Observed()]
)
def test_a_container_is_watched_by_its_control_group(engine: Engine, watched: Observed) -> None:
    """A container's name, its Compose service, or the service's own name lead to the same group's counters."""
    found = find_probes(_around(engine, web=watched))
    assert {"web"} == found.local.keys()
    assert "cgroup v2" == found.local["web"].by
    assert found.local["web"].identity.startswith(WEB)
    assert 81.234567 == found.local["web"].count(ProcessTable({}))["cpu_s"]


def test_services_of_a_project_are_found_without_being_named(engine: Engine) -> None:
    """A Compose project is watched whole; a service that the scenario names otherwise is not found twice."""
    assert {"web"} == find_probes(_around(engine)).local.keys()
    assert {"web": "gunicorn"} == find_probes(_around(engine)).kinds, "by what it starts"
    assert {"front"} == find_probes(_around(engine, front=Observed(compose_service="web"))).local.keys()


def test_one_container_that_is_not_there_just_now_hides_no_other(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that begins anew is absent with its reason, one that vanished is nothing, and the others are watched."""
    monkeypatch.setitem(CONTAINERS, DB, _container(DB, "db", "172.19.0.2", pid=0, status="restarting"))
    monkeypatch.setitem(CONTAINERS, GONE, _container(GONE, "gone", "172.19.0.4", pid=77, status="running"))
    found = find_probes(_around(engine))
    assert {"web"} == found.local.keys()
    assert {"db": {"all": f"the container {DB} does not run"}} == found.unwatched


def test_a_process_of_another_kernel_is_not_taken_for_the_container(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the engine's number of a process is somebody else's here, its group is not watched for the container."""
    monkeypatch.setitem(CONTAINERS, DB, _container(DB, "db", "172.19.0.2", pid=4242, status="running"))
    found = find_probes(_around(engine, db=Observed()))
    assert {"web"} == found.local.keys()
    assert "another kernel" in found.unwatched["db"]["all"]


def test_a_service_that_does_not_run_is_absent_with_its_reason(engine: Engine) -> None:
    """A service without a running container, and any without an engine, say why they are not watched."""
    found = find_probes(_around(engine, db=Observed()))
    assert {"all": "0 containers run for the Compose service db, not one"} == found.unwatched["db"]
    found = find_probes(_around(None, db=Observed()))
    assert {"all": "there is no Docker engine on this machine"} == found.unwatched["db"]
