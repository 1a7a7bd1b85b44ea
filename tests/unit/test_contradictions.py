"""Every finding: a profile where it fires, and a near twin where it is silent."""

import ast
from pathlib import Path
from typing import Any

import pytest

import capplan
from capplan.claims import proposal_findings
from capplan.facts import unknowns
from capplan.inputs import Inputs
from capplan.plan import Amount, Finding
from capplan.scaling import obstacles
from capplan.service import Service
from capplan.timeline import Timeline
from capplan.workload import build_workload
from tests.planning import AS_OF, SMALL, changed, plan_of, profile_of

_SOURCES = ("contradictions.py", "claims.py", "scaling.py", "facts.py")
# What no profile can take away: a plan is a calculation, and its prices are nobody's.
_ALWAYS = {"unknown-nothing-measured", "unknown-response-law", "unknown-prices"}

# These take a simulation: see test_crosscheck.
_SIMULATED = {"simulated-objective-missed", "simulated-slower", "simulated-faster"}

_GRAFANA = {"open_ports": [22, 443], "monitoring": ["grafana"]}
_LIVE = {"containers__live": {"role": "asgi"}}
_PAGE = {"share": 1, "cpu": {"web": "60 ms", "db": "40 ms"}, "waits": "100 ms"}
_FAST = {"share": 0.9, "cpu": {"web": "20 ms", "db": "10 ms"}}
_SLOW = {"share": 0.1, "cpu": {"web": "900 ms", "db": "10 ms"}}
_SPEED = {"host": {"cpu_speed_ratio": 1}}
_GROWN = {"data__growth": "40 GB", "data__growth_over": "24 months"}
_TAKEN = dict.fromkeys(
    ("disk_system_bytes", "disk_per_image_bytes", "disk_dump_ratio", "disk_wal_bytes"), 0
) | {
    "disk_bloat_ratio": 1,
    "disk_log_bytes_per_request": 0,
    "disk_monitoring_series": 0,
    "disk_filesystem_share_ratio": 0,
    "disk_use_limit_ratio": 0.8,
}


def _servers(*servers: tuple[int, str, str], **last: object) -> dict[str, Any]:
    """Return a proposal of servers with cores, memory and disk; ``last`` adds to the last of them."""
    listed = [
        {"name": f"s{place}", "cores": cores, "memory": memory, "disk": disk}
        for place, (cores, memory, disk) in enumerate(servers)
    ]
    listed[-1] |= last
    return {"proposal": {"servers": listed}}


def _proposal(**fields: object) -> dict[str, Any]:
    return {"proposal": fields}


