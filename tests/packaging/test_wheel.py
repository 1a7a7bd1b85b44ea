"""The wheel, installed away from the checkout, works in an empty folder."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a wheel built from the checkout, with nothing fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [
        *_PIP,
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(folder),
        str(ROOT),
    ]
    subprocess.run(command, check=True)
    return next(folder.glob("capplan-*.whl"))


def test_profiles_and_scenarios_travel_in_the_wheel(wheel: Path) -> None:
    """The wheel holds the shipped profiles, the schema, the scenarios, the words and the assumptions."""
    names = zipfile.ZipFile(wheel).namelist()
    wanted = [
        "capplan/profiles/reference.toml",
        "capplan/profiles/profile.schema.json",
        "capplan/scenarios/README.md",
        "capplan/locales/fa/report.ftl",
        "capplan/assumptions.toml",
        "capplan/py.typed",
    ]
    assert [name for name in wanted if name not in names] == []


def test_installed_wheel_plans_in_an_empty_folder(wheel: Path, tmp_path: Path) -> None:
    """`capplan recommend` and `capplan report` need no argument and no checkout."""
    site, empty = tmp_path / "site", tmp_path / "empty"
    empty.mkdir()
    subprocess.run(
        [*_PIP, "install", "--no-deps", "--no-index", "--target", str(site), str(wheel)], check=True
    )
    program = "import sys; sys.path.insert(0, sys.argv.pop(1)); from capplan.cli import main; main()"
    for words in (["recommend"], ["report", "--format", "markdown"]):
        run = subprocess.run(
            [sys.executable, "-c", program, str(site), *words],
            cwd=empty,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (0, True) == (run.returncode, "reference" in run.stdout), run.stderr
