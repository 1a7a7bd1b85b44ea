"""lanes: those who are served at one speed, ordered by when they will be done; compiled as it stands here.

Everybody in a lane attains the same service per second. So a request's place in the order is fixed when it comes: what
the lane has attained by then and what the request needs (virtual time, as in the generalized processor sharing of
Parekh and Gallager 1993). When somebody comes or goes, the speeds of a station's lanes change, and no order does. Each
lane is a binary heap. Who is due at the same moment as another goes after it if it came later, by its ``turn``.
"""

from math import inf

from capplan.simulator.state import State
from capplan.simulator.tables import CLOCK, NONE, Record, Tables


def push(state: State, lane: int, request: int, due: float) -> None:
    """Add a request to a lane, after all who came before."""
    take_turn(state, request)
    put(state, lane, request, due)


def take_turn(state: State, request: int) -> None:
    """Give a request the next turn."""
    state.requests[request].turn = state.clock[0].turn
    state.clock[0].turn += 1


def put(state: State, lane: int, request: int, due: float) -> None:
    """Add a request to a lane by the turn that it has, in the stead of the first where that has just left."""
    hole = state.lanes[lane].size
    state.lanes[lane].size = hole + 1
    if state.clock[0].left_lane == lane:
        state.clock[0].left_lane = NONE
        sink(state, lane, request, due)
        return
    while hole > 0:
        above = (hole - 1) >> 1
        entry = state.heaps[lane, above]
        if not before(state.requests, due, request, entry.due, entry.request):
            break
        state.heaps[lane, hole].due = entry.due
        state.heaps[lane, hole].request = entry.request
        hole = above
    state.heaps[lane, hole].due = due
    state.heaps[lane, hole].request = request


def leave(state: State, lane: int) -> None:
    """Take the first out of a lane; its room is for the next who comes into the lane, or closed by ``settle``.

    Most who leave come back to the same lane, or let somebody in: one walk through the heap then does for two.
    """
    state.lanes[lane].size -= 1
    state.clock[0].left_lane = lane


def sink(state: State, lane: int, request: int, due: float) -> None:
    """Let a request sink from the top of a lane to where it belongs."""
    size = state.lanes[lane].size
    hole, below = 0, 1
    while below < size:
        entry = state.heaps[lane, below]
        if below + 1 < size:
            other = state.heaps[lane, below + 1]
            if before(state.requests, other.due, other.request, entry.due, entry.request):
                below, entry = below + 1, other
        if not before(state.requests, entry.due, entry.request, due, request):
            break
        state.heaps[lane, hole].due = entry.due
        state.heaps[lane, hole].request = entry.request
        hole, below = below, 2 * below + 1
    state.heaps[lane, hole].due = due
    state.heaps[lane, hole].request = request


def before(requests: Record, due: float, request: int, other_due: float, other: int) -> bool:
    """Whether a request goes before another."""
    return due < other_due or (due == other_due and requests[request].turn < requests[other].turn)


def touch(tables: Tables, state: State, station: int) -> None:
    """Bring a shared station up to date, before somebody comes or goes; its speeds will be found anew."""
    catch_up(tables, state, station, state.clock[0].now_s)
    if state.stations[station].touched == 0:
        state.stations[station].touched = 1
        state.stations[state.clock[0].touched_count].nth_touched = station
        state.clock[0].touched_count += 1


def catch_up(tables: Tables, state: State, station: int, now_s: float) -> None:
    """Let everybody at a shared station attain what they did since it was last looked at."""
    gone_s = now_s - state.stations[station].since_s
    if gone_s > 0.0:
        first = tables.stations[station].first_lane
        for lane in range(first, first + tables.stations[station].lane_count):
            state.lanes[lane].attained += gone_s * state.lanes[lane].speed
        state.stations[station].busy_s += gone_s * state.stations[station].busy
        state.stations[station].since_s = now_s


