"""GPU libraries and the order of the obstacles to a second server; each obstacle alone: test_contradictions.py."""

import pytest

from capplan.inputs import Inputs
from capplan.scaling import gpu_libraries, obstacles
from tests.planning import SMALL, changed, profile_of


@pytest.mark.parametrize(
    ("expected", "libraries"),
    [
        ((), ()),
        ((), ("Django", "numpy", "Pillow")),
        (("torch",), ("Django", "torch")),
        (("PyTorch", "Transformers"), ("PyTorch", "Transformers")),
        ((), ("torchlight",)),
    ],
)
def test_libraries_that_compute_on_a_gpu(expected: tuple[str, ...], libraries: tuple[str, ...]) -> None:
    """Names are compared whole and without regard to case, and told as they were written."""
    assert expected == gpu_libraries(profile_of(changed(SMALL, stack={"libraries": libraries})))


def test_a_service_without_state_has_no_obstacle() -> None:
    """Media elsewhere and no database, store, scheduler or socket: nothing ties the service to one server."""
    document = changed(
        SMALL, containers={"web": {"role": "gunicorn"}}, operations={"media_storage": "object"}
    )
    assert [] == list(obstacles(Inputs(profile_of(document))))


def test_every_obstacle_of_a_service_is_told() -> None:
    """A service with all kinds of state is told all of them, media first."""
    document = changed(
        SMALL,
        containers__beat={"role": "beat"},
        containers__redis={"role": "redis"},
        operations={"channel_layer": "memory"},
    )
    expected = [
        "obstacle-local-media",
        "obstacle-single-beat",
        "obstacle-database-on-host",
        "obstacle-store-on-host",
        "obstacle-memory-channel-layer",
    ]
    assert expected == [finding.code for finding in obstacles(Inputs(profile_of(document)))]


def test_an_obstacle_names_its_container() -> None:
    """The reader is told which container it is."""
    document = changed(SMALL, containers__timer={"role": "beat"})
    found = {finding.code: finding.values for finding in obstacles(Inputs(profile_of(document)))}
    assert {"container": "timer"} == found["obstacle-single-beat"]
