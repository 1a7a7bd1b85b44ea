"""wishes: the options of ``capplan loadtest``, as a scenario and its steps."""

from dataclasses import dataclass
from pathlib import Path

from capplan.documents import shipped_scenario
from capplan.errors import InputError
from capplan.loadtest.target import require_base_url
from capplan.scenario import Load, Scenario, Step
from capplan.scenario_file import read_scenario
from capplan.units import SECONDS, UnitError, parse_amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The options of ``capplan loadtest`` as they were given."""

    scenario: Path | None = None
    url: str | None = None
    users: int | None = None
    rate_per_s: float | None = None
    think_time: str | None = None
    paths: tuple[str, ...] = ()
    duration: str | None = None
    settle: str | None = None
    repeats: int = 1
    ladder: bool = False
    find_capacity: bool = False
    profile: Path | None = None
    workers: int = 1
    seed: int = 1
    confirmed_hosts: tuple[str, ...] = ()
    folder: Path | None = None


def wished_scenario(wishes: Wishes) -> tuple[Scenario, str]:
    """Return the scenario and its text as a run keeps it.

    Raises
    ------
    InputError
        If options contradict one another, or the scenario cannot be used.
    """
    if wishes.url is not None:
        if wishes.scenario is not None:
            raise InputError(
                "--url", found="a scenario too", expected="one of the two", remedy="leave one of them out"
            )
        scenario = _of_url(wishes, wishes.url)
    else:
        _refuse_unused(wishes)
        scenario = read_scenario(wishes.scenario or shipped_scenario())
    if wishes.users is not None or wishes.rate_per_s is not None:
        scenario = scenario.model_copy(update={"steps": (_own_step(wishes),)})
    return scenario, scenario.model_dump_json(indent=1) + "\n"


def _refuse_unused(wishes: Wishes) -> None:
    """Refuse an option that nothing would look at."""
    if wishes.paths:
        raise InputError(
            "--path", found="no --url", expected="both", remedy="write the paths into the scenario's [load]"
        )
    if wishes.think_time is not None and wishes.users is None:
        raise InputError(
            "--think-time", found="no --users", expected="both", remedy="add --users, or leave it out"
        )


def _of_url(wishes: Wishes, url: str) -> Scenario:
    if wishes.users is None and wishes.rate_per_s is None and wishes.profile is None:
        raise InputError(
            "--url",
            found="neither --users nor --rps",
            expected="how much to send",
            remedy="add for example --users 20 --rps 2",
        )
    paths = wishes.paths or ("/",)
    if not all(path.startswith("/") for path in paths):
        raise InputError(
            "--path", found=repr(paths), expected="paths that begin with /", remedy="put the host into --url"
        )
    require_base_url(url)
    return Scenario(name="url", base_url=url, load=Load(paths=paths))


def _own_step(wishes: Wishes) -> Step:
    """Return the one step that --users, --rps and --think-time describe.

    Users and their rate together tie the think time: N / X less the response time, which is not known yet and left
    out; the rate is therefore reached from below.
    """
    if wishes.users is None:
        return Step(kind="rate", rate=wishes.rate_per_s)
    if wishes.think_time is not None and wishes.rate_per_s is not None:
        raise InputError(
            "--think-time",
            found="--rps and --users too",
            expected="two of the three",
            remedy="leave one out: it follows from the others (N = X (R + Z))",
        )
    think_s = _seconds("--think-time", wishes.think_time)
    if wishes.rate_per_s is not None:
        think_s = wishes.users / wishes.rate_per_s
    if think_s is None and wishes.url is not None:
        raise InputError(
            "--users",
            found="users without a pace",
            expected="their rate or think time",
            remedy="add --rps or --think-time",
        )
    return Step.model_construct(kind="users", users=wishes.users, think_time=think_s)


def wished_step(step: Step, wishes: Wishes) -> Step:
    """Return a step with the lengths and repeats that the command line wants.

    Raises
    ------
    InputError
        If a length is no amount of time.
    """
    duration, settle = _seconds("--duration", wishes.duration), _seconds("--settle", wishes.settle)
    changes: dict[str, object] = {}
    if duration is not None:
        changes["duration"] = duration
    if settle is not None:
        changes["settle"] = settle
    if wishes.repeats > 1 and step.kind != "idle":
        changes["repeats"] = wishes.repeats
    return step.model_copy(update=changes)


def require_within_caps(step: Step, scenario: Scenario) -> None:
    """Refuse a step beyond the caps of its scenario.

    Raises
    ------
    InputError
        If it has more users or a higher rate.
    """
    load = scenario.load
    for name, value, most in (
        ("rate", step.rate, load.most_requests_per_s),
        ("users", step.users, load.most_users),
    ):
        if value is not None and value > most:
            raise InputError(
                f"{scenario.name}: {name} of a step",
                found=f"{value:g}",
                expected=f"at most {most:g}, the scenario's own cap",
                remedy="lower it, or raise the cap in [load]",
            )


def _seconds(option: str, text: str | None) -> float | None:
    if text is None:
        return None
    try:
        return parse_amount(text, SECONDS, "60 s")
    except UnitError as error:
        raise InputError(
            option, found=repr(text), expected=error.expected, remedy="write the number and the unit"
        ) from error
