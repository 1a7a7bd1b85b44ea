"""What each resource needs, by hand, for one small service of which everything is known exactly."""

from typing import Any

import pytest

from capplan.requirement import ResourceKind
from tests.planning import changed, needs_of

# Every assumption the sizers of memory and disk ask for, as round numbers.
_ASSUME = {
    "cpu_speed_ratio": 1,
    "memory_kernel_share_ratio": 0.05,
    "memory_system_bytes": 300e6,
    "memory_peak_ratio": 1.5,
    "memory_use_limit_ratio": 0.9,
    "memory_deploy_surge_ratio": 0.5,
    "memory_monitoring_bytes": 400e6,
    "memory_base_bytes": 20e6,
    "memory_per_process_bytes": 100e6,
    "memory_per_connection_bytes": 5e6,
    "memory_per_websocket_bytes": 50e3,
    "memory_shared_buffers_bytes": 128e6,
    "memory_store_bytes": 60e6,
    "memory_nginx_bytes": 12e6,
    "disk_filesystem_share_ratio": 0.04,
    "disk_use_limit_ratio": 0.8,
    "disk_system_bytes": 6e9,
    "disk_per_image_bytes": 0.5e9,
    "disk_image_generations": 2,
    "disk_bloat_ratio": 1.2,
    "disk_wal_bytes": 1e9,
    "disk_log_bytes_per_request": 400,
    "disk_log_retention_s": 30 * 86400,
    "disk_dump_ratio": 0.3,
    "disk_dump_copies": 2,
    "disk_monitoring_series": 3000,
    "disk_monitoring_sample_bytes": 1.5,
    "disk_monitoring_interval_s": 15,
    "disk_monitoring_retention_s": 1296000,
    "traffic_peak_to_mean_ratio": 2,
    "traffic_growth_per_year_ratio": 0.2,
    "gunicorn_processes": 4,
    "gunicorn_threads": 1,
    "celery_processes": 2,
    "asgi_processes": 1,
}
_TINY: dict[str, Any] = {
    "traffic": {"requests_per_s": 2},
    "containers": {
        "web": {"role": "gunicorn", "memory": "600 MB"},
        "db": {"role": "postgresql", "memory": "400 MB"},
    },
    "data": {"database": "10 GB", "media": "30 GB", "growth": "24 GB", "growth_over": "24 months"},
    "assume": _ASSUME,
}
_BARE: dict[str, Any] = changed(_TINY, operations={"monitoring": []})


def _need(kind: ResourceKind, document: dict[str, Any]) -> float:
    values = needs_of(document, months=12)[kind]
    assert values.min() == pytest.approx(values.max(), rel=1e-12)
    return float(values[0])


def _memory(resident_bytes: float) -> float:
    """Return the sold memory that leaves so much after the free tenth and the kernel's twentieth."""
    return resident_bytes / 0.9 / 0.95


def _disk(occupied_bytes: float) -> float:
    """Return the sold disk that leaves so much after the free fifth and the file system's 4 %."""
    return occupied_bytes / 0.8 / 0.96


def test_memory_by_hand() -> None:
    """Peaks of both containers, half of the application again during a deploy, system and monitoring."""
    peaks = 600e6 * 1.5 + 400e6 * 1.5
    assert _memory(peaks + 600e6 * 1.5 * 0.5 + 300e6 + 400e6) == pytest.approx(
        _need(ResourceKind.MEMORY, _TINY), rel=1e-12
    )


def test_memory_without_monitoring() -> None:
    """Where nothing is monitored, no memory is kept for it."""
    assert _memory(1500e6 + 450e6 + 300e6) == pytest.approx(_need(ResourceKind.MEMORY, _BARE), rel=1e-12)


@pytest.mark.parametrize(
    ("container", "bytes_typical", "application"),
    [
        ({"role": "gunicorn"}, 20e6 + 4 * 100e6, True),
        ({"role": "gunicorn", "processes": 3, "memory_per_process": "80 MB"}, 20e6 + 3 * 80e6, True),
        ({"role": "celery"}, 20e6 + 2 * 100e6, True),
        ({"role": "asgi"}, 20e6 + 1 * 100e6, True),
        ({"role": "beat"}, 20e6 + 100e6, True),
        ({"role": "other", "memory_per_process": "70 MB"}, 20e6 + 70e6, True),
        ({"role": "nginx"}, 12e6, False),
        ({"role": "redis"}, 60e6, False),
        ({"role": "redis", "memory": "200 MB"}, 200e6, False),
        ({"role": "gunicorn", "memory": "900 MB", "memory_limit": "1 GB"}, 1e9 / 1.5, True),
    ],
)
def test_memory_of_one_more_container(
    container: dict[str, Any], bytes_typical: float, *, application: bool
) -> None:
    """A container adds its stated memory or that of its processes, times the peak, at most its limit.

    One of the application adds half of that again during a deploy.
    """
    added = bytes_typical * 1.5 * (1.5 if application else 1)
    assert _memory(1500e6 + 450e6 + 300e6 + added) == pytest.approx(
        _need(ResourceKind.MEMORY, changed(_BARE, containers__more=container)), rel=1e-12
    )


@pytest.mark.parametrize(
    ("database", "others", "connections"),
    [
        ({"role": "postgresql"}, {}, 4),
        ({"role": "postgresql"}, {"threads": 3}, 12),
        ({"role": "postgresql"}, {"processes": 7}, 7),
    ],
)
def test_memory_of_a_database_of_which_only_settings_are_known(
    database: dict[str, Any], others: dict[str, Any], connections: int
) -> None:
    """Base, shared buffers and one connection per worker that asks the database."""
    document = changed(_BARE, containers__db=database)
    document["containers"]["web"] |= others
    typical = 20e6 + 128e6 + connections * 5e6
    assert _memory(900e6 * 1.5 + typical * 1.5 + 300e6) == pytest.approx(
        _need(ResourceKind.MEMORY, document), rel=1e-12
    )


