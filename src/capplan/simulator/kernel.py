"""kernel: the event loop over flat arrays, as it is compiled; ``plain`` says the same in objects, to be read first.

Nothing is allocated here. Where room is short the loop returns before the event that needs it, and is called again.
"""

from math import inf

from capplan.places import ENDED
from capplan.simulator import streams
from capplan.simulator.lanes import close, leave, push, put, settle, touch
from capplan.simulator.state import State
from capplan.simulator.tables import ARRIVING, CLOCK, NONE, SERVED, THINKING, WAITING, Tables

REACHED = 0
SPENT = 1
SHORT_OF_ROOM = 2


def advance(tables: Tables, state: State, until_s: float, most_events: int) -> int:
    """Run until a time (events at that moment included) or for so many events; return why it stopped."""
    clock = state.clock[0]
    if clock.begun == 0:
        begin(tables, state)
        clock.begun = 1
    for _ in range(most_events):
        lane, now_s = CLOCK, state.lanes[CLOCK].next_s
        for other in range(1, state.lanes.size):
            if state.lanes[other].next_s < now_s:
                lane, now_s = other, state.lanes[other].next_s
        if now_s > until_s or now_s == inf:
            close(tables, state, until_s)
            return REACHED
        if clock.free == NONE or clock.sample_count == state.samples.size:
            return SHORT_OF_ROOM
        clock.now_s = now_s
        clock.events += 1
        happen(tables, state, lane)
        settle(tables, state)
    return SPENT


def begin(tables: Tables, state: State) -> None:
    """Let every user begin to think and every source await its first arrival.

    What is left of a time that is under way is not the whole of it, except for exponential times: a draw cut at random.
    """
    for place in range(tables.places.size):
        draw(tables, state, place)
    user = tables.sources.size
    for source in range(tables.sources.size):
        place = tables.sources[source].place
        if tables.sources[source].population == 0:
            state.requests[source].place = place
            if tables.sources[source].recorded_count != NONE:
                await_recorded(tables, state, source)
            else:
                push(state, CLOCK, source, first_s(tables, state, place))
        for _ in range(tables.sources[source].population):
            state.requests[user].place = place
            push(state, CLOCK, user, first_s(tables, state, place))
            user += 1
    settle(tables, state)


def first_s(tables: Tables, state: State, place: int) -> float:
    """Draw what is left of a time of thinking, or between arrivals, that is under way."""
    whole_s = drawn_s(tables, state, place)
    if tables.places[place].law == streams.EXPONENTIAL:
        return whole_s
    state.places[place].branches = streams.following(state.places[place].branches)
    return whole_s * streams.unit(state.places[place].branches)


def happen(tables: Tables, state: State, lane: int) -> None:
    """Let the first of a lane be done; whoever goes on from there, or comes in, goes to a place last."""
    request = state.heaps[lane, 0].request
    place = state.requests[request].place
    outside, target = place, ENDED
    if tables.places[place].kind == SERVED:
        target = serve(tables, state, lane, request, place)
        outside = NONE if target != ENDED else end(tables, state, request, place)
    else:
        leave(state, CLOCK)
        if tables.places[place].kind == ARRIVING:
            request = arrive(tables, state, request, place)
    if outside != NONE:
        target = ask(tables, state, request, outside)
    if target != ENDED:
        walk(tables, state, request, target)


def serve(tables: Tables, state: State, lane: int, request: int, place: int) -> int:
    """End a service: the request leaves its place and hands on what it no longer holds; return where it goes next."""
    if lane != CLOCK:
        touch(tables, state, tables.lanes[lane].station)
        # Summed up, what the lane attained may differ from this by rounding.
        state.lanes[lane].attained = state.heaps[lane, 0].due
    leave(state, lane)
    state.places[place].spent_s += state.clock[0].now_s - state.requests[request].entered_s
    branch = choose(tables, state, place)
    first = tables.branches[branch].first_freed
    for position in range(first, first + tables.branches[branch].freed_count):
        hand_on(tables, state, tables.freed[position])
    target: int = tables.branches[branch].target
    return target


def end(tables: Tables, state: State, request: int, place: int) -> int:
    """Take down that a request is done, and let it go; return from where it asks again, if it does so at once."""
    record(tables, state, request, place)
    outside: int = tables.sources[tables.places[place].source].place
    if tables.places[outside].kind == THINKING and tables.places[outside].mean_s == 0.0:
        return outside
    let_go(tables, state, request, outside)
    return NONE


def record(tables: Tables, state: State, request: int, place: int) -> None:
    """Take down the response time of a request that is done."""
    response_s = state.clock[0].now_s - state.requests[request].begun_s
    request_class = tables.places[place].request_class
    done = state.done[request_class]
    done.count += 1
    done.response_s += response_s
    done.passed_over += 1
    if done.passed_over >= done.stride:
        done.passed_over = 0
        sample = state.samples[state.clock[0].sample_count]
        sample.request_class = request_class
        sample.response_s = response_s
        state.clock[0].sample_count += 1
    number = state.requests[request].number
    if number != NONE:
        state.response_s[number] = response_s


def hand_on(tables: Tables, state: State, token: int) -> None:
    """Hand a token to the first who waits for it, in the most urgent queue that is not empty, or keep it free."""
    first = tables.tokens[token].first_queue
    for position in range(first, first + tables.tokens[token].queue_count):
        request = state.queues[position].first
        if request != NONE:
            state.queues[position].first = state.requests[request].next
            state.queues[position].length -= 1
            place = state.requests[request].place
            state.places[place].spent_s += state.clock[0].now_s - state.requests[request].entered_s
            walk(tables, state, request, admit(tables, state, place))
            return
    state.free[token] += 1


