"""backups: how much is copied away, how long it takes, how much may be lost and how long a return takes."""

from dataclasses import dataclass

from capplan.growth import Moment, stored
from capplan.inputs import Inputs
from capplan.quantity import Quantity


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BackupFigures:
    """Volume off the machine, time per run, data at risk and time to return, at one moment."""

    off_site_bytes: Quantity
    window_s: Quantity
    recovery_point_s: Quantity
    recovery_time_s: Quantity


def backup_figures(inputs: Inputs, at: Moment) -> BackupFigures:
    """Return what the backups of a moment cost and promise.

    A run reads the whole database and sends the dump and the day's changed media; what is kept outside is one full
    copy and the changes of the days kept.
    """
    data = stored(inputs, at)
    dump = (data.database_bytes * inputs.assumed("disk_dump_ratio")).named(at.key("dump_bytes"), "B")
    change = inputs.get("backups.daily_change_ratio", "backup_daily_change_ratio")
    kept = inputs.get("backups.kept_days", "backup_kept_days")
    full = dump + data.media_bytes
    upload = inputs.get("backups.upload_speed", "backup_upload_bytes_per_s")
    dump_speed = inputs.get("backups.dump_speed", "backup_dump_bytes_per_s")
    restore = inputs.get("backups.restore_speed", "backup_restore_bytes_per_s")
    interval = inputs.get("backups.interval", "backup_interval_s")
    window = data.database_bytes / dump_speed + (dump + data.media_bytes * change) / upload
    window = window.named(at.key("backup_window_s"), "s")
    loss = (
        interval * 1
        if not inputs.profile.backups.wal_archiving
        else inputs.assumed("backup_wal_archive_s") * 1
    )
    back = full / upload + data.database_bytes / restore + inputs.assumed("backup_check_s")
    return BackupFigures(
        off_site_bytes=(full * (1 + change * kept)).named(at.key("backup_off_site_bytes"), "B"),
        window_s=window,
        recovery_point_s=(loss + window).named(at.key("recovery_point_s"), "s"),
        recovery_time_s=back.named(at.key("recovery_time_s"), "s"),
    )
