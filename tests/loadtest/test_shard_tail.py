"""What a step shows while it goes on, and when its target counts as dead."""

from pathlib import Path

from capplan.loadtest.shard_tail import ShardTail
from capplan.records import Outcome, pack_row

SECOND = 10**9


def _add(folder: Path, *rows: tuple[float, Outcome]) -> None:
    with (folder / "requests-0.bin").open("ab") as file:
        for end_s, outcome in rows:
            end_ns = int(end_s * SECOND)
            file.write(
                pack_row(
                    intended_ns=end_ns - SECOND // 10,
                    start_ns=end_ns - SECOND // 10,
                    end_ns=end_ns,
                    user=1,
                    name=0,
                    status=0,
                    outcome=outcome,
                    flags=0,
                    worker=0,
                    size_bytes=0,
                )
            )


def _second_by_second(folder: Path, outcomes: dict[int, list[Outcome]]) -> list[int]:
    """Return the seconds at which the target counts as dead."""
    tail, dead = ShardTail(folder), []
    for second, found in outcomes.items():
        _add(folder, *((second - 0.5, outcome) for outcome in found))
        tail.read(second * SECOND)
        if tail.target_is_down(second * SECOND):
            dead.append(second)
    return dead


def test_a_target_is_dead_after_five_seconds_without_success(tmp_path: Path) -> None:
    """Connection errors alone for five seconds are a dead target; four seconds are not."""
    seconds = {n: [Outcome.OK] * 3 for n in range(100, 106)} | {
        n: [Outcome.CONNECTION] * 3 for n in range(106, 113)
    }
    assert [110, 111, 112] == _second_by_second(tmp_path, seconds)


def test_a_storm_of_server_errors_is_no_dead_target(tmp_path: Path) -> None:
    """A server that answers 503 to everything is alive: that may be what was to be measured."""
    assert [] == _second_by_second(tmp_path, {n: [Outcome.SERVER_ERROR] * 5 for n in range(100, 112)})


def test_one_success_keeps_a_target_alive(tmp_path: Path) -> None:
    """As long as something succeeds the run goes on."""
    seconds = {n: [Outcome.CONNECTION] * 9 + [Outcome.OK] for n in range(100, 112)}
    assert [] == _second_by_second(tmp_path, seconds)


def test_the_last_seconds_in_numbers(tmp_path: Path) -> None:
    """Rate, median and failures are those of the last ten seconds; the count is that of the whole step."""
    tail = ShardTail(tmp_path)
    for second in range(100, 130):
        _add(tmp_path, (second, Outcome.OK), (second, Outcome.OK), (second, Outcome.SERVER_ERROR))
        tail.read(second * SECOND)
    found = tail.lately(129 * SECOND)
    assert 90 == found.recorded
    assert 11 == found.failed
    assert 2.2 == found.throughput_per_s
    assert found.p50_s is not None
    assert abs(found.p50_s - 0.1) < 1e-6
