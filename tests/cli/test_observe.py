"""`capplan init --observe`: a first profile with the memory of what is running."""

import tomllib
from pathlib import Path

from tests.cli.running import capplan
from tests.truth.servers import KNOWN_TRUTH, serving


def test_memory_of_a_running_process_stands_in_the_profile(tmp_path: Path) -> None:
    """A server that holds 300 MB more than at its start is written down with that much more, within 5 %."""
    profiles = []
    with serving(KNOWN_TRUTH) as server:
        (tmp_path / "scenario.toml").write_text(
            f'base_url = "{server.url}"\n[observe.services.web]\nkind = "gunicorn"\npid = {server.pid}\n',
            encoding="utf-8",
        )
        for name in ("before.toml", "after.toml"):
            done = capplan("init", "--observe", "scenario.toml", "-o", name, folder=tmp_path)
            assert 0 == done.code, done.err
            profiles.append(tomllib.loads((tmp_path / name).read_text("utf-8")))
            server.ask("/allocate?mb=300")
    roles = [profile["containers"]["web"]["role"] for profile in profiles]
    before, after = (float(profile["containers"]["web"]["memory"].removesuffix("MB")) for profile in profiles)
    assert ["gunicorn", "gunicorn"] == roles
    assert 285 < after - before < 315
