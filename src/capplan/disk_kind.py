"""disk_kind: whether an ordinary SSD will do, from operations per second and the time commits keep the log busy."""

from capplan.build_network import commits, page_reads
from capplan.catalog import Shape
from capplan.growth import Moment, stored, traffic_factor
from capplan.profile import Role
from capplan.quantity import Quantity
from capplan.service import Service
from capplan.sizing import memory
from capplan.worlds import median, quantile

SSD = "SSD"
NVME = "NVMe SSD"


def operations(service: Service, at: Moment, shape: Shape) -> Quantity:
    """Return disk operations per second in the busiest hour: hot pages that memory does not hold, and writes."""
    inputs = service.inputs
    rate = service.workload.requests_per_s * traffic_factor(inputs, at)
    missed = Quantity.computed(
        at.key("miss_ratio"),
        service.timeline.miss_ratio(shape.memory_bytes),
        "ratio",
        formula="max(hot data - (memory - resident), 0) / hot data",
        inputs=[memory.hot_data(inputs, stored(inputs, at), at), *memory.memory_parts(inputs, at)],
    )
    each = page_reads(inputs) * missed + commits(inputs) * inputs.assumed("disk_writes_per_commit")
    return (rate * each).named(at.key("iops_per_s"), "1/s")


def commit_share(service: Service, at: Moment) -> Quantity:
    """Return the share of time in which an ordinary SSD flushes commits, one after the other."""
    inputs = service.inputs
    rate = service.workload.requests_per_s * traffic_factor(inputs, at)
    busy = rate * commits(inputs) * inputs.assumed("disk_commit_s")
    return busy.named(at.key("commit_busy_ratio"), "ratio")


def disk_kind(service: Service, at: Moment, shape: Shape, probability: float) -> str:
    """Return NVMe SSD where the SSD's operations or its commits would be the limit, else SSD."""
    inputs = service.inputs
    if not inputs.profile.of_role(Role.POSTGRESQL):
        return SSD
    wanted, share = operations(service, at, shape), commit_share(service, at)
    limit = inputs.assumed("disk_commit_limit_ratio")
    ceiling = inputs.assumed("disk_ssd_iops_per_s")
    service.show_all((wanted, share, limit, ceiling))
    too_many = quantile(wanted.values / ceiling.values, probability) > 1
    too_slow = quantile(share.values, probability) > median(limit.values)
    return NVME if too_many or too_slow else SSD
