"""demands: how often a request runs each operation, and how much service it asks of each station."""

import numpy as np
from numpy.typing import NDArray

from capplan.network import Network

Array = NDArray[np.float64]


def runs_per_request(network: Network, operation: str) -> dict[str, float]:
    """Return the mean number of times a request for an operation runs each operation, itself included."""
    runs: dict[str, float] = {}
    _count(network, operation, 1.0, runs)
    return runs


def _count(network: Network, name: str, times: float, runs: dict[str, float]) -> None:
    runs[name] = runs.get(name, 0.0) + times
    for called, count in network.operation(name).calls.items():
        _count(network, called, times * count, runs)


def service_demand_s(network: Network) -> Array:
    """Return the mean service time a request of each class asks of each station, shape (classes, stations)."""
    own = _own_demand_s(network)
    demand = np.zeros((len(network.classes), len(network.stations)))
    for number, each in enumerate(network.classes):
        for name, times in runs_per_request(network, each.operation.name).items():
            demand[number] += times * own[name]
    return demand


def held_demand_s(network: Network) -> Array:
    """Return the part of each class's demand made while a member of each pool is held, (classes, pools, stations)."""
    held = np.zeros((len(network.classes), len(network.pools), len(network.stations)))
    if network.pools:
        own = _own_demand_s(network)
        for number, each in enumerate(network.classes):
            _hold(network, own, each.operation.name, 1.0, (), held[number])
    return held


def _own_demand_s(network: Network) -> dict[str, Array]:
    """Return the demand of each operation, by its name, without those that it calls; shape (stations,)."""
    position = {each.name: k for k, each in enumerate(network.stations)}
    own = {}
    for operation in network.operations:
        demand = own[operation.name] = np.zeros(len(position))
        demand[position[operation.station]] += operation.service_s
        for visit in operation.visits:
            demand[position[visit.station]] += visit.count * visit.service_s
    return own


def _hold(
    network: Network, own: dict[str, Array], name: str, times: float, pools: tuple[int, ...], held: Array
) -> None:
    operation = network.operation(name)
    if operation.pool is not None:
        pools = (*pools, network.pool_index(operation.pool))
    held[list(pools)] += times * own[name]
    for called, count in operation.calls.items():
        _hold(network, own, called, times * count, pools, held)