# Code, the changes to a small profile where it fires, and those where it is silent.
_TABLE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    # the profile alone
    (
        "dashboard-unreachable",
        {"operations": _GRAFANA},
        {"operations": {**_GRAFANA, "open_ports": [22, 3000]}},
    ),
    ("dashboard-unreachable", {"operations": _GRAFANA}, {"operations": {**_GRAFANA, "dashboard_port": 443}}),
    (
        "dashboard-unreachable",
        {"operations": _GRAFANA},
        {"operations": {**_GRAFANA, "monitoring": ["prometheus"]}},
    ),
    ("dashboard-unreachable", {"operations": _GRAFANA}, {"operations": {"monitoring": ["grafana"]}}),
    (
        "data-port-published",
        {"containers__db__published_ports": [5433]},
        {"containers__web__published_ports": [5433]},
    ),
    (
        "data-port-published",
        {"containers__web__published_ports": [5432]},
        {"containers__web__published_ports": [8000]},
    ),
    (
        "data-port-published",
        {"containers__web__published_ports": [6379]},
        {"containers__db__published_ports": []},
    ),
    (
        "container-exceeds-limit",
        {"containers__web__memory_limit": "899 MB"},
        {"containers__web__memory_limit": "900 MB"},
    ),
    (
        "container-exceeds-limit",
        {**_LIVE, "containers__live__processes": 4, "containers__live__memory_per_process": "100 MB"}
        | {"containers__live__memory_limit": "399 MB"},
        {**_LIVE, "containers__live__processes": 4, "containers__live__memory_per_process": "100 MB"}
        | {"containers__live__memory_limit": "400 MB"},
    ),
    (
        "connections-exceed-maximum",
        {"containers__db__max_connections": 3},
        {"containers__db__max_connections": 4},
    ),
    (
        "connections-exceed-maximum",
        {"containers__web__processes": 26, "containers__web__threads": 4},
        {"containers__web__processes": 25, "containers__web__threads": 4},
    ),
    (
        "buffers-exceed-container",
        {"containers__db__shared_buffers": "501 MB"},
        {"containers__db__shared_buffers": "500 MB"},
    ),
    (
        "buffers-exceed-container",
        {"containers__db__shared_buffers": "400 MB", "containers__db__memory_limit": "799 MB"},
        {"containers__db__shared_buffers": "400 MB", "containers__db__memory_limit": "800 MB"},
    ),
    ("backups-on-host", {"backups__off_site": False}, {"backups__off_site": True}),
    (
        "recovery-point-before-backup",
        {"objectives__recovery_point": "23 h"},
        {"objectives__recovery_point": "24 h"},
    ),
    (
        "recovery-point-before-backup",
        {"objectives__recovery_point": "1 h"},
        {"objectives__recovery_point": "1 h", "backups__wal_archiving": True},
    ),
    (
        "recovery-slower-than-promised",
        {"objectives__recovery_time": "10 min"},
        {"objectives__recovery_time": "2 d"},
    ),
    (
        "gives-way-today",
        {"containers__db__cpu_limit_cores": 0.001},
        {"containers__db__cpu_limit_cores": 2},
    ),
    (
        "channel-layer-per-process",
        {**_LIVE, "containers__live__processes": 2, "operations__channel_layer": "memory"},
        {**_LIVE, "containers__live__processes": 1, "operations__channel_layer": "memory"},
    ),
    (
        "channel-layer-per-process",
        {**_LIVE, "containers__also": {"role": "asgi"}, "operations__channel_layer": "memory"},
        {**_LIVE, "containers__also": {"role": "asgi"}, "operations__channel_layer": "redis"},
    ),
    # 200 ms on average: by the exponential law one request in twenty takes 599.1 ms or more.
    (
        "objective-below-service-time",
        {**_SPEED, "classes": {"page": {**_PAGE, "response_time": "599 ms"}}},
        {**_SPEED, "classes": {"page": {**_PAGE, "response_time": "600 ms"}}},
    ),
    (
        "objective-below-service-time",
        {
            **_SPEED,
            "classes": {"page": {**_PAGE, "response_time": "600 ms"}},
            "objectives__percentile_ratio": 0.96,
        },
        {
            **_SPEED,
            "classes": {"page": {**_PAGE, "response_time": "600 ms"}},
            "objectives__percentile_ratio": 0.94,
        },
    ),
    ("logs-without-rotation", {"logs__rotated": False}, {"logs__rotated": True}),
    # what stands in the way of a second server
    ("obstacle-local-media", {}, {"operations__media_storage": "object"}),
    ("obstacle-local-media", {"data__media": "1 kB"}, {"data__media": "0 B"}),
    (
        "obstacle-single-beat",
        {"containers__beat": {"role": "beat"}},
        {"containers__beat": {"role": "celery"}},
    ),
    ("obstacle-database-on-host", {}, {"containers__db": {"role": "other"}}),
    (
        "obstacle-store-on-host",
        {"containers__redis": {"role": "redis"}},
        {"containers__redis": {"role": "other"}},
    ),
    (
        "obstacle-memory-channel-layer",
        {"operations__channel_layer": "memory"},
        {"operations__channel_layer": "redis"},
    ),
    ("obstacle-no-channel-layer", {"websockets": {"connections": 5}}, {}),
    (
        "obstacle-no-channel-layer",
        {"websockets": {"connections": 5}},
        {"websockets": {"connections": 5}, "containers__redis": {"role": "redis"}},
    ),
    (
        "obstacle-no-channel-layer",
        {"websockets": {"connections": 5}, "operations__channel_layer": "none"},
        {"websockets": {"connections": 5}, "operations__channel_layer": "redis"},
    ),
    # what a proposal claims
    (
        "proposal-memory-below-own-floor",
        {"proposal": {**_servers((2, "7 GB", "80 GB"))["proposal"], "memory_at_least": "8 GB"}},
        {"proposal": {**_servers((2, "8 GB", "80 GB"))["proposal"], "memory_at_least": "8 GB"}},
    ),
    (
        "proposal-disk-below-own-floor",
        {"proposal": {**_servers((2, "8 GB", "80 GB"))["proposal"], "disk_at_least": "120 GB"}},
        {"proposal": {**_servers((2, "8 GB", "120 GB"))["proposal"], "disk_at_least": "120 GB"}},
    ),
    (
        "proposal-cores-below-own-floor",
        {"proposal": {**_servers((2, "8 GB", "80 GB"))["proposal"], "cores_at_least": 4}},
        {"proposal": {**_servers((4, "8 GB", "80 GB"))["proposal"], "cores_at_least": 4}},
    ),
    # web and db hold 1.9 GB, and at most 1.4 times that.
    (
        "proposal-services-memory-elsewhere",
        _proposal(services_memory="2.7 GB"),
        _proposal(services_memory="2.2 GB"),
    ),
    (
        "proposal-services-memory-elsewhere",
        _proposal(services_memory="1.9 GB"),
        _proposal(services_memory="2.1 GB"),
    ),
    (
        "proposal-disk-kind-varies",
        _proposal(disk_kinds=["SSD", "NVMe SSD"]),
        _proposal(disk_kinds=["NVMe SSD", "NVMe SSD"]),
    ),
    (
        "proposal-disk-kind-varies",
        _servers((2, "4 GB", "80 GB"), (4, "8 GB", "160 GB"), disk_kind="NVMe SSD"),
        _servers((2, "4 GB", "80 GB"), (4, "8 GB", "160 GB"), disk_kind="SSD"),
    ),
    # 20 + 20 + 40 GB are four fifths of 100 GB.
    (
        "proposal-no-free-reserve",
        {**_GROWN, "assume": _TAKEN, **_proposal(disk_at_least="99 GB")},
        {**_GROWN, "assume": _TAKEN, **_proposal(disk_at_least="101 GB")},
    ),
    (
        "proposal-managed-yet-more-memory",
        _servers((2, "4 GB", "80 GB"), (2, "8 GB", "80 GB"), managed=["redis"]),
        _servers((2, "4 GB", "80 GB"), (2, "8 GB", "80 GB")),
    ),
    (
        "proposal-managed-yet-more-memory",
        _servers((2, "4 GB", "80 GB"), (2, "8 GB", "80 GB"), managed=["postgresql"]),
        _servers((2, "8 GB", "80 GB"), (2, "8 GB", "80 GB"), managed=["postgresql"]),
    ),
    (
        "proposal-balancer-one-database",
        _proposal(load_balancer_for_availability=True),
        _proposal(load_balancer_for_availability=False),
    ),
    (
        "proposal-balancer-one-database",
        _proposal(load_balancer_for_availability=True),
        {**_proposal(load_balancer_for_availability=True), "containers__second": {"role": "postgresql"}},
    ),
    ("proposal-not-ready-for-servers", _proposal(horizontal_ready=True), _proposal(horizontal_ready=False)),
    (
        "proposal-not-ready-for-servers",
        _proposal(horizontal_ready=True),
        {
            **_proposal(horizontal_ready=True),
            "operations__media_storage": "object",
            "containers__db": {"role": "other"},
        },
    ),
    *(
        (
            "proposal-tier-not-dominating",
            _servers((4, "8 GB", "160 GB"), less),
            _servers((4, "8 GB", "160 GB"), (4, "8 GB", "160 GB")),
        )
        for less in ((2, "8 GB", "160 GB"), (4, "4 GB", "160 GB"), (8, "16 GB", "80 GB"))
    ),
    # what the plan does not know
    ("unknown-processor-time", {}, {"classes": {"page": _PAGE}}),
    (
        "unknown-processor-time",
        {"classes": {"page": _PAGE}, "containers__redis": {"role": "redis"}},
        {"classes": {"page": _PAGE}, "containers__redis": {"role": "beat"}},
    ),
    (
        "unknown-waits",
        {"classes": {"page": {"share": 1}}},
        {"classes": {"page": {"share": 1, "waits": "1 ms"}}},
    ),
    ("unknown-traffic-growth", {}, {"growth__traffic_per_year_ratio": 0}),
    ("unknown-request-mix", {}, {"classes": {"page": _PAGE}}),
    (
        "unknown-jobs",
        {"containers__later": {"role": "celery"}},
        {"containers__later": {"role": "celery"}, "jobs": {"mail": {"per_hour": 1}}},
    ),
    (
        "unknown-interpreter-lock",
        {"containers__web__threads": 2, "containers__db__connection_pool": 2},
        {"containers__web__threads": 2},
    ),
    ("unknown-throttling", {"containers__web__cpu_limit_cores": 2}, {"containers__web__processes": 2}),
    (
        "unknown-mixed-classes",
        {"containers__web__processes": 32, "classes": {"fast": _FAST, "slow": _SLOW}},
        {"containers__web__processes": 2, "classes": {"fast": _FAST, "slow": _SLOW}},
    ),
]


