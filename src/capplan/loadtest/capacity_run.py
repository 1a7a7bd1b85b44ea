"""capacity_run: the largest load that meets the objective, searched step by step within one run."""

from collections.abc import Callable
from math import isinf

from capplan.canonical_json import canonical_json
from capplan.capacity_search import CapacitySearch
from capplan.errors import TargetError
from capplan.ladder import open_users
from capplan.loadtest.conduct import TARGET_DOWN, Bench, conduct_step
from capplan.loadtest.journal import Journal
from capplan.loadtest.run_directory import (
    PREDICTION,
    STEP,
    read_predictions,
    read_step,
    step_folder,
    write_text,
)
from capplan.measurements import Asked, Search, StepPrediction, StepResult
from capplan.scenario import Load, Objective

Foresee = Callable[[str, Asked], StepPrediction]
"""What the model says of a step by its name, before it is run."""
_LEAST_RATE_PER_S = 0.1
_OF_OVERLOAD = frozenset({"achieved", "steady", "drift", "drained", "errors", "too-few"})


def search_capacity(bench: Bench, journal: Journal, first: Asked, foresee: Foresee | None) -> None:
    """Try loads, beginning with the first, and note the largest that meets the objective in the journal.

    Every load's prediction is frozen before its first request. A search that is taken up again passes through the
    steps it has: the loads follow from their results.
    """
    load, objective = bench.scenario.load, bench.scenario.objective
    search, number = begun(first, load), 0
    best: StepResult | None = None
    while (tried := search.next_load()) is not None:
        number += 1
        asked = at_load(first, tried, load)
        name = f"users-{asked.users}" if first.mode == "closed" else f"rate-{asked.rate_per_s:.4g}"
        folder = step_folder(bench.folder, number, name)
        if folder.exists():
            result = read_step(folder / STEP)
        else:
            _announce(bench, journal, number, name, asked, foresee)
            result = _tried(bench, number, name, asked)
        met = meets(result, objective)
        best = result if met else best
        search = search.feed(met)
    journal.note(search=answered(first, objective, search, best))


def sought(objective: Objective, first: Asked) -> Search:
    """Return a search that has not begun."""
    return Search(percentile_ratio=objective.percentile, response_time_s=objective.response_time, first=first)


def answered(first: Asked, objective: Objective, search: CapacitySearch, best: StepResult | None) -> Search:
    """Return what a search has found: ``best`` is the step of the largest load that meets the objective."""
    closed = first.mode == "closed"
    rate = best.throughput_per_s if best is not None else None
    missed = None if isinf(search.missed) else round(search.missed) if closed else search.missed
    return sought(objective, first).model_copy(
        update={
            "verdict": search.verdict(),
            "capacity_per_s": rate.mid if rate is not None else None,
            "capacity_users": best.asked.users if best is not None and closed else None,
            "missed_users" if closed else "missed_per_s": missed,
        }
    )


def begun(first: Asked, load: Load) -> CapacitySearch:
    """Return the search at its beginning, within the scenario's caps."""
    if first.mode == "closed":
        most = float(load.most_users)
        if first.think_time_s:
            most = min(most, max(1.0, load.most_requests_per_s * first.think_time_s))
        return CapacitySearch(start=float(first.users), least=1.0, most=most, whole=True)
    start = first.rate_per_s or 1.0
    return CapacitySearch(start=start, least=min(_LEAST_RATE_PER_S, start), most=load.most_requests_per_s)


def at_load(first: Asked, tried: float, load: Load) -> Asked:
    """Return the step of a load."""
    if first.mode == "closed":
        return first.model_copy(update={"users": round(tried), "is_profile": False})
    changes = {"rate_per_s": tried, "users": open_users(tried, load), "is_profile": False}
    return first.model_copy(update=changes)


def meets(result: StepResult, objective: Objective) -> bool | None:
    """Return whether a step meets the objective; None where it may not be used and does not clearly miss it.

    Beyond saturation nothing settles, queues do not drain and requests fail: gates that say so convict the target.
    Any other gate convicts the measurement, which then says nothing of the target.
    """
    if result.aborted not in ("", TARGET_DOWN):
        return None
    failed = {gate.code for gate in result.gates if not gate.passed}
    if not failed <= _OF_OVERLOAD:
        return None
    if result.aborted or "errors" in failed:
        return False
    if result.response is None:
        return None
    found: float = getattr(result.response, f"p{100 * objective.percentile:.0f}_s").mid
    if found > objective.response_time:
        return False
    return True if not failed else None


def _tried(bench: Bench, number: int, name: str, asked: Asked) -> StepResult:
    """Run a step; a target that gave up under it, and answers again without it, has missed the objective."""
    try:
        return conduct_step(bench, number, name, asked)
    except TargetError:
        bench.require_answer()
        return read_step(step_folder(bench.folder, number, name) / STEP)


def _announce(
    bench: Bench, journal: Journal, number: int, name: str, asked: Asked, foresee: Foresee | None
) -> None:
    planned = (*journal.run.planned[: number - 1], (name, asked))
    if foresee is None:
        journal.note(planned=planned)
        return
    known = read_predictions(bench.folder)
    steps = known.steps | {name: foresee(name, asked)}
    text = canonical_json(known.model_copy(update={"steps": steps}))
    frozen = write_text(bench.folder, bench.folder / PREDICTION, text)
    journal.note(planned=planned, prediction_sha256=frozen)
