"""part: what all tables of a profile have in common, and the names that may be used in them."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from capplan.units import SECONDS, UnitError, parse_amount

IN_THE_CLEAR = "secret-in-the-clear"
"""Kind of a validation error whose input is not to be repeated."""
_LONGEST = 80
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}")


def _plain(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a name of letters, digits, - and _ that begins with a letter, at most 41 long")
    return name


Name = Annotated[str, AfterValidator(_plain), Field(json_schema_extra={"pattern": f"^{_NAME.pattern}$"})]


def read_time(raw: object, example: str) -> object:
    """Read seconds written with their unit, or a 0 without one, for pydantic, which makes a refusal a sentence.

    Raises
    ------
    ValueError
        It is no amount of time; the text says what would be.
    """
    if isinstance(raw, int | float) and not isinstance(raw, bool) and raw == 0:
        return 0.0
    if not isinstance(raw, str):
        raise ValueError(f'an amount with its unit, such as "{example}"')  # noqa: TRY004 - as said above
    try:
        return parse_amount(raw, SECONDS, example)
    except UnitError as error:
        raise ValueError(error.expected) from error


def _printable(title: str) -> str:
    if not (title.isprintable() and 0 < len(title) <= _LONGEST):
        raise ValueError(f"1 to {_LONGEST} printable characters")
    return title


Title = Annotated[str, AfterValidator(_printable)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Part(BaseModel):
    """Base of every table of a profile: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
