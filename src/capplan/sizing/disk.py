"""Disk: everything that lies on it at a moment, in bytes of sold disk."""

from capplan.growth import MONTHS_PER_YEAR, Moment, Stored, stored, traffic_factor
from capplan.inputs import Inputs
from capplan.profile import Role
from capplan.quantity import Quantity, total
from capplan.requirement import Requirement, ResourceKind
from capplan.units import DAY_S
from capplan.workload import Workload

_OWN_IMAGE = {Role.NGINX, Role.POSTGRESQL, Role.REDIS, Role.OTHER}
_SECONDS_PER_MONTH = DAY_S * 365.25 / MONTHS_PER_YEAR


def size(inputs: Inputs, workload: Workload, at: Moment) -> Requirement:
    """Return the sold disk needed at a moment.

    (system + images + database with bloat + media + logs + WAL + local dumps + monitoring) / limit, over what the
    file system leaves.
    """
    parts = disk_parts(inputs, workload, at)
    occupied = total(parts).named(at.key("disk_occupied_bytes"), "B")
    sold = (
        occupied
        / inputs.assumed("disk_use_limit_ratio")
        / (1 - inputs.assumed("disk_filesystem_share_ratio"))
    )
    need = sold.named(at.key("disk_need_bytes"), "B")
    return Requirement(kind=ResourceKind.DISK, need=need, parts=tuple(parts))


def disk_parts(inputs: Inputs, workload: Workload, at: Moment) -> list[Quantity]:
    """Return everything that lies on disk at a moment, in bytes."""
    data = stored(inputs, at)
    system = inputs.given("data.system", "B")
    parts = [
        system if system is not None else inputs.assumed("disk_system_bytes"),
        images(inputs),
        database_with_bloat(inputs, data, at),
    ]
    if inputs.profile.operations.media_storage == "local":
        parts.append(data.media_bytes)
    parts.append(logs(inputs, workload, at))
    if inputs.profile.of_role(Role.POSTGRESQL):
        parts += [inputs.get("data.wal", "disk_wal_bytes"), local_dumps(inputs, data, at)]
    if inputs.profile.operations.monitoring:
        parts.append(monitoring(inputs))
    return parts


def database_with_bloat(inputs: Inputs, data: Stored, at: Moment) -> Quantity:
    """Return the database with its dead rows and loose indexes."""
    bloat = inputs.get("data.bloat_ratio", "disk_bloat_ratio")
    return (data.database_bytes * bloat).named(at.key("database_with_bloat_bytes"), "B")


def local_dumps(inputs: Inputs, data: Stored, at: Moment) -> Quantity:
    """Return the dumps that lie on the machine until they are sent away."""
    copies = inputs.get("backups.dump_copies", "disk_dump_copies")
    dumps = data.database_bytes * inputs.assumed("disk_dump_ratio") * copies
    return dumps.named(at.key("local_dumps_bytes"), "B")


def local_database_parts(inputs: Inputs, at: Moment) -> list[Quantity]:
    """Return what leaves the disk when the database is run by the provider."""
    data = stored(inputs, at)
    wal = inputs.get("data.wal", "disk_wal_bytes")
    return [database_with_bloat(inputs, data, at), wal, local_dumps(inputs, data, at)]


def images(inputs: Inputs) -> Quantity:
    """Return the container images: one for the application, one per other service, in several generations."""
    roles = {container.role for container in inputs.profile.containers.values()}
    kinds = len([role for role in roles if role in _OWN_IMAGE]) + int(bool(roles - _OWN_IMAGE))
    each = inputs.get("data.per_image", "disk_per_image_bytes")
    return (kinds * each * inputs.assumed("disk_image_generations")).named("disk.images_bytes", "B")


def logs(inputs: Inputs, workload: Workload, at: Moment) -> Quantity:
    """Return the logs kept at a moment: a day's requests times the days kept, or all since today without rotation."""
    peak = inputs.get("traffic.peak_to_mean_ratio", "traffic_peak_to_mean_ratio")
    mean_rate = workload.requests_per_s * traffic_factor(inputs, at) / peak
    kept = inputs.get("logs.retention", "disk_log_retention_s")
    if not inputs.profile.logs.rotated:
        kept = (at.months * _SECONDS_PER_MONTH).named(at.key("log_age_s"), "s")
    each = inputs.get("logs.per_request", "disk_log_bytes_per_request")
    return (mean_rate * kept * each).named(at.key("logs_bytes"), "B")


def monitoring(inputs: Inputs) -> Quantity:
    """Return the metrics database: series / interval * bytes per sample * retention."""
    samples = inputs.assumed("disk_monitoring_series") / inputs.assumed("disk_monitoring_interval_s")
    each = inputs.assumed("disk_monitoring_sample_bytes")
    return (samples * each * inputs.assumed("disk_monitoring_retention_s")).named(
        "disk.monitoring_bytes", "B"
    )
