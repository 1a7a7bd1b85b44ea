"""A run that was cut off is taken up again if it is still the same, and not otherwise."""

import json
import signal
from pathlib import Path

from tests.cli.running import capplan
from tests.truth.running import Running, loadtest, read_steps
from tests.truth.scenarios import scenario, users_step
from tests.truth.servers import KNOWN_TRUTH, Server, serving


def _cut_off(folder: Path, server: Server, number: signal.Signals) -> Running:
    """Run two steps, and cut the second off in its midst."""
    steps = (users_step(duration_s=1.5, settle_s=0), users_step(users=6, duration_s=8, settle_s=0))
    text = scenario(folder, server.url, *steps, paths=("/",), timeout_s=5)
    with loadtest(folder, text) as running:
        running.wait_for_rows(20, step=2)
        running.process.send_signal(number)
        running.end()
        assert {} == running.orphans(15.0)
    return running


def _resumed(folder: Path, running: Running) -> tuple[int, str]:
    with loadtest(folder, "--resume", str(running.folder)) as again:
        return again.end(120), again.told()


def test_a_run_goes_on_at_the_step_that_was_cut_off(tmp_path: Path) -> None:
    """The first step keeps its records, the second is run anew, and what was left of it is kept beside it."""
    with serving(KNOWN_TRUTH) as server:
        running = _cut_off(tmp_path, server, signal.SIGINT)
        (first, cut) = read_steps(running.folder)
        assert "interrupted" == cut["aborted"]
        code, told = _resumed(tmp_path, running)
        assert code in (0, 3), told
    steps = read_steps(running.folder)
    assert first == steps[0]
    assert "" == steps[1]["aborted"]
    assert steps[1]["recorded"] > cut["recorded"]
    assert "finished" == running.document()["status"]
    assert 1 == len(list(running.folder.glob("steps/*.cut1")))


def test_a_resumed_run_that_is_killed_can_still_be_read(tmp_path: Path) -> None:
    """After Ctrl-C, resumption and SIGKILL the finished step is told, and nothing is called damaged."""
    with serving(KNOWN_TRUTH) as server:
        running = _cut_off(tmp_path, server, signal.SIGINT)
        with loadtest(tmp_path, "--resume", str(running.folder)) as again:
            again.wait_until(lambda: running.document()["status"] == "running")
            again.process.kill()
            again.end()
            assert {} == again.orphans(15.0)
    told = capplan("report", "--run", "run", "--export", "csv", folder=tmp_path)
    assert 0 == told.code, told.err
    assert "1,users-5" in told.out


def test_a_run_of_something_else_is_not_gone_on_with(tmp_path: Path) -> None:
    """A scenario that was changed within the run, and another server at another address, are refused with 2."""
    with serving(KNOWN_TRUTH) as server:
        running = _cut_off(tmp_path, server, signal.SIGKILL)
        kept = running.folder / "scenario.json"
        original = kept.read_text("utf-8")
        changed = json.loads(original)
        changed["gates"]["error_ratio"] = 1.0
        kept.write_text(json.dumps(changed), encoding="utf-8")
        code, told = _resumed(tmp_path, running)
        assert (2, True) == (code, "a run of something else" in told), told
    with serving(KNOWN_TRUTH) as other:
        changed = json.loads(original) | {"base_url": other.url}
        kept.write_text(json.dumps(changed), encoding="utf-8")
        code, told = _resumed(tmp_path, running)
        assert (2, True) == (code, "a run of something else" in told), told


def test_a_password_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    """A password in a URL or in a header of a scenario ends with 2, is not repeated, and leaves no folder."""
    hidden = "hunter2"
    texts = {
        "base_url": f'base_url = "http://admin:{hidden}@127.0.0.1:1"\n',
        "header": f'base_url = "http://127.0.0.1:1"\n[load]\nheaders = {{ Authorization = "Bearer {hidden}" }}\n',
        "database": 'base_url = "http://127.0.0.1:1"\n[observe.services.db]\nkind = "postgresql"\n'
        f'url = "postgresql://reader:{hidden}@127.0.0.1/shop"\n',
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.toml").write_text(text + '[[steps]]\nkind = "idle"\n', encoding="utf-8")
        told = capplan("loadtest", f"{name}.toml", "-o", "run", folder=tmp_path)
        assert 2 == told.code
        assert hidden not in told.out + told.err, name
    told = capplan(
        "loadtest", "--url", f"http://:{hidden}@127.0.0.1:1", "--rps", "1", "-o", "run", folder=tmp_path
    )
    assert 2 == told.code
    assert hidden not in told.out + told.err
    assert not (tmp_path / "run").exists()
