"""What a Prometheus knows of a container, over its real HTTP API."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.process_table import ProcessTable
from capplan.machine.surroundings import Surroundings
from capplan.probe import AskedProbe
from capplan.probes.prometheus import ask_prometheus
from capplan.scenario import Observed
from tests.probes.http_servers import loopback_server


def _series(metric: str, value: str, **labels: str) -> dict[str, Any]:
    return {"metric": {"__name__": metric, **labels}, "value": [1753000000.0, value]}


def _prometheus(
    label: str, series: list[dict[str, Any]], asked: list[str]
) -> Callable[[str], tuple[int, Any]]:
    """Return a server that has series under one label, and notes what it is asked."""

    def answer(path: str) -> tuple[int, Any]:
        parts = urlsplit(path)
        query = parse_qs(parts.query)["query"][0]
        asked.append(query)
        if parts.path != "/prom/api/v1/query":
            return 404, {"status": "error"}
        found = series if f'{label}="web"' in query else []
        return 200, {"status": "success", "data": {"resultType": "vector", "result": found}}

    return answer


def _probe(prometheus: str | None, watched: Observed) -> AskedProbe | None:
    around = Surroundings(
        processes=ProcessTable({}), permission=Permission(), prometheus=prometheus, services={"web": watched}
    )
    return ask_prometheus("web", watched, around)


def test_series_of_a_container_add_up() -> None:
    """Processors add up where there is no total, and where there is one, it alone counts."""
    cpu, throttled = "container_cpu_usage_seconds_total", "container_cpu_cfs_throttled_periods_total"
    memory, limit = "container_memory_working_set_bytes", "container_spec_memory_limit_bytes"
    parts = [_series(cpu, "1.5", cpu="cpu00"), _series(cpu, "2.25", cpu="cpu01")]
    rest = [_series(memory, "1048576"), _series(throttled, "7"), _series(limit, "0")]
    for series, seconds in ((parts + rest, 3.75), ([*parts, _series(cpu, "4", cpu="total"), *rest], 4.0)):
        asked: list[str] = []
        with loopback_server(_prometheus("name", series, asked)) as url:
            probe = _probe(f"{url}/prom", Observed())
            assert probe is not None
            assert {
                "cpu_s": seconds,
                "working_set_bytes": 1048576,
                "throttled_periods": 7,
            } == probe.ask(full=False)
            assert {"periods", "throttled_s"} == probe.absent.keys()
            probe.close()


@pytest.mark.parametrize("place", ["instance", "namespace"])
def test_containers_of_one_name_in_several_places_are_not_one_service(place: str) -> None:
    """Series of two machines or namespaces are not added up, and the reason names both."""
    series = [_series("container_cpu_usage_seconds_total", "1", **{place: each}) for each in ("a", "b")]
    with loopback_server(_prometheus("name", series, [])) as url:
        probe = _probe(f"{url}/prom", Observed())
        assert probe is not None
        with pytest.raises(AbsentError, match=f"containers web of more than one {place}: a, b"):
            probe.ask(full=False)
        probe.close()


@pytest.mark.parametrize("label", ["name", "container", "container_label_com_docker_compose_service"])
def test_a_container_is_found_under_each_label(label: str) -> None:
    """cAdvisor, Kubernetes and Compose name a container by different labels; the one found is used from then on."""
    asked: list[str] = []
    series = [_series("container_cpu_usage_seconds_total", "1")]
    with loopback_server(_prometheus(label, series, asked)) as url:
        probe = _probe(f"{url}/prom", Observed(container="web"))
        assert probe is not None
        assert {"cpu_s": 1.0} == probe.ask(full=False)
        first = len(asked)
        assert {"cpu_s": 1.0} == probe.ask(full=False)
        assert first + 1 == len(asked)
        probe.close()


def test_an_unknown_container_and_a_refusal_say_so() -> None:
    """No series, a wrong path, and a host beyond this machine each have their reason."""
    with loopback_server(_prometheus("name", [], [])) as url:
        for base, says in (
            (f"{url}/prom", "no metrics of a container web"),
            (url, "status 404"),
            ("http://192.0.2.1:9090", "neither on loopback"),
        ):
            probe = _probe(base, Observed())
            assert probe is not None
            with pytest.raises(AbsentError, match=says):
                probe.ask(full=False)
            probe.close()
    assert _probe(None, Observed()) is None
