"""The commands, through the real entry point."""

import json
import re
from pathlib import Path

import pytest

from capplan.plan import Plan
from tests.cli.running import PROFILE, Run, capplan


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a profile as capplan.toml."""
    made = tmp_path_factory.mktemp("service")
    (made / "capplan.toml").write_text(PROFILE, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def screen(folder: Path) -> Run:
    """Return the first screen of the profile in the folder."""
    return capplan("recommend", folder=folder)


def test_without_a_profile_the_shipped_one_is_used_and_said(tmp_path: Path) -> None:
    """In an empty folder the first line says that the reference profile is used and names `capplan init`."""
    run = capplan("recommend", folder=tmp_path)
    assert run.code == 0
    assert "reference profile" in run.err.splitlines()[0]
    assert "capplan init" in run.err.splitlines()[0]


def test_report_runs_without_an_argument(tmp_path: Path) -> None:
    """`capplan report --format markdown` needs no argument and writes the report to standard output."""
    run = capplan("report", "--format", "markdown", folder=tmp_path)
    assert run.code == 0
    assert run.out.startswith("# ")


def test_the_profile_here_wins_over_the_shipped_one(screen: Run) -> None:
    """A capplan.toml in the folder is used without a word."""
    assert screen.err == ""
    assert "Server sizing of shop" in screen.out


def test_the_first_screen_holds_the_answer(screen: Run) -> None:
    """The first screen has three tiers, what breaks first, until when, three assumptions and contradictions."""
    assert all(tier in screen.out for tier in ("minimum", "recommended", "optimal"))
    assert all(column in screen.out for column in ("Raw need", "Breaks first", "Lasts until", "Fits in"))
    assert screen.out.count("of the spread of") == 3
    assert "Contradictions in the profile" in screen.out


def test_set_changes_the_profile(folder: Path, screen: Run) -> None:
    """--set changes a value: ten times the traffic needs another plan."""
    changes = ["--set", "traffic.concurrent_users=200", "--set", "traffic.requests_per_s=20"]
    assert capplan("recommend", *changes, folder=folder).out != screen.out


def test_a_server_that_will_not_do_is_exit_code_1(folder: Path) -> None:
    """A server asked about that is too small now ends the command with code 1."""
    assert capplan("recommend", "--server", "1:1GB:20GB", folder=folder).code == 1


def test_a_server_that_will_do_is_exit_code_0(folder: Path) -> None:
    """A server asked about that is large enough ends the command with code 0."""
    assert capplan("recommend", "--server", "16:64GB:960GB", folder=folder).code == 0


def test_plan_can_be_reported_again_in_another_language(folder: Path) -> None:
    """A plan written by recommend is reported without its profile, in both languages, with the same numbers."""
    assert capplan("recommend", "-o", "plan.json", folder=folder).code == 0
    english = capplan("report", "plan.json", "--lang", "en", folder=folder)
    persian = capplan("report", "plan.json", "--lang", "fa", folder=folder)
    assert (english.code, persian.code) == (0, 0)
    assert "vCPU" in english.out
    assert 'dir="rtl"' in persian.out
    Plan.model_validate_json((folder / "plan.json").read_bytes())


def test_json_report_is_json(folder: Path) -> None:
    """The JSON report parses and has the eleven sections and the summary."""
    report = json.loads(capplan("report", "--format", "json", folder=folder).out)
    names = [section["name"] for section in report["sections"]]
    expected = [
        "project",
        "technology",
        "traffic",
        "cpu",
        "memory",
        "disk",
        "gpu",
        "balancer",
        "scaling",
        "operations",
        "servers",
        "summary",
    ]
    assert [name for name in expected if name not in names] == []


def test_every_figure_can_be_explained(folder: Path) -> None:
    """--explain derives a number; the need of a tier shows its formula and the world that decides it."""
    run = capplan("recommend", "--explain", "recommended.memory_need_bytes", folder=folder)
    assert run.code == 0
    assert "memory_use_limit_ratio" in run.out


def test_the_same_command_prints_the_same(folder: Path, screen: Run) -> None:
    """Two runs print the same to the byte."""
    assert capplan("recommend", folder=folder).out == screen.out


def test_init_writes_a_profile_that_gives_a_plan(tmp_path: Path) -> None:
    """What init writes, recommend accepts, and at most forty lines long."""
    words = ["--users", "50", "--rps", "5", "--container", "web=gunicorn:900MB"]
    assert capplan("init", *words, folder=tmp_path).code == 0
    text = (tmp_path / "capplan.toml").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 40
    assert capplan("recommend", folder=tmp_path).code == 0


def test_init_never_overwrites_without_force(tmp_path: Path) -> None:
    """Init leaves a file that exists alone, and replaces it with --force."""
    path = tmp_path / "capplan.toml"
    path.write_text("mine", encoding="utf-8")
    assert capplan("init", folder=tmp_path).code == 2
    assert path.read_text(encoding="utf-8") == "mine"
    assert capplan("init", "--force", folder=tmp_path).code == 0
    assert path.read_text(encoding="utf-8") != "mine"


def test_version_is_told(tmp_path: Path) -> None:
    """--version prints name and version."""
    assert re.fullmatch(r"capplan \d+\.\d+\.\d+\n", capplan("--version", folder=tmp_path).out)
