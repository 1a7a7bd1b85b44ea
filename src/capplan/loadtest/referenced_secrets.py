"""secrets: values that a scenario only refers to, taken from the environment when they are needed, and never kept."""

import os
from urllib.parse import quote

from capplan.errors import InputError
from capplan.scenario import secret_names


def resolved_url(place: str, url: str) -> str:
    """Return a URL likewise: whatever signs the value has, it stays the part of the URL that it stands for."""
    return resolved(place, url, quoted=True)


def resolved(place: str, text: str, *, quoted: bool = False) -> str:
    """Return a text with every ``${NAME}`` replaced by that variable of the environment.

    Raises
    ------
    InputError
        If a variable is not set.
    """
    for name in secret_names(text):
        value = os.environ.get(name)
        if value is None:
            raise InputError(
                place,
                found=f"${{{name}}}, which is not set",
                expected="a variable of the environment",
                remedy=f"set it, e.g. {name}=... capplan loadtest",
            )
        text = text.replace(f"${{{name}}}", quote(value, safe="") if quoted else value)
    return text