def _findings(document: dict[str, Any]) -> dict[str, Finding]:
    """Return every finding of a profile by its code, the last of each."""
    inputs = Inputs(profile_of(document))
    workload = build_workload(inputs)
    service = Service(inputs=inputs, workload=workload, timeline=Timeline(inputs, workload), as_of=AS_OF)
    found = [*plan_of(document).findings, *obstacles(inputs), *unknowns(service)]
    if inputs.profile.proposal is not None:
        found += proposal_findings(inputs, workload, inputs.profile.proposal)
    return {finding.code: finding for finding in found}


def _codes_in_the_source() -> set[str]:
    """Return every text that a finding is made with: the ``code`` of a call, or the last argument of ``_floor``."""
    found = set()
    for name in _SOURCES:
        text = (Path(capplan.__file__).parent / name).read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call):
                codes = [keyword.value for keyword in node.keywords if keyword.arg == "code"]
                codes += (
                    node.args[-1:] if isinstance(node.func, ast.Name) and node.func.id == "_floor" else []
                )
                found |= {str(code.value) for code in codes if isinstance(code, ast.Constant)}
    return found


@pytest.mark.parametrize(
    ("code", "fires", "silent"),
    [pytest.param(*row, id=f"{place}-{row[0]}") for place, row in enumerate(_TABLE)],
)
def test_a_finding_fires_here_and_is_silent_there(
    code: str, fires: dict[str, Any], silent: dict[str, Any]
) -> None:
    """A finding is told of the profile that has it, and not of its near twin that has not."""
    assert code in _findings(changed(SMALL, **fires))
    assert code not in _findings(changed(SMALL, **silent))


