"""scenario_file: a scenario read from its file, with the paths in it made absolute."""

from pathlib import Path

from capplan.errors import InputError
from capplan.scenario import Scenario
from capplan.toml_document import DocumentKind, read_document

KIND = DocumentKind(
    "scenario",
    remedy="see docs/reference/scenario.md",
    missing="check the name, or use --url without a scenario",
)


def read_scenario(path: Path) -> Scenario:
    """Read and check a scenario; ``path`` may be its folder.

    Raises
    ------
    InputError
        If it cannot be read, something in it is wrong, or a file that it names does not exist.
    """
    file = path / "scenario.toml" if path.is_dir() else path
    scenario = read_document(Scenario, file, KIND)
    load = scenario.load
    if load.locustfile is not None:
        load = load.model_copy(update={"locustfile": _beside(file, "load.locustfile", load.locustfile)})
    changes: dict[str, object] = {"load": load}
    for name in ("stack", "profile"):
        value = getattr(scenario, name)
        if value is not None:
            changes[name] = _beside(file, name, value)
    return scenario.model_copy(update=changes)


def _beside(file: Path, key: str, name: str) -> str:
    found = file.parent / name
    if not found.is_file():
        raise InputError(
            f"{file}: {key}",
            found=f"{name!r}, which is no file beside the scenario",
            expected="a file",
            remedy="correct the name",
        )
    return str(found.resolve())