def walk(tables: Tables, state: State, request: int, place: int) -> None:
    """Put a request at a place, and on from there as long as the token that it would wait for is free."""
    while tables.places[place].kind == WAITING:
        token = tables.places[place].token
        if state.free[token] == 0:
            queue = state.queues[tables.places[place].queue]
            if queue.first == NONE:
                queue.first = request
            else:
                state.requests[queue.last].next = request
            queue.last = request
            queue.length += 1
            state.requests[request].next = NONE
            break
        state.free[token] -= 1
        place = admit(tables, state, place)
    state.requests[request].place = place
    state.requests[request].entered_s = state.clock[0].now_s
    if tables.places[place].kind == SERVED:
        needed_s = drawn_s(tables, state, place)
        lane = tables.places[place].lane
        if lane == CLOCK:
            push(state, CLOCK, request, state.clock[0].now_s + needed_s)
        else:
            touch(tables, state, tables.lanes[lane].station)
            push(state, lane, request, state.lanes[lane].attained + needed_s)


def ask(tables: Tables, state: State, request: int, outside: int) -> int:
    """Let a request come in, or turn it away where too many wait already; return where it goes, or that it is done."""
    branch = choose(tables, state, outside)
    target: int = tables.branches[branch].target
    state.entered[branch].count += 1
    if tables.places[target].kind == WAITING:
        token = tables.places[target].token
        limit = tables.tokens[token].queue_limit
        # Only entries lead to a token with a limit, and it has one queue: priorities are of stations.
        waiting = state.queues[tables.places[target].queue].length
        if limit != NONE and state.free[token] == 0 and waiting >= limit:
            state.entered[branch].lost += 1
            let_go(tables, state, request, outside)
            return ENDED
    state.requests[request].begun_s = state.clock[0].now_s
    return target


def let_go(tables: Tables, state: State, request: int, outside: int) -> None:
    """Let a user think, or take back the room of an open source's request."""
    if tables.places[outside].kind == THINKING:
        state.requests[request].place = outside
        push(state, CLOCK, request, state.clock[0].now_s + drawn_s(tables, state, outside))
    else:
        state.requests[request].place = NONE
        state.requests[request].number = NONE
        state.requests[request].next = state.clock[0].free
        state.clock[0].free = request


def arrive(tables: Tables, state: State, clock: int, outside: int) -> int:
    """Return the request that an open source's clock stands for, and let the clock await the next."""
    request: int = state.clock[0].free
    state.clock[0].free = state.requests[request].next
    source = tables.places[outside].source
    if tables.sources[source].recorded_count == NONE:
        push(state, CLOCK, clock, state.clock[0].now_s + drawn_s(tables, state, outside))
    else:
        state.requests[request].number = tables.recorded_number[state.recorded_next[source] - 1]
        await_recorded(tables, state, source)
    return request


def await_recorded(tables: Tables, state: State, source: int) -> None:
    """Await the next recorded arrival, if there is one; its turn is its place in the recording, before all others."""
    position = state.recorded_next[source]
    if position < tables.sources[source].first_recorded + tables.sources[source].recorded_count:
        state.recorded_next[source] = position + 1
        state.requests[source].turn = tables.recorded_number[position]
        put(state, CLOCK, source, tables.recorded_s[position])


def choose(tables: Tables, state: State, place: int) -> int:
    """Draw the way on from a place; where there is one only, nothing is drawn."""
    branch: int = tables.places[place].first_branch
    if tables.places[place].branch_count > 1:
        state.places[place].branches = streams.following(state.places[place].branches)
        drawn = streams.unit(state.places[place].branches)
        while drawn >= tables.branches[branch].chance_so_far:
            branch += 1
    return branch


def admit(tables: Tables, state: State, place: int) -> int:
    """Return where a request goes from a place where it waited for the token that it has now, and take its seat."""
    if tables.branches[tables.places[place].first_branch].seat != NONE:
        return take_seat(tables, state, place)
    target: int = tables.branches[choose(tables, state, place)].target
    return target


def take_seat(tables: Tables, state: State, place: int) -> int:
    """Draw a seat among those that are free, and return where it leads."""
    first: int = tables.places[place].first_branch
    ways = range(first, first + tables.places[place].branch_count)
    left = 0.0
    for branch in ways:
        left += tables.branches[branch].chance * state.free[tables.branches[branch].seat]
    state.places[place].branches = streams.following(state.places[place].branches)
    left *= streams.unit(state.places[place].branches)
    taken = first
    for branch in ways:
        weight = tables.branches[branch].chance * state.free[tables.branches[branch].seat]
        # Rounding may leave a little to the end: nobody takes a seat that is not free.
        if weight > 0.0:
            taken = branch
            left -= weight
            if left < 0.0:
                break
    state.free[tables.branches[taken].seat] -= 1
    target: int = tables.branches[taken].target
    return target


def drawn_s(tables: Tables, state: State, place: int) -> float:
    """Return the next time of a place (service, thinking, or until the next arrival), and draw the one after it.

    A time that is ready when it is needed keeps nobody waiting for a logarithm: the processor works it out beside what
    comes next.
    """
    found_s: float = state.places[place].ready_s
    draw(tables, state, place)
    return found_s


def draw(tables: Tables, state: State, place: int) -> None:
    """Have the next time of a place ready."""
    row = tables.places[place]
    state.places[place].ready_s, state.places[place].times = streams.time_s(
        row.law, row.mean_s, row.shape, state.places[place].times
    )
