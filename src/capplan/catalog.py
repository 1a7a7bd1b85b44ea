"""catalog: the generic ladder of server shapes, and the smallest shape that meets a need.

The rungs are the sizes that most providers of virtual servers sell in some form; they are a ladder to round up
on, not an offer, and carry no price. Memory per core stays within what is usually sold.
"""

from dataclasses import dataclass, replace

from capplan.errors import InputError
from capplan.units import BYTES, UnitError, parse_amount

GIB = 2.0**30
GB = 1e9
CORES = (1, 2, 4, 8, 16, 32, 48, 64, 96, 128)
MEMORY_GIB = (1, 2, 4, 8, 16, 32, 64, 128, 192, 256, 384, 512)
DISK_GB = (20, 40, 80, 160, 240, 320, 480, 640, 960, 1280, 1920, 2560, 3840, 7680)
MOST_GIB_PER_CORE = 8
LEAST_GIB_PER_CORE = 1
MOST_CORES_SOLD = 1024
MOST_BYTES_SOLD = 1e16
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, order=True)
class Shape:
    """A server as it is sold: whole cores, memory in GiB (sold as "GB"), disk in 10^9 bytes."""

    cores: int
    memory_gib: float
    disk_gb: float

    @property
    def memory_bytes(self) -> float:
        """Return the memory in bytes, before the kernel takes its share."""
        return self.memory_gib * GIB

    @property
    def disk_bytes(self) -> float:
        """Return the disk in bytes, before the file system takes its share."""
        return self.disk_gb * GB

    def dominates(self, other: "Shape") -> bool:
        """Tell whether nothing of this shape is smaller than the other's."""
        return (
            self.cores >= other.cores
            and self.memory_gib >= other.memory_gib
            and self.disk_gb >= other.disk_gb
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """The raw need before rounding up to a shape that is sold: cores, bytes of sold memory and disk."""

    cores: float
    memory_bytes: float
    disk_bytes: float


def smallest_shape(need: Need) -> Shape | None:
    """Return the smallest shape of the ladder that meets the need, or None where the ladder ends below it."""
    memory = _rung(MEMORY_GIB, need.memory_bytes / GIB)
    disk = _rung(DISK_GB, need.disk_bytes / GB)
    if memory is None or disk is None:
        return None
    cores = _rung(CORES, max(need.cores, memory / MOST_GIB_PER_CORE))
    if cores is None:
        return None
    memory = _rung(MEMORY_GIB, max(memory, cores * LEAST_GIB_PER_CORE))
    return None if memory is None else Shape(int(cores), memory, disk)


def at_least(shape: Shape, floor: Shape | None) -> Shape:
    """Return the shape raised to the floor in every resource, so that a tier dominates the one before it."""
    if floor is None:
        return shape
    return Shape(
        max(shape.cores, floor.cores),
        max(shape.memory_gib, floor.memory_gib),
        max(shape.disk_gb, floor.disk_gb),
    )


def one_smaller(shape: Shape) -> dict[str, Shape]:
    """Return the shapes one rung smaller in one resource, by resource; none where the ladder ends."""
    below = {
        "cpu": (CORES, shape.cores, "cores"),
        "memory": (MEMORY_GIB, shape.memory_gib, "memory_gib"),
        "disk": (DISK_GB, shape.disk_gb, "disk_gb"),
    }
    found = {}
    for resource, (ladder, size, field) in below.items():
        smaller = [rung for rung in ladder if rung < size]
        if smaller:
            found[resource] = replace(shape, **{field: smaller[-1]})
    return found


def parse_shape(text: str) -> Shape:
    """Read a server written as CORES:MEMORY:DISK, such as ``2:4GB:80GB``; its memory is GiB, as it is sold.

    Raises
    ------
    InputError
        If the text is no server.
    """
    parts = text.split(":")
    try:
        cores_text, memory_text, disk_text = parts
        cores = int(cores_text)
        memory = parse_amount(memory_text, BYTES, "4GB")
        disk = parse_amount(disk_text, BYTES, "80GB")
    except (UnitError, ValueError) as error:
        raise InputError(
            f"--server {text}",
            found="no server",
            expected="CORES:MEMORY:DISK",
            remedy="write for example --server 2:4GB:80GB",
        ) from error
    if not (1 <= cores <= MOST_CORES_SOLD and 0 < memory <= MOST_BYTES_SOLD and 0 < disk <= MOST_BYTES_SOLD):
        raise InputError(
            f"--server {text}",
            found="a size that is not sold",
            expected="1 to 1024 cores and some memory and disk",
            remedy="write for example --server 2:4GB:80GB",
        )
    return Shape(cores, sold_gib(memory), disk / GB)


def sold_gib(memory_bytes: float) -> float:
    """Return the GiB of a server's memory: what is sold as "4 GB" has 4 GiB; a size in GiB stays what it says."""
    decimal = memory_bytes / GB
    return decimal if abs(decimal - round(decimal, 3)) < _ROUNDING else memory_bytes / GIB


def _rung(ladder: tuple[float, ...], amount: float) -> float | None:
    return next((rung for rung in ladder if rung >= amount - _ROUNDING), None)