def settle(tables: Tables, state: State) -> None:
    """Find the speeds of the stations that were touched, and when the first of each lane will be done."""
    left = state.clock[0].left_lane
    if left != NONE:
        state.clock[0].left_lane = NONE
        last = state.heaps[left, state.lanes[left].size]
        sink(state, left, last.request, last.due)
    clock = state.lanes[CLOCK]
    clock.next_s = state.heaps[CLOCK, 0].due if clock.size > 0 else inf
    for position in range(state.clock[0].touched_count):
        station = state.stations[position].nth_touched
        state.stations[station].touched = 0
        divide(tables, state, station)
        first = tables.stations[station].first_group
        busy = 0.0
        for group in range(first, first + tables.stations[station].group_count):
            if state.groups[group].threads > 0.0:
                busy += state.groups[group].given
            quicken(tables, state, group)
        state.stations[station].busy = busy
    state.clock[0].touched_count = 0


def quicken(tables: Tables, state: State, group: int) -> None:
    """Find the speed of a group's lanes from what it gets, and when the first of each will be done."""
    first = tables.groups[group].first_lane
    for number in range(first, first + tables.groups[group].lane_count):
        lane = state.lanes[number]
        if lane.size == 0:
            # From zero again, so that sums stay as exact as they can be.
            lane.attained, lane.speed, lane.next_s = 0.0, 0.0, inf
            continue
        lane.speed = state.groups[group].given / state.groups[group].threads
        if tables.lanes[number].locked == 1:
            lane.speed /= lane.size
        needed = max(state.heaps[number, 0].due - lane.attained, 0.0)
        lane.next_s = state.clock[0].now_s + needed / lane.speed


def divide(tables: Tables, state: State, station: int) -> None:
    """Divide a shared station among its groups: ``capplan.sharing.divide`` with its arithmetic, step by step."""
    first, count = tables.stations[station].first_group, tables.stations[station].group_count
    server_count = tables.stations[station].server_count
    for group in range(first, first + count):
        state.groups[group].threads = threads_of(tables, state, group)
        # ``given`` holds what a group can use until it holds what it gets.
        state.groups[group].given = min(state.groups[group].threads, tables.groups[group].limit_cores)
    if count == 1:
        state.groups[first].given = min(state.groups[first].given, server_count)
        return
    for group in range(first, first + count):
        place = group
        while place > first and per_weight(tables, state, group) < per_weight(
            tables, state, state.groups[place - 1].nth_group
        ):
            state.groups[place].nth_group = state.groups[place - 1].nth_group
            place -= 1
        state.groups[place].nth_group = group
    left = server_count
    for rank in range(first, first + count):
        behind = 0.0
        for later in range(first + count - 1, rank - 1, -1):
            behind += tables.groups[state.groups[later].nth_group].weight
        group = state.groups[rank].nth_group
        given = min(state.groups[group].given, left * tables.groups[group].weight / behind)
        state.groups[group].given = given
        left -= given


def threads_of(tables: Tables, state: State, group: int) -> float:
    """Return how many threads of a group want to run: all requests, but one for all that wait for the same lock."""
    threads = 0
    first = tables.groups[group].first_lane
    for lane in range(first, first + tables.groups[group].lane_count):
        size = state.lanes[lane].size
        threads += min(size, 1) if tables.lanes[lane].locked == 1 else size
    return float(threads)


def per_weight(tables: Tables, state: State, group: int) -> float:
    """Return what a group can use of a station, for each unit of its weight."""
    ratio: float = state.groups[group].given / tables.groups[group].weight
    return ratio


def close(tables: Tables, state: State, until_s: float) -> None:
    """Count in, up to a time, what is under way: time spent at places, servers' time used."""
    if until_s == inf:
        return
    for number in range(state.requests.size):
        request = state.requests[number]
        if 0 <= request.place < tables.places.size - tables.sources.size:
            state.places[request.place].spent_s += until_s - request.entered_s
            request.entered_s = until_s
    for station in range(tables.stations.size):
        catch_up(tables, state, station, until_s)
    state.clock[0].now_s = until_s
