"""abandoned_memory: the System V segment that a killed PostgreSQL leaves behind, by which it knows its data in use."""

import ctypes
import os
from pathlib import Path

_LOCK_FILE = "postmaster.pid"
_TABLE = Path("/proc/sysvipc/shm")
_IPC_RMID = 0


def remove_abandoned(data: Path) -> None:
    """Remove the segment of a PostgreSQL that no longer runs, named in its lock file, if that one made it.

    The seventh line of the file is the key and the number of the segment (PostgreSQL's miscadmin.h).
    """
    try:
        lines = (data / _LOCK_FILE).read_text().splitlines()
        segment = (int(lines[6].split()[1]), int(lines[0]), data.stat().st_uid)
    except (OSError, ValueError, IndexError):  # it ended tidily, or never got so far
        return
    if segment in _unattached():
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.shmctl(segment[0], _IPC_RMID, None) != 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), f"shared memory {segment[0]}")


def _unattached() -> set[tuple[int, int, int]]:
    """Return number, maker and owner of the segments that nobody has attached."""
    try:
        head, *rows = _TABLE.read_text().splitlines()
    except OSError:
        return set()
    names = head.split()
    found = [dict(zip(names, row.split(), strict=False)) for row in rows]
    return {(int(row["shmid"]), int(row["cpid"]), int(row["uid"])) for row in found if row["nattch"] == "0"}
