"""Quantity: a number in every world that knows where it came from.

Quantities are combined with ordinary arithmetic; the expression that was computed is kept as text, so the
derivation a reader sees is the calculation that ran. ``named`` closes an expression under a key of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from capplan.estimate import Basis, Estimate
from capplan.worlds import WORLD_COUNT, Array, draw, interval

_ATOM, _PRODUCT, _SUM = 2, 1, 0
_ONE = "one"  # the neutral factor leaves no trace in a derivation


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """Values in the 256 worlds, shape (256,), with key, unit, basis, source and derivation.

    ``formula`` is the expression in terms of the keys of ``inputs``; both are empty for a number that was given,
    which has ``bounds`` instead (low, mid, high).
    """

    key: str
    values: Array
    unit: str
    basis: Basis
    source: str
    formula: str = ""
    inputs: "tuple[Quantity, ...]" = ()
    binding: int = _ATOM
    bounds: tuple[float, float, float] | None = None

    @classmethod
    def drawn(cls, key: str, estimate: Estimate, unit: str) -> "Quantity":
        """Return the quantity of a given or assumed estimate, drawn in every world under its key."""
        bounds = (estimate.low, estimate.mid, estimate.high)
        return cls(key, draw(estimate, key), unit, estimate.basis, estimate.source, bounds=bounds)

    @classmethod
    def computed(
        cls, key: str, values: Array, unit: str, *, formula: str, inputs: "Iterable[Quantity]"
    ) -> "Quantity":
        """Return a quantity found by an algorithm that ``formula`` describes in mathematical notation."""
        return cls(
            key, np.broadcast_to(values, WORLD_COUNT), unit, Basis.DERIVED, "", formula, _leaves(inputs)
        )

    def named(self, key: str, unit: str) -> "Quantity":
        """Return this expression closed under ``key``: later formulas show the key, ``inputs`` leads back."""
        return Quantity(key, self.values, unit, Basis.DERIVED, "", self._text(), _leaves((self,)))

    def __add__(self, other: "Quantity | float") -> "Quantity":
        return _combine(np.add(self.values, _values(other)), (self, other), " + ", _SUM)

    def __radd__(self, other: float) -> "Quantity":
        return _combine(np.add(other, self.values), (other, self), " + ", _SUM)

    def __sub__(self, other: "Quantity | float") -> "Quantity":
        return _combine(np.subtract(self.values, _values(other)), (self, other), " - ", _SUM)

    def __rsub__(self, other: float) -> "Quantity":
        return _combine(np.subtract(other, self.values), (other, self), " - ", _SUM)

    def __mul__(self, other: "Quantity | float") -> "Quantity":
        if self.key == _ONE and isinstance(other, Quantity):
            return other
        if isinstance(other, Quantity) and other.key == _ONE:
            return self
        return _combine(np.multiply(self.values, _values(other)), (self, other), " * ", _PRODUCT)

    def __rmul__(self, other: float) -> "Quantity":
        return _combine(np.multiply(other, self.values), (other, self), " * ", _PRODUCT)

    def __truediv__(self, other: "Quantity | float") -> "Quantity":
        return _combine(np.divide(self.values, _values(other)), (self, other), " / ", _PRODUCT)

    def __rtruediv__(self, other: float) -> "Quantity":
        return _combine(np.divide(other, self.values), (other, self), " / ", _PRODUCT)

    def interval(self) -> tuple[float, float, float]:
        """Return low, mid, high: as given, or the 5 %, 50 % and 95 % quantiles of a derived quantity."""
        return self.bounds or interval(self.values)

    def _text(self) -> str:
        return self.key or self.formula

    def _operand(self, binding: int, *, right: bool) -> str:
        weak = not self.key and (self.binding < binding or (right and self.binding == binding != _ATOM))
        return f"({self._text()})" if weak else self._text()


def power(base: Quantity, exponent: Quantity) -> Quantity:
    """Return base ** exponent."""
    return _call("power", np.power(base.values, exponent.values), (base, exponent), infix=" ** ")


def larger(first: Quantity, second: "Quantity | float") -> Quantity:
    """Return the larger of two in each world."""
    return _call("max", np.maximum(first.values, _values(second)), (first, second))


def smaller(first: Quantity, second: "Quantity | float") -> Quantity:
    """Return the smaller of two in each world."""
    return _call("min", np.minimum(first.values, _values(second)), (first, second))


def total(parts: Iterable[Quantity]) -> Quantity:
    """Return the sum of the parts; an empty sum is a TypeError, for a sum of nothing has no meaning here."""
    first, *rest = parts
    result = first
    for part in rest:
        result = result + part
    return result


def constant(key: str, value: float, unit: str, source: str, basis: Basis = Basis.DERIVED) -> Quantity:
    """Return a number without doubt, such as a date's distance or a decision already taken."""
    return Quantity(key, np.full(WORLD_COUNT, float(value)), unit, basis, source)


ONE = constant(_ONE, 1.0, "x", "by definition")


def closure(roots: Iterable[Quantity]) -> dict[str, Quantity]:
    """Return every named quantity the roots depend on, themselves included, inputs before what uses them."""
    found: dict[str, Quantity] = {}

    def visit(quantity: Quantity) -> None:
        if quantity.key in found:
            _refuse_another(found[quantity.key], quantity)
            return
        for part in quantity.inputs:
            visit(part)
        found[quantity.key] = quantity

    for root in roots:
        visit(root)
    return found


def _refuse_another(known: Quantity, other: Quantity) -> None:
    if other is not known and not np.array_equal(known.values, other.values):
        raise ValueError(f"two different quantities are both called {other.key}")


def _values(operand: "Quantity | float") -> Array | float:
    return operand.values if isinstance(operand, Quantity) else operand


def _leaves(operands: "Iterable[Quantity | float]") -> tuple[Quantity, ...]:
    seen: dict[str, Quantity] = {}
    for operand in operands:
        if isinstance(operand, Quantity):
            for leaf in (operand,) if operand.key else operand.inputs:
                _refuse_another(seen.setdefault(leaf.key, leaf), leaf)
    return tuple(seen.values())


def _shown(operand: "Quantity | float", binding: int, *, right: bool) -> str:
    if isinstance(operand, Quantity):
        return operand._operand(binding, right=right)  # noqa: SLF001 - same module, same concept
    return f"{operand:.15g}"


def _combine(values: Array, operands: "tuple[Quantity | float, ...]", sign: str, binding: int) -> Quantity:
    right_strict = sign in (" - ", " / ")
    left, right = operands
    text = _shown(left, binding, right=False) + sign + _shown(right, binding, right=right_strict)
    return Quantity("", values, "", Basis.DERIVED, "", text, _leaves(operands), binding)


def _call(name: str, values: Array, operands: "tuple[Quantity | float, ...]", infix: str = "") -> Quantity:
    parts = [_shown(operand, _ATOM if infix else _SUM, right=bool(infix)) for operand in operands]
    text = infix.join(parts) if infix else f"{name}({', '.join(parts)})"
    return Quantity("", values, "", Basis.DERIVED, "", text, _leaves(operands), _PRODUCT if infix else _ATOM)
