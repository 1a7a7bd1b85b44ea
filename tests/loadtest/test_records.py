"""Rows of requests: written, cut off, merged and read again."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from capplan.records import ROW, Outcome, names_file, pack_row, read_records, read_shard


def _row(
    end_ns: int, *, name: int = 0, outcome: Outcome = Outcome.OK, intended_ns: int = 0, start_ns: int = 5
) -> bytes:
    return pack_row(
        intended_ns=intended_ns,
        start_ns=start_ns,
        end_ns=end_ns,
        user=7,
        name=name,
        status=200,
        outcome=outcome,
        flags=0,
        worker=1,
        size_bytes=12,
    )


def _shard(folder: Path, worker: int, names: list[str], rows: list[bytes]) -> Path:
    shard = folder / f"requests-{worker}.bin"
    shard.write_bytes(b"".join(rows))
    names_file(shard).write_text("".join(f"{name}\n" for name in names), "utf-8")
    return shard


def test_a_row_is_what_was_packed(tmp_path: Path) -> None:
    """Every field of a row is read as it was written, in forty bytes."""
    rows, names = read_shard(_shard(tmp_path, 0, ["list"], [_row(9)]))
    assert 40 == ROW.itemsize
    assert ("list",) == names
    assert (0, 5, 9, 7, 0, 200, 0, 0, 1, 12) == tuple(rows[0])


def test_half_a_row_is_left_out(tmp_path: Path) -> None:
    """A shard that was cut off in the middle of a row is read up to the last whole one."""
    rows, _ = read_shard(_shard(tmp_path, 0, ["a"], [_row(1), _row(2), _row(3)[:17]]))
    assert [1, 2] == rows["end_ns"].tolist()


def test_shards_are_merged_by_end_and_name(tmp_path: Path) -> None:
    """Two workers that number the same classes differently are merged by name, and by the end of each request."""
    first = _shard(tmp_path, 0, ["a", "b"], [_row(1, name=0), _row(4, name=1)])
    second = _shard(tmp_path, 1, ["b", "c"], [_row(2, name=0), _row(3, name=1)])
    records = read_records([first, second])
    assert ["a", "b", "c", "b"] == [records.names[row["name"]] for row in records.rows]


def test_no_shard_is_no_request() -> None:
    """A step that sent nothing has no rows."""
    assert 0 == len(read_records([]).rows)


@given(st.lists(st.tuples(st.integers(0, 10**12), st.sampled_from(list(Outcome))), max_size=30))
def test_windows_and_outcomes_divide_the_whole(drawn: list[tuple[int, Outcome]]) -> None:
    """Two windows side by side hold every request once, and so do the outcomes."""
    rows = np.frombuffer(b"".join(_row(end, outcome=outcome) for end, outcome in drawn), ROW)
    from capplan.records import Records

    records = Records(rows, ("a",))
    border = 10**11
    parts = len(records.between(0, border).rows) + len(records.between(border, 10**13).rows)
    assert len(drawn) == parts
    assert len(drawn) == sum(len(records.of(each).rows) for each in Outcome)


def test_response_time_counts_from_the_intended_start() -> None:
    """A request sent late is charged for the wait; the uncorrected time is not."""
    from capplan.records import Records

    row = np.frombuffer(_row(3_000_000_000, intended_ns=1_000_000_000, start_ns=2_500_000_000), ROW)
    records = Records(row, ("a",))
    assert [2.0] == pytest.approx(records.response_s())
    assert [0.5] == pytest.approx(records.service_s())