def test_the_table_covers_every_finding() -> None:
    """Every code of the source stands in the table, or among those that every plan has."""
    assert _codes_in_the_source() == {code for code, _, _ in _TABLE} | _ALWAYS | _SIMULATED


def test_what_every_plan_has() -> None:
    """A profile of which nothing is known and one of which much is known both have the unknowns that remain."""
    for document in (SMALL, changed(SMALL, classes={"page": _PAGE}, growth__traffic_per_year_ratio=0)):
        assert set(_findings(document)) >= _ALWAYS


@pytest.mark.parametrize(
    ("code", "changes", "values"),
    [
        (
            "container-exceeds-limit",
            {"containers__web__memory_limit": "800 MB"},
            {
                "container": "web",
                "need": Amount(value=900e6, unit="B"),
                "limit": Amount(value=800e6, unit="B"),
            },
        ),
        (
            "connections-exceed-maximum",
            {"containers__db__max_connections": 3},
            {
                "container": "db",
                "held": Amount(value=4, unit="connections"),
                "most": Amount(value=3, unit="connections"),
            },
        ),
        (
            "recovery-point-before-backup",
            {"objectives__recovery_point": "1 h"},
            {"promised": Amount(value=3600, unit="s"), "interval": Amount(value=86400, unit="s")},
        ),
        (
            "data-port-published",
            {"containers__db__published_ports": [5432]},
            {"container": "db", "port": "5432"},
        ),
        (
            "proposal-memory-below-own-floor",
            {"proposal": {**_servers((2, "4 GB", "80 GB"))["proposal"], "memory_at_least": "8 GB"}},
            {
                "floor": Amount(value=8e9, unit="B"),
                "server": "s0",
                "has": Amount(value=4e9, unit="B"),
            },
        ),
        (
            "proposal-not-ready-for-servers",
            _proposal(horizontal_ready=True),
            {"obstacles": "obstacle-local-media,obstacle-database-on-host"},
        ),
        ("unknown-processor-time", {}, {"containers": "db, web"}),
    ],
)
def test_a_finding_carries_its_numbers(
    code: str, changes: dict[str, Any], values: dict[str, Amount | str]
) -> None:
    """The values of a finding are those its sentence needs, in base units."""
    assert values == _findings(changed(SMALL, **changes))[code].values
