"""timeline: in every world, after how many months a server of a given size runs out of each resource."""

import numpy as np

from capplan.build_network import Machine, consumption, entries, pool_size
from capplan.calendar_months import LAST_MONTH
from capplan.catalog import Shape
from capplan.growth import MONTHS_PER_YEAR, moment, stored
from capplan.inputs import Inputs
from capplan.quantity import total
from capplan.requirement import ResourceKind
from capplan.response import largest_factor
from capplan.sizing import SIZERS, cpu, memory
from capplan.workload import Workload
from capplan.worlds import WORLD_COUNT, Array

_NEVER = np.inf
_SAME_RATIO = 0.95


class Timeline:
    """Needs per month, computed once, and traffic limits per number of cores, computed when first asked for."""

    def __init__(self, inputs: Inputs, workload: Workload) -> None:
        self._inputs = inputs
        self._workload = workload
        self._monthly: dict[ResourceKind, Array] = {}
        self._cores: dict[tuple[int, float], Array] = {}
        self._workers: dict[bytes, Array] = {}

    def months_until(self, kind: ResourceKind, shape: Shape) -> Array:
        """Return the months until a shape no longer meets the need, infinite after five years."""
        if kind is ResourceKind.CPU:
            return self.months_of_traffic(self.cores_limit(shape))
        size = shape.memory_bytes if kind is ResourceKind.MEMORY else shape.disk_bytes
        needs = self._needs(kind)
        short = needs > size
        months = np.argmax(short, axis=0).astype(float)
        before = np.take_along_axis(needs, np.maximum(months.astype(int) - 1, 0)[None], axis=0)[0]
        after = np.take_along_axis(needs, months.astype(int)[None], axis=0)[0]
        step = np.divide(size - before, after - before, out=np.ones(WORLD_COUNT), where=after > before)
        return np.where(short.any(axis=0), np.maximum(months - 1 + step, 0.0) * (months > 0), _NEVER)

    def cores_limit(self, shape: Shape) -> Array:
        """Return the traffic over today's at which a shape's cores give way, per world.

        That is where the utilization limit is reached, or an objective is missed for want of cores.
        """
        key = (shape.cores, shape.memory_bytes)
        if key not in self._cores:
            used = consumption(self._inputs, self._workload)
            most = np.maximum(cpu.utilization_factor(self._inputs, used, shape.cores).values, 0.0)
            machine = Machine(
                cores=np.full(WORLD_COUNT, float(shape.cores)), miss_ratio=self.miss_ratio(shape.memory_bytes)
            )
            reached = largest_factor(self._inputs, self._workload, machine, most)
            limit = most
            if (reached < most).any():
                for_want_of_cores = reached < _SAME_RATIO * self._without_cores(shape.memory_bytes)
                limit = np.where((most > 0) & for_want_of_cores, np.minimum(reached, most), most)
            self._cores[key] = limit
        return self._cores[key]

    def miss_ratio(self, memory_bytes: float) -> Array:
        """Return the share of hot pages read from disk at the horizon with so much sold memory, per world."""
        months = self._inputs.get("growth.horizon", "plan_horizon_months")
        at = moment("recommended", months)
        resident = total(memory.memory_parts(self._inputs, at))
        hot = memory.hot_data(self._inputs, stored(self._inputs, at), at)
        return memory.miss_ratio(self._inputs, resident, hot, memory_bytes)

    def workers_limit(self, memory_bytes: float) -> Array:
        """Return the traffic over today's at which the workers give way however many cores there are, per world.

        That is where an objective is missed; where one is missed even without traffic, workers cannot mend it, and
        the limit is where they are busy for most of the time.
        """
        reached = self._without_cores(memory_bytes)
        busy = pool_bound(self._inputs, self._workload) * self._inputs.assumed("job_pool_limit_ratio").values
        return np.where(reached > 0, reached, busy)

    def _without_cores(self, memory_bytes: float) -> Array:
        """Return the traffic at which an objective is missed on unlimited cores; 0: always, infinite: never."""
        miss_ratio = self.miss_ratio(memory_bytes)
        key = miss_ratio.tobytes()  # all memory says of this; where the hot data fit, more changes nothing
        if key not in self._workers:
            machine = Machine(cores=np.full(WORLD_COUNT, np.inf), miss_ratio=miss_ratio)
            most = pool_bound(self._inputs, self._workload)
            bounded = np.where(np.isfinite(most), most, 1.0)
            reached = largest_factor(self._inputs, self._workload, machine, bounded)
            self._workers[key] = np.where(np.isfinite(most) | (reached == 0), reached, _NEVER)
        return self._workers[key]

    def _needs(self, kind: ResourceKind) -> Array:
        if kind not in self._monthly:
            size = SIZERS[kind]
            moments = [moment(f"month_{month}", float(month)) for month in range(LAST_MONTH + 1)]
            self._monthly[kind] = np.stack(
                [size(self._inputs, self._workload, at).need.values for at in moments]
            )
        return self._monthly[kind]

    def months_of_traffic(self, factor: Array) -> Array:
        """Return after how many months traffic reaches ``factor`` times today's, per world."""
        per_year = self._inputs.get("growth.traffic_per_year_ratio", "traffic_growth_per_year_ratio").values
        with np.errstate(divide="ignore", invalid="ignore"):
            months = MONTHS_PER_YEAR * np.log(np.maximum(factor, 1e-12)) / np.log1p(per_year)
        months = np.where((per_year <= 0) & (factor >= 1), _NEVER, months)
        return np.where(factor < 1, 0.0, np.where(np.isnan(months), _NEVER, months))


def pool_bound(inputs: Inputs, workload: Workload) -> Array:
    """Return the traffic over today's at which a worker pool would never rest: workers / (rate * service time)."""
    bound = np.full(WORLD_COUNT, _NEVER)
    for entry in entries(workload):
        size = pool_size(inputs, entry)
        own = [stream for stream in workload.requests if stream.container == entry]
        held = total(s.rate_per_s * (total(s.cpu_s.values()) + s.waits_s) for s in own).values
        if size is not None:
            bound = np.minimum(bound, size.values / held)
    return bound
