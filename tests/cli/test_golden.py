"""The reports of the shipped profiles, letter by letter.

``CAPPLAN_GOLDEN=write`` writes them anew; read the difference before committing it, and say in the changelog under
"Numbers changed" which numbers of the reference profile moved.
"""

import os
from pathlib import Path

import pytest

from capplan.documents import shipped_profile
from tests.cli.running import capplan

GOLDEN = Path(__file__).parents[1] / "golden"
_REPORTS = [("reference", "en"), ("reference", "fa"), ("rest-api", "en"), ("blog", "fa")]


@pytest.mark.parametrize(("profile", "language"), _REPORTS)
def test_report_is_the_golden_one(profile: str, language: str, tmp_path: Path) -> None:
    """A shipped profile's report is the one that was read and approved."""
    (tmp_path / "profile.toml").write_bytes(shipped_profile(profile).read_bytes())
    words = ["report", "profile.toml", "--set", "as_of=2026-11-23", "--lang", language]
    run = capplan(*words, folder=tmp_path)
    golden = GOLDEN / f"{profile}.{language}.md"
    if os.environ.get("CAPPLAN_GOLDEN") == "write":
        golden.write_text(run.out, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == run.out
