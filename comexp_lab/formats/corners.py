"""Sizes as far corners and fractions, without loss.

``x + w - x`` is not ``w`` in binary floats, but it is in decimal: the corner is written as the exact decimal sum of the
shortest decimals of ``x`` and ``w``, and read back as the exact decimal difference.
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation, localcontext
from typing import Any

from comexp_lab.formats.records import BadRecord, clip, number

_EXACT = Context(prec=1200)  # two float64 never need more digits
_DIGITS = 34  # of a fraction: enough that a float64 comes back as itself


def plain(value: float) -> str:
    """The shortest text that reads as exactly this float; whole numbers without a fraction."""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def far(start: float, size: float) -> str:
    """The far corner ``start + size`` as decimal text."""
    return _tidy(_EXACT.add(Decimal(plain(start)), Decimal(plain(size))))


def span(start: Any, end: Any, what: str = "a box coordinate") -> tuple[float, float]:
    """(start, size) of two corners given as decimal text or numbers; BadRecord if they are not finite numbers."""
    near, other = exact(start, what), exact(end, what)
    return float(near), float(_EXACT.subtract(other, near))


def exact(value: Any, what: str) -> Decimal:
    """``value`` as a decimal, checked as :func:`records.number` does."""
    number(value, what)
    try:
        return Decimal(value.strip() if isinstance(value, str) else plain(value) if isinstance(value, float) else value)
    except (InvalidOperation, TypeError, ValueError):
        raise BadRecord(f"{what} is not a number: {clip(value)}") from None


def fraction(value: Decimal | float, of: float) -> str:
    """``value / of`` with enough digits that :func:`part` gives ``value`` again."""
    top = value if isinstance(value, Decimal) else Decimal(plain(value))
    return _tidy(Context(prec=_DIGITS).divide(top, Decimal(plain(of))))


def part(share: Any, of: float, what: str = "a box coordinate") -> Decimal:
    """``share * of`` as a decimal; BadRecord if the share is not a finite number."""
    with localcontext(Context(prec=_DIGITS - 2)):
        return exact(share, what) * Decimal(plain(of))


def _tidy(value: Decimal) -> str:
    text = format(value, "f") if -20 < value.adjusted() < 20 or not value else str(value)
    return (text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text) or "0"
