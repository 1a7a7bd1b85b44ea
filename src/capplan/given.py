"""A number as a person gives it in a profile: one value or low/mid/high, with basis and source.

``memory = "900 MB"`` and ``memory = { low = "800 MB", mid = "900 MB", high = "1.2 GB", basis = "measured",
source = "docker stats, one week" }`` both become an ``Estimate`` in base units.
"""

from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from capplan.estimate import STATED, Basis, Estimate
from capplan.units import BYTES, BYTES_PER_S, MONTHS, SECONDS, UnitError, parse_amount

_TABLE_KEYS = {"low", "mid", "high", "basis", "source"}


class _Kind:
    """How one kind of number is written: its units (none for a plain number), an example, and its bounds."""

    def __init__(
        self, example: str, units: dict[str, float] | None, least: float = 0.0, most: float = 1e18
    ) -> None:
        self.example = example
        self.units = units
        self.least = least
        self.most = most

    def read(self, raw: object) -> Estimate:
        """Return the estimate; ValueError's text says what was expected."""
        if isinstance(raw, Estimate):
            return raw
        if not isinstance(raw, dict):
            return Estimate.exactly(self._single(raw), source=STATED)
        unknown = sorted(set(raw) - _TABLE_KEYS)
        if unknown or "mid" not in raw:
            what = f"without {unknown[0]!r}" if unknown else "with mid"
            raise ValueError(f"a table {what}: low, mid, high, basis, source")
        mid = self._single(raw["mid"])
        low, high = self._single(raw.get("low", raw["mid"])), self._single(raw.get("high", raw["mid"]))
        if not low <= mid <= high:
            raise ValueError("low <= mid <= high")
        basis = raw.get("basis", Basis.ASSUMED)
        if basis not in list(Basis):
            raise ValueError(f"basis to be one of {', '.join(Basis)}")
        source = str(raw.get("source", STATED))
        return Estimate(low=low, mid=mid, high=high, basis=Basis(basis), source=source)

    def _single(self, raw: object) -> float:
        if self.units is None:
            if isinstance(raw, bool) or not isinstance(raw, int | float):
                raise ValueError(f"a number such as {self.example}")
            value: float = raw
        else:
            if not isinstance(raw, str):
                raise ValueError(f'an amount with its unit, such as "{self.example}"')
            try:
                value = parse_amount(raw, self.units, self.example)
            except UnitError as error:
                raise ValueError(error.expected) from error
        if not self.least <= value <= self.most:
            raise ValueError(f"a value from {self.least:g} to {self.most:g}, such as {self.example}")
        return float(value)

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return self.schema()

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of both spellings."""
        single: dict[str, Any] = {"type": "number", "minimum": self.least, "maximum": self.most}
        if self.units is not None:
            single = {"type": "string", "examples": [self.example]}
        basis = {"enum": [str(basis) for basis in Basis]}
        fields = {"low": single, "mid": single, "high": single, "basis": basis, "source": {"type": "string"}}
        table = {"type": "object", "properties": fields, "required": ["mid"], "additionalProperties": False}
        return {"anyOf": [single, table]}


_TINY = 1e-9
Bytes = Annotated[Estimate, _Kind("20 GB", BYTES)]
Seconds = Annotated[Estimate, _Kind("250 ms", SECONDS)]
Months = Annotated[Estimate, _Kind("24 months", MONTHS, least=1 / 31, most=600)]
BytesPerSecond = Annotated[Estimate, _Kind("100 Mbit/s", BYTES_PER_S, least=1)]
Number = Annotated[Estimate, _Kind("20", None)]
Positive = Annotated[Estimate, _Kind("20", None, least=_TINY)]
Count = Annotated[Estimate, _Kind("4", None, least=1, most=10_000)]
Share = Annotated[Estimate, _Kind("0.95", None, least=0, most=1)]
PositiveShare = Annotated[Estimate, _Kind("0.95", None, least=_TINY, most=1)]
AtLeastOne = Annotated[Estimate, _Kind("2.5", None, least=1, most=1000)]
Percentile = Annotated[Estimate, _Kind("0.95", None, least=0.5, most=0.9999)]
Availability = Annotated[Estimate, _Kind("0.999", None, least=0.5, most=0.999999)]
Size = Annotated[Estimate, _Kind("80 GB", BYTES, least=1e6)]