def test_memory_of_a_database_with_stated_settings() -> None:
    """Stated buffers and memory per connection replace the assumptions; every worker holds a connection."""
    document = changed(
        _BARE,
        containers__db={"role": "postgresql", "shared_buffers": "1 GB", "memory_per_connection": "8 MB"},
        containers__jobs={"role": "celery", "memory": "100 MB"},
        containers__live={"role": "asgi", "memory": "100 MB"},
        containers__own={"role": "other", "memory": "100 MB"},
    )
    database = (20e6 + 1e9 + (4 + 2 + 1 + 1) * 8e6) * 1.5
    applications = (600e6 + 3 * 100e6) * 1.5 * 1.5
    assert _memory(database + applications + 300e6) == pytest.approx(
        _need(ResourceKind.MEMORY, document), rel=1e-12
    )


def test_memory_of_websockets_grows_with_traffic() -> None:
    """Each open connection takes its bytes, and there are a fifth more of them in a year."""
    document = changed(_BARE, websockets={"connections": 1000})
    assert _memory(1500e6 + 450e6 + 300e6 + 1000 * 1.2 * 50e3) == pytest.approx(
        _need(ResourceKind.MEMORY, document), rel=1e-12
    )


_REQUESTS_PER_S = 2 * 1.2 / 2
_KEPT_BYTES = {
    "system": 6e9,
    "images": 2 * 0.5e9 * 2,
    "database": (10e9 + 3e9) * 1.2,
    "media": 30e9 + 9e9,
    "logs": _REQUESTS_PER_S * 30 * 86400 * 400,
    "wal": 1e9,
    "dumps": (10e9 + 3e9) * 0.3 * 2,
    "monitoring": 3000 / 15 * 1.5 * 1296000,
}


def test_disk_by_hand() -> None:
    """A year from now: 12 GB more in proportion 1 to 3, a month of logs at the mean rate, and all the rest."""
    assert _disk(sum(_KEPT_BYTES.values())) == pytest.approx(_need(ResourceKind.DISK, _TINY), rel=1e-12)


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"operations": {"monitoring": []}}, {"monitoring": 0}),
        ({"operations": {"media_storage": "object"}}, {"media": 0}),
        ({"data__bloat_ratio": 2}, {"database": 26e9}),
        ({"data__wal": "3 GB"}, {"wal": 3e9}),
        ({"data__system": "9 GB"}, {"system": 9e9}),
        ({"data__per_image": "1 GB"}, {"images": 4e9}),
        ({"containers__more": {"role": "beat"}}, {}),
        ({"containers__more": {"role": "redis"}}, {"images": 3e9}),
        ({"containers__more": {"role": "postgresql"}}, {}),
        ({"backups__dump_copies": 0}, {"dumps": 0}),
        ({"logs__per_request": "800 B"}, {"logs": 2 * _KEPT_BYTES["logs"]}),
        ({"logs__retention": "15 days"}, {"logs": _KEPT_BYTES["logs"] / 2}),
        ({"logs__rotated": False}, {"logs": _REQUESTS_PER_S * 365.25 * 86400 * 400}),
        ({"traffic__peak_to_mean_ratio": 4}, {"logs": _KEPT_BYTES["logs"] / 2}),
        ({"growth__traffic_per_year_ratio": 0}, {"logs": _KEPT_BYTES["logs"] / 1.2}),
    ],
    ids=str,
)
def test_disk_after_one_change(changes: dict[str, Any], parts: dict[str, float]) -> None:
    """Each field changes its own part of the disk by what the formula says, and no other part."""
    expected = sum((_KEPT_BYTES | parts).values())
    assert _disk(expected) == pytest.approx(_need(ResourceKind.DISK, changed(_TINY, **changes)), rel=1e-12)


def test_disk_without_a_database_server() -> None:
    """Without PostgreSQL there are no WAL and no dumps; its data is still there, in a file."""
    document = changed(_TINY)
    del document["containers"]["db"]
    parts = _KEPT_BYTES | {"wal": 0, "dumps": 0, "images": 0.5e9 * 2}
    assert _disk(sum(parts.values())) == pytest.approx(_need(ResourceKind.DISK, document), rel=1e-12)


_CPU: dict[str, Any] = changed(
    _BARE,
    classes={"page": {"share": 1, "cpu": {"web": "60 ms", "db": "40 ms"}, "response_time": "60 s"}},
    growth__traffic_per_year_ratio=0,
    host={"background_bursts": 1},
    assume__cpu_idle_cores=0.2,
)


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        # (2 requests/s * 0.1 s + 0.2 idle + 1 burst) / 0.7 = 2 exactly
        (2, {}),
        (3, {"traffic__requests_per_s": 2.01}),
        (1, {"host__background_bursts": 0}),
        (3, {"objectives__utilization_limit_ratio": 0.69}),
        (4, {"host__background_bursts": 2}),
        (4, {"host__cpu_speed_ratio": 0.125}),
        (2, {"host__cpu_speed_ratio": 2}),
    ],
    ids=str,
)
def test_cores_by_hand(expected: int, changes: dict[str, Any]) -> None:
    """With objectives that nothing endangers, cores are (busy + bursts) / limit, rounded up."""
    assert expected == pytest.approx(_need(ResourceKind.CPU, changed(_CPU, **changes)), rel=1e-12)
