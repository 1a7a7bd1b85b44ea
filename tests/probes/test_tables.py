"""What holds for every way of watching in the folder's tables."""

from contextlib import suppress

import pytest

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessReader
from capplan.machine.surroundings import Surroundings
from capplan.probe import AskedProbe
from capplan.probes import LOCAL, REMOTE, SERVERS
from capplan.profile import Role
from capplan.scenario import Observed
from tests.probes.running import subject

_FOREIGN = "192.0.2.7"
_URLS = {
    "postgresql": f"postgresql://{_FOREIGN}/db",
    "redis": f"redis://{_FOREIGN}",
    "celery": f"redis://{_FOREIGN}",
    "nginx": f"http://{_FOREIGN}",
}


def _around(**services: Observed) -> Surroundings:
    return Surroundings(
        processes=ProcessReader().read(),
        permission=Permission(),
        prometheus=f"http://{_FOREIGN}:9090",
        services=services,
    )


def test_servers_are_asked_by_kinds_that_a_scenario_may_name() -> None:
    """Every kind in the table is one that may be written, and each has a URL in these tests."""
    assert set(Role) >= SERVERS.keys()
    assert _URLS.keys() == SERVERS.keys()


@pytest.mark.parametrize("way", LOCAL)
def test_a_way_that_is_not_meant_stands_back(way: str) -> None:
    """A service of which nothing is said is not watched, and that is no error."""
    assert LOCAL[way]("web", Observed(), _around()) is None


@pytest.mark.parametrize("way", LOCAL)
def test_no_way_finds_what_is_not_there(way: str) -> None:
    """A group, a container or a process that does not exist gives nothing or a reason, never anything else."""
    for watched in (Observed(cgroup="/no/such"), Observed(container="no-such"), Observed(pid=4194304)):
        with suppress(AbsentError):
            assert LOCAL[way]("web", watched, _around()) is None


@pytest.mark.parametrize("kind", SERVERS)
def test_a_server_without_a_place_is_not_asked(kind: str) -> None:
    """Without URL and log there is nobody to ask, and that is no error."""
    assert SERVERS[kind]("it", Observed(kind=Role(kind)), _around()) is None


@pytest.mark.parametrize("kind", [*SERVERS, *REMOTE])
def test_nobody_beyond_this_machine_is_asked(kind: str) -> None:
    """A host that is not local and not allowed is never connected to, and the refusal names it."""
    probe = _asked(kind)
    with pytest.raises(AbsentError) as caught:
        probe.ask(full=True)
    assert _FOREIGN in f"{caught.value} {probe.absent}"
    assert _FOREIGN in probe.address
    assert "" == probe.version
    probe.close()
    probe.close()


def _asked(kind: str) -> AskedProbe:
    watched = Observed.model_validate({"kind": kind, "url": _URLS[kind]} if kind in _URLS else {})
    probe = (SERVERS | REMOTE)[kind]("it", watched, _around(it=watched))
    assert probe is not None
    return probe


def test_a_statistic_is_read_or_absent_never_both() -> None:
    """Whatever a local probe does not read has a reason, and what has a reason is not read."""
    with subject() as running:
        probe = LOCAL["processes"]("web", Observed(pid=running.pid), _around())
        assert probe is not None
        found = probe.count(ProcessReader().read()) | probe.weigh()
        assert {"cpu_s", "processes", "rss_bytes", "restarts"} <= found.keys()
        assert not probe.absent.keys() & found.keys()
