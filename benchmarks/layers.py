"""A network as a layered queueing network, for peers that solve those: stations as processors, pools as tasks.

An operation is an entry of its pool's task, or of a task without limit if it has none; so is each visit it makes.
"""

from typing import Any

from capplan.network import Network

Layers = dict[str, dict[str, dict[str, Any]]]


def layers_of(network: Network) -> Layers:
    """Return its processors, tasks, entries and sources by their names, ready to be written as JSON."""
    layers: Layers = {"processors": {}, "tasks": {}, "entries": {}, "sources": {}}
    for station in network.stations:
        layers["processors"][station.name] = {
            "discipline": station.discipline.value,
            "servers": station.server_count,
        }
    sizes = {pool.name: pool.size for pool in network.pools}
    for operation in network.operations:
        task = operation.pool or f"{operation.name} task"
        layers["tasks"][task] = {"processor": operation.station, "size": sizes.get(task)}
        calls = dict(operation.calls)
        for visit in operation.visits:
            visited = f"{operation.name} at {visit.station}"
            calls[visited] = visit.count
            layers["tasks"][f"{visited} task"] = {"processor": visit.station, "size": None}
            layers["entries"][visited] = {
                "task": f"{visited} task",
                "service_s": visit.service_s,
                "calls": {},
            }
        layers["entries"][operation.name] = {"task": task, "service_s": operation.service_s, "calls": calls}
    for source in network.sources:
        (asked,) = source.mix
        layers["sources"][source.name] = {
            "population": source.population,
            "think_time_s": source.think_time_s,
            "asked": asked,
        }
    return layers
