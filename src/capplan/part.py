"""part: what all tables of a profile have in common, and the names that may be used in them."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

IN_THE_CLEAR = "secret-in-the-clear"
"""Kind of a validation error whose input is not to be repeated."""
_LONGEST = 80
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,40}")


def _plain(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise ValueError("a name of letters, digits, - and _ that begins with a letter, at most 41 long")
    return name


Name = Annotated[str, AfterValidator(_plain), Field(json_schema_extra={"pattern": f"^{_NAME.pattern}$"})]


def _printable(title: str) -> str:
    if not (title.isprintable() and 0 < len(title) <= _LONGEST):
        raise ValueError(f"1 to {_LONGEST} printable characters")
    return title


Title = Annotated[str, AfterValidator(_printable)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Part(BaseModel):
    """Base of every table of a profile: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)
