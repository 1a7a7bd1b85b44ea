"""prometheus: counters of a container from a Prometheus that already watches it, through cAdvisor's metrics.

They are as old as its last scrape, often 15 s, so that the borders of steps are blurred: a local control group is
better wherever it can be read.
"""

import http.client
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from capplan.machine.absence import AbsentError
from capplan.machine.permission import Permission
from capplan.machine.permitted_http import PermittedConnection
from capplan.machine.server_url import ServerUrl, read_server_url
from capplan.machine.surroundings import Surroundings
from capplan.probe import Absences, AskedProbe, Statistics
from capplan.scenario import Observed

_PORTS = {"http": 9090, "https": 9090}
_TIMEOUT_S = 2.0
_METRICS = {
    "container_cpu_usage_seconds_total": "cpu_s",
    "container_memory_working_set_bytes": "working_set_bytes",
    "container_cpu_cfs_periods_total": "periods",
    "container_cpu_cfs_throttled_periods_total": "throttled_periods",
    "container_cpu_cfs_throttled_seconds_total": "throttled_s",
    "container_spec_memory_limit_bytes": "memory_limit_bytes",
}
_LABELS = ("name", "container", "container_label_com_docker_compose_service")
"""Where a container's name stands: in cAdvisor's own metrics, in Kubernetes, in Compose projects."""
_PLACES = ("instance", "namespace")
"""What tells containers of the same name apart."""


def ask_prometheus(name: str, watched: Observed, around: Surroundings) -> AskedProbe | None:
    """Ask about the container of a service, if a Prometheus is named."""
    if around.prometheus is None:
        return None
    container = watched.container or watched.compose_service or name
    return PrometheusProbe(read_server_url(around.prometheus, _PORTS), container, around.permission)


class PrometheusProbe:
    """Asks instant queries."""

    by = "prometheus"
    version = ""

    def __init__(self, url: ServerUrl, container: str, permission: Permission) -> None:
        self.absent: Absences = {}
        self._url = url
        self._container = container
        self._permission = permission
        self._label: str | None = None
        self._connection: PermittedConnection | None = None

    @property
    def address(self) -> str:
        """Return where it is asked."""
        return self._url.address

    def ask(self, *, full: bool) -> Statistics:
        """Return the container's counters, summed over its series."""
        del full
        for label in _LABELS if self._label is None else (self._label,):
            series = self._query(label)
            if series:
                self._require_one(series)
                self._label = label
                return self._sums(series)
        raise AbsentError(f"Prometheus has no metrics of a container {self._container}")

    def close(self) -> None:
        """Give up the connection."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def _require_one(self, series: Sequence[Any]) -> None:
        for place in _PLACES:
            found = sorted({each["metric"][place] for each in series if place in each["metric"]})
            if len(found) > 1:
                raise AbsentError(
                    f"Prometheus has containers {self._container} of more than one {place}: {', '.join(found)}"
                )

    def _query(self, label: str) -> Sequence[Any]:
        names = "|".join(_METRICS)
        container = json.dumps(self._container)  # PromQL quotes as JSON does
        query = f'{{__name__=~"{names}",{label}={container}}}'
        if self._connection is None:
            self._connection = PermittedConnection(self._url, self._permission, timeout_s=_TIMEOUT_S)
        path = f"{self._url.path.rstrip('/')}/api/v1/query?{urlencode({'query': query})}"
        self._connection.request("GET", path, headers={"Host": f"{self._url.host}:{self._url.port}"})
        response = self._connection.getresponse()
        body = response.read()
        if response.status != http.client.OK:
            raise AbsentError(f"Prometheus answers with status {response.status}")
        found: Sequence[Any] = json.loads(body)["data"]["result"]
        return found

    def _sums(self, series: Sequence[Any]) -> Statistics:
        """Add series up; where a processor's total stands beside its parts, only the total counts."""
        found: Statistics = {}
        totals = {each["metric"]["__name__"] for each in series if each["metric"].get("cpu") == "total"}
        for each in series:
            metric, statistic = each["metric"], _METRICS.get(each["metric"]["__name__"])
            part = metric["__name__"] in totals and metric.get("cpu") != "total"
            if statistic is not None and not part:
                found[statistic] = found.get(statistic, 0.0) + float(each["value"][1])
        for statistic in _METRICS.values():
            if statistic not in found:
                self.absent.setdefault(statistic, "Prometheus has no such metric of this container")
        if not found.get("memory_limit_bytes"):
            found.pop("memory_limit_bytes", None)  # cAdvisor says 0 where no limit is set
        return found
