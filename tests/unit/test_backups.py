"""Backups by hand: volume, duration, data at risk and time to return."""

from typing import Any

import pytest

from capplan.backups import BackupFigures, backup_figures
from capplan.growth import moment
from capplan.inputs import Inputs
from tests.planning import SMALL, changed, profile_of

# A year from now: 20 GB of database and 20 GB of media have become 35 GB each; the dump of 0.2 is 7 GB.
_DATABASE_BYTES = _MEDIA_BYTES = 35e9
_DUMP_BYTES = 7e9
_KNOWN: dict[str, Any] = changed(
    SMALL,
    backups={
        "interval": "6 h",
        "kept_days": 10,
        "daily_change_ratio": 0.01,
        "dump_speed": "50 MB/s",
        "upload_speed": "10 MB/s",
        "restore_speed": "20 MB/s",
    },
    assume={"disk_dump_ratio": 0.2, "backup_check_s": 1800, "backup_wal_archive_s": 300},
)


def _figures(**changes: object) -> BackupFigures:
    return backup_figures(Inputs(profile_of(changed(_KNOWN, **changes))), moment("then", 12))


def test_volume_outside() -> None:
    """One full copy of dump and media, and for ten days one percent of it each."""
    assert (_DUMP_BYTES + _MEDIA_BYTES) * 1.1 == pytest.approx(_figures().off_site_bytes.values[0])


def _window_s() -> float:
    return _DATABASE_BYTES / 50e6 + (_DUMP_BYTES + _MEDIA_BYTES * 0.01) / 10e6


def test_duration_of_a_run() -> None:
    """A run reads the whole database and sends its dump and the day's changed media."""
    assert _window_s() == pytest.approx(_figures().window_s.values[0])


def test_data_at_risk() -> None:
    """What came since the last finished run may be lost: the interval and the run itself."""
    assert 6 * 3600 + _window_s() == pytest.approx(_figures().recovery_point_s.values[0])


def test_wal_archiving_shortens_what_is_at_risk() -> None:
    """With WAL archived, the archive timeout stands in for the interval between dumps."""
    archived = _figures(backups__wal_archiving=True)
    assert 300 + _window_s() == pytest.approx(archived.recovery_point_s.values[0])


def test_time_to_return() -> None:
    """Everything is fetched, the database is restored, and somebody looks at it."""
    expected = (_DUMP_BYTES + _MEDIA_BYTES) / 10e6 + _DATABASE_BYTES / 20e6 + 1800
    assert expected == pytest.approx(_figures().recovery_time_s.values[0])


def test_more_data_takes_longer() -> None:
    """Later there is more to copy, to lose time over and to fetch back."""
    inputs = Inputs(profile_of(_KNOWN))
    sooner, later = (backup_figures(inputs, moment(f"m{months}", months)) for months in (12, 24))
    assert sooner.off_site_bytes.values[0] < later.off_site_bytes.values[0]
    assert sooner.window_s.values[0] < later.window_s.values[0]
    assert sooner.recovery_time_s.values[0] < later.recovery_time_s.values[0]
