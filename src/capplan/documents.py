"""documents: where profiles and plans come from and go to: found, read, and written whole or not at all."""

import os
import tempfile
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from capplan.errors import InputError
from capplan.plan import Plan

HERE = "capplan.toml"


def shipped_profile(name: str = "reference") -> Path:
    """Return a profile that ships with capplan: inside the installed package, or in a checkout beside ``src``."""
    inside = Path(str(files("capplan"))) / "profiles" / f"{name}.toml"
    return inside if inside.exists() else inside.parents[3] / "profiles" / f"{name}.toml"


def shipped_scenario(name: str = "django-stack") -> Path:
    """Return a scenario's file that ships with capplan."""
    inside = Path(str(files("capplan"))) / "scenarios" / name / "scenario.toml"
    return inside if inside.exists() else inside.parents[4] / "scenarios" / name / "scenario.toml"


def find_profile(given: Path | None) -> tuple[Path, bool]:
    """Return the profile to use and whether it is the shipped one: the one given, else the one here, else that."""
    if given is not None:
        return given, False
    here = Path(HERE)
    return (here, False) if here.exists() else (shipped_profile(), True)


def digest(path: Path, changes: list[str]) -> str:
    """Return the SHA-256 of a profile and the changes made to it."""
    return sha256(path.read_bytes() + "\n".join(changes).encode()).hexdigest()


def read_plan(path: Path) -> Plan:
    """Read ``plan.json``.

    Raises
    ------
    InputError
        If the file cannot be read or is no plan of this version.
    """
    try:
        return Plan.model_validate_json(path.read_bytes())
    except OSError as error:
        found = (error.strerror or "an unreadable file").lower()
        raise InputError(
            str(path),
            found=found,
            expected="a readable plan",
            remedy="make one with `capplan recommend -o plan.json`",
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the whole file"
        raise InputError(
            f"{path}: {place}",
            found=first["msg"],
            expected="a plan of this version of capplan",
            remedy="make it again with `capplan recommend -o plan.json`",
        ) from error


def write_whole(path: Path, text: str) -> None:
    """Write a file through a temporary one beside it, so that there is never half a file.

    Raises
    ------
    InputError
        If the folder cannot be written to.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")  # a device or a pipe cannot be replaced, only written to
            return
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(handle)
            temporary.chmod(0o666 & ~_umask())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        found = (error.strerror or "a place that cannot be written").lower()
        raise InputError(
            str(path), found=found, expected="a file that can be written", remedy="name another place with -o"
        ) from error


def refuse_overwriting(output: Path | None, source: Path | None) -> None:
    """Refuse to write a result over what it was made from.

    Raises
    ------
    InputError
        If both are the same file.
    """
    if (
        output is not None
        and source is not None
        and output.exists()
        and source.exists()
        and output.samefile(source)
    ):
        raise InputError(
            str(output),
            found="the file that was read",
            expected="another file",
            remedy="name another with -o",
        )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
