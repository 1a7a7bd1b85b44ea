"""claims: where a proposal contradicts itself, or the profile, as findings with stable codes.

A rule is a function that yields findings; one line in ``PROPOSAL_RULES`` adds it.
"""

from collections.abc import Callable, Iterator

from capplan.growth import moment
from capplan.inputs import Inputs
from capplan.plan import Finding, counted, in_bytes
from capplan.profile import Role
from capplan.proposal import Proposal
from capplan.quantity import total
from capplan.scaling import obstacles
from capplan.sizing.disk import disk_parts
from capplan.sizing.memory import container_peak
from capplan.workload import Workload
from capplan.worlds import median

ProposalRule = Callable[[Inputs, Workload, Proposal], Iterator[Finding]]


def memory_floor_above_server(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The claim asks for at least so much memory, and proposes a server with less."""
    yield from _floor(proposal, "memory", "proposal-memory-below-own-floor")


def disk_floor_above_server(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The claim asks for at least so much disk, and proposes a server with less."""
    yield from _floor(proposal, "disk", "proposal-disk-below-own-floor")


def _floor(proposal: Proposal, resource: str, code: str) -> Iterator[Finding]:
    floor = proposal.memory_at_least if resource == "memory" else proposal.disk_at_least
    for server in proposal.servers:
        has = (server.memory if resource == "memory" else server.disk).mid
        if floor is not None and has < floor.mid:
            yield Finding(
                code=code,
                severity="error",
                values={"floor": in_bytes(floor.mid), "server": server.name, "has": in_bytes(has)},
            )


def cores_floor_above_server(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The claim asks for at least so many cores, and proposes a server with fewer."""
    for server in proposal.servers:
        if proposal.cores_at_least is not None and server.cores < proposal.cores_at_least.mid:
            yield Finding(
                code="proposal-cores-below-own-floor",
                severity="error",
                values={
                    "floor": counted(proposal.cores_at_least.mid, "cores"),
                    "server": server.name,
                    "has": counted(server.cores, "cores"),
                },
            )


def services_memory_elsewhere(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The services together are said to hold what lies outside the range of their containers' peaks."""
    claimed = proposal.services_memory
    if claimed is None:
        return
    low, mid, high = total(container_peak(inputs, name) for name in inputs.profile.containers).interval()
    if not low <= claimed.mid <= high:
        yield Finding(
            code="proposal-services-memory-elsewhere",
            severity="warning",
            values={
                "claimed": in_bytes(claimed.mid),
                "together": in_bytes(mid),
                "least": in_bytes(low),
                "most": in_bytes(high),
            },
        )


def disk_kind_varies(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The same claim names several kinds of disk."""
    kinds = tuple(dict.fromkeys([*proposal.disk_kinds, *(server.disk_kind for server in proposal.servers)]))
    if len(kinds) > 1:
        yield Finding(
            code="proposal-disk-kind-varies", severity="warning", values={"kinds": " / ".join(kinds)}
        )


def no_reserve_at_horizon(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The disk that is asked for is fuller than its limit once its own growth has arrived."""
    if proposal.disk_at_least is None:
        return
    at = moment("proposal", inputs.number("data.growth_over"))
    occupied = median(total(disk_parts(inputs, workload, at)).values)
    usable = proposal.disk_at_least.mid * (1 - median(inputs.assumed("disk_filesystem_share_ratio").values))
    limit = median(inputs.assumed("disk_use_limit_ratio").values)
    if occupied > limit * usable:
        yield Finding(
            code="proposal-no-free-reserve",
            severity="error",
            values={
                "disk": in_bytes(proposal.disk_at_least.mid),
                "occupied": in_bytes(occupied),
                "usable": in_bytes(usable),
                "full": counted(occupied / usable, "ratio"),
                "limit": counted(limit, "ratio"),
            },
        )


def managed_yet_more_memory(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """A server grows in memory in the very step that takes database or store off it."""
    for before, after in zip(proposal.servers, proposal.servers[1:], strict=False):
        if set(after.managed) - set(before.managed) and after.memory.mid > before.memory.mid:
            yield Finding(
                code="proposal-managed-yet-more-memory",
                severity="warning",
                values={
                    "server": after.name,
                    "before": in_bytes(before.memory.mid),
                    "after": in_bytes(after.memory.mid),
                    "services": ", ".join(after.managed),
                },
            )


def balancer_without_second_database(
    inputs: Inputs, workload: Workload, proposal: Proposal
) -> Iterator[Finding]:
    """A load balancer is called high availability although a single database stands behind it."""
    databases = inputs.profile.of_role(Role.POSTGRESQL)
    if proposal.load_balancer_for_availability and len(databases) == 1:
        yield Finding(
            code="proposal-balancer-one-database", severity="error", values={"container": databases[0]}
        )


def horizontal_not_ready(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """The service is called ready for more servers although something ties it to one."""
    codes = [finding.code for finding in obstacles(inputs)]
    if proposal.horizontal_ready and codes:
        yield Finding(
            code="proposal-not-ready-for-servers", severity="error", values={"obstacles": ",".join(codes)}
        )


def tier_not_dominating(inputs: Inputs, workload: Workload, proposal: Proposal) -> Iterator[Finding]:
    """A higher tier has less of something than the one below it."""
    for before, after in zip(proposal.servers, proposal.servers[1:], strict=False):
        less = (
            after.cores < before.cores
            or after.memory.mid < before.memory.mid
            or after.disk.mid < before.disk.mid
        )
        if less:
            yield Finding(
                code="proposal-tier-not-dominating",
                severity="error",
                values={"server": after.name, "below": before.name},
            )


PROPOSAL_RULES: tuple[ProposalRule, ...] = (
    memory_floor_above_server,
    disk_floor_above_server,
    cores_floor_above_server,
    services_memory_elsewhere,
    disk_kind_varies,
    no_reserve_at_horizon,
    managed_yet_more_memory,
    balancer_without_second_database,
    horizontal_not_ready,
    tier_not_dominating,
)


def proposal_findings(inputs: Inputs, workload: Workload, proposal: Proposal) -> tuple[Finding, ...]:
    """Return what contradicts itself, or the profile, in a proposal."""
    return tuple(finding for rule in PROPOSAL_RULES for finding in rule(inputs, workload, proposal))
