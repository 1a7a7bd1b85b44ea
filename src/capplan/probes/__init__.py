"""Ways of watching: one file each and one line in a table here.

A service is watched in the first way of ``LOCAL`` that fits what its table in the scenario says, else, if a Prometheus
is named, in a way of ``REMOTE``. A server is asked as its kind says.
"""

from collections.abc import Callable

from capplan.machine.docker_engine import container_addresses
from capplan.machine.surroundings import Surroundings
from capplan.probe import AskedProbe, ServiceProbe
from capplan.probes.cgroup_v1 import watch_cgroup_v1
from capplan.probes.cgroup_v2 import watch_cgroup_v2
from capplan.probes.host import HostProbe
from capplan.probes.nginx import ask_nginx
from capplan.probes.postgresql import ask_postgresql
from capplan.probes.processes import watch_processes
from capplan.probes.prometheus import ask_prometheus
from capplan.probes.redis import ask_redis
from capplan.probes.speed import speed_s
from capplan.probes.task_queue import ask_task_queue
from capplan.scenario import Observed

__all__ = ["LOCAL", "REMOTE", "SERVERS", "HostProbe", "container_addresses", "speed_s"]

Watch = Callable[[str, Observed, Surroundings], ServiceProbe | None]
Ask = Callable[[str, Observed, Surroundings], AskedProbe | None]

LOCAL: dict[str, Watch] = {
    "cgroup v2": watch_cgroup_v2,
    "cgroup v1": watch_cgroup_v1,
    "processes": watch_processes,
}
"""Counters of this machine's kernel."""
REMOTE: dict[str, Ask] = {"prometheus": ask_prometheus}
"""Counters that somebody else keeps."""
SERVERS: dict[str, Ask] = {
    "postgresql": ask_postgresql,
    "redis": ask_redis,
    "celery": ask_task_queue,
    "nginx": ask_nginx,
}
"""What a server says of itself, by the kind of service."""
