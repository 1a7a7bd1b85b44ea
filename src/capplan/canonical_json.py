"""canonical_json: a document as the same bytes everywhere, so that its hash can be kept before the fact."""

import json

from capplan.part import Part

_DIGITS = 12


def canonical_json(document: Part) -> str:
    """Return a document as JSON with sorted keys and numbers of 12 digits: what machines disagree on is the 16th.

    Raises
    ------
    ValueError
        If a number of it is infinite or none, which JSON cannot say.
    """
    told = _rounded(document.model_dump(mode="python"))
    return json.dumps(told, sort_keys=True, indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def _rounded(value: object) -> object:
    match value:
        case float():
            return float(f"{value:.{_DIGITS}g}")
        case dict():
            return {str(key): _rounded(each) for key, each in value.items()}
        case list() | tuple():
            return [_rounded(each) for each in value]
        case bool() | int() | str() | None:
            return value
        case _:
            return str(value)
