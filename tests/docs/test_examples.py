"""Every example in the README and the docs runs."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from _pytest.mark.structures import ParameterSet

from capplan.network_file import NetworkFile, network_of
from capplan.profile_file import parse_profile
from capplan.scenario import Scenario

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# Setting up is what `make demo` and `make test` do themselves; it is tried on a bare machine, not inside a test.
_SET_UP = ("git ", "make ", "cd ", "python3 -m pip", "pip ")
_FENCE = re.compile(r"^```(\w+)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def _blocks(language: str) -> list[ParameterSet]:
    found: list[ParameterSet] = []
    for page in PAGES:
        for number, (kind, text) in enumerate(_FENCE.findall(page.read_text(encoding="utf-8"))):
            if kind == language:
                found.append(pytest.param(text, id=f"{page.relative_to(ROOT)}-{number}"))
    return found


@pytest.mark.parametrize("text", _blocks("sh"))
def test_shell_example_runs(text: str, tmp_path: Path) -> None:
    """A shell example succeeds in an empty folder that has the README's profile as capplan.toml."""
    lines = [line for line in text.splitlines() if not line.startswith(_SET_UP)]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    profile = next(block for kind, block in _FENCE.findall(readme) if kind == "toml")
    (tmp_path / "capplan.toml").write_text(profile, encoding="utf-8")
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    run = subprocess.run(
        ["bash", "-e", "-c", "\n".join(lines)],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert run.returncode == 0, run.stderr


@pytest.mark.parametrize("text", _blocks("toml"))
def test_toml_example_is_valid(text: str) -> None:
    """A TOML example that is a whole profile, scenario or network is accepted; a part of one at least parses."""
    document = tomllib.loads(text)
    if "base_url" in document:
        assert Scenario.model_validate(document).steps
    if {"stations", "operations", "sources"} <= document.keys():
        assert network_of(NetworkFile.model_validate(document)).classes
    if {"traffic", "containers", "data"} <= document.keys():
        assert parse_profile(text, "example").traffic is not None


def test_python_examples_run() -> None:
    """Every Python example runs, should there be one."""
    for page in PAGES:
        for kind, text in _FENCE.findall(page.read_text(encoding="utf-8")):
            if kind == "python":
                exec(compile(text, str(page), "exec"), {})  # noqa: S102 - our own documentation


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """A relative link in a page leads to a file that exists."""
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
