"""order: what a person wishes at the command line, made into an order for a run, before anything is touched."""

from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from pydantic import ValidationError

from capplan.documents import HERE, shipped_profile
from capplan.errors import InputError
from capplan.ladder import arranged, default_steps
from capplan.loadtest.capacity_run import Foresee
from capplan.loadtest.carry_out import Order
from capplan.loadtest.machine import usable_cores
from capplan.loadtest.run_directory import (
    PREDICTION,
    PROFILE,
    SCENARIO,
    plain_name,
    read_run,
    refuse_other_prediction,
)
from capplan.loadtest.wishes import Wishes, require_within_caps, wished_scenario, wished_step
from capplan.measurements import Asked, Predictions, StepPrediction
from capplan.predict import OwnPoint, own_point, predictions, saturation_per_s
from capplan.profile import ServiceProfile
from capplan.profile_file import parse_profile, read_profile
from capplan.scenario import Scenario, Step

_RUNS = Path("runs")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """The profile whose predictions stand beside the measurements, with its text and its name."""

    profile: ServiceProfile
    name: str
    text: str


def order_of(wishes: Wishes) -> Order:
    """Return the order for a new run.

    Raises
    ------
    InputError
        If the wishes contradict one another, or a file they name cannot be used.
    """
    scenario, text = wished_scenario(wishes)
    compared = _compared(wishes, scenario)
    own = own_point(compared.profile, compared.name) if compared is not None else None
    cores = usable_cores()
    steps = tuple(wished_step(step, wishes) for step in _steps(wishes, scenario, compared, own, cores))
    for step in steps:
        require_within_caps(step, scenario)
    asked = arranged(steps, scenario.load, own, seed=wishes.seed)
    search = _first(asked) if wishes.find_capacity else None
    asked = () if search is not None else asked
    foretold = _foretold(compared, asked, cores)
    return Order(
        scenario=scenario,
        scenario_text=text,
        profile_text=compared.text if compared is not None else "",
        predictions=foretold,
        planned=asked,
        folder=wishes.folder or _new_folder(scenario.name),
        seed=wishes.seed,
        workers=wishes.workers,
        confirmed_hosts=wishes.confirmed_hosts,
        search=search,
        foresee=_foresee(compared, cores),
    )


def order_of_run(folder: Path, confirmed_hosts: tuple[str, ...]) -> Order:
    """Return the order that a run was begun with.

    Raises
    ------
    InputError
        If it cannot be read, or its prediction is no longer the one that was frozen.
    """
    run = read_run(folder)
    try:
        text = (folder / SCENARIO).read_text("utf-8")
        scenario = Scenario.model_validate_json(text)
        refuse_other_prediction(folder, run)
        frozen = (folder / PREDICTION).read_bytes() if run.prediction_sha256 else b""
    except (OSError, ValidationError) as error:
        raise InputError(
            str(folder),
            found="a run without its scenario or prediction",
            expected="a whole run",
            remedy="start a new one",
        ) from error
    profile = folder / PROFILE
    profile_text = profile.read_text("utf-8") if profile.exists() else ""
    compared = (
        _Compared(profile=parse_profile(profile_text, str(profile)), name=str(profile), text=profile_text)
        if profile_text
        else None
    )
    return Order(
        scenario=scenario,
        scenario_text=text,
        profile_text=profile_text,
        predictions=Predictions.model_validate_json(frozen) if frozen else None,
        planned=run.planned,
        folder=folder,
        seed=run.seed,
        workers=run.workers,
        confirmed_hosts=confirmed_hosts,
        search=run.search.first if run.search is not None else None,
        foresee=_foresee(compared, usable_cores()),
    )


def _steps(
    wishes: Wishes, scenario: Scenario, compared: _Compared | None, own: OwnPoint | None, cores: int
) -> tuple[Step, ...]:
    """Return the steps as written, else those that the profile's model suggests."""
    if wishes.ladder:
        if compared is None or own is None:
            raise InputError(
                "--ladder",
                found="no profile to choose the levels from",
                expected="a profile of the service",
                remedy="add --profile, or write the steps into the scenario",
            )
        saturation = saturation_per_s(compared.profile, compared.name, cores)
        return default_steps(own, saturation, scenario.load)
    if scenario.steps:
        return scenario.steps
    if own is None:
        raise InputError(
            scenario.name,
            found="no steps and no profile",
            expected="what to send",
            remedy="add [[steps]] to the scenario, or --users and --rps, or --profile",
        )
    return default_steps(own, None, scenario.load)


def _first(asked: tuple[tuple[str, Asked], ...]) -> Asked:
    """Return the first step that sends anything: what a search begins with."""
    found = next((each for _, each in asked if each.kind in ("users", "rate")), None)
    if found is None:
        raise InputError(
            "--find-capacity",
            found="no step with users or a rate",
            expected="one to begin with",
            remedy="add --users and --rps, or --rps alone",
        )
    return found


def _compared(wishes: Wishes, scenario: Scenario) -> _Compared | None:
    """Return the profile to compare with: the one given, the scenario's, the one here, else the reference.

    A stack of somebody's own is compared with no other service's profile.
    """
    here = Path(HERE)
    if wishes.profile is not None:
        path = wishes.profile
    elif scenario.profile is not None:
        path = Path(scenario.profile)
    elif here.exists():
        path = here
    elif wishes.scenario is None and wishes.url is None:
        path = shipped_profile()
    else:
        return None
    profile = read_profile(path)
    return _Compared(profile=profile, name=str(path), text=path.read_text("utf-8-sig"))


def _foretold(
    compared: _Compared | None, asked: tuple[tuple[str, Asked], ...], cores: int
) -> Predictions | None:
    if compared is None:
        return None
    digest = sha256(compared.text.encode()).hexdigest()
    return predictions(compared.profile, compared.name, dict(asked), cores, digest)


def _foresee(compared: _Compared | None, cores: int) -> Foresee | None:
    if compared is None:
        return None

    def foresee(name: str, asked: Asked) -> StepPrediction:
        return predictions(compared.profile, compared.name, {name: asked}, cores).steps[name]

    return foresee


def _new_folder(name: str) -> Path:
    now = datetime.now(UTC)
    return _RUNS / f"{now:%Y-%m-%dT%H%M%S}-{plain_name(name)}"
