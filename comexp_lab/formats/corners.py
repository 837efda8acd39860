"""Sizes as far corners and fractions, without loss.

``x + w - x`` is not ``w`` in binary floats, but it is in decimal: the corner is written as the exact decimal sum of the
shortest decimals of ``x`` and ``w``, and read back as the exact decimal difference.
"""

from __future__ import annotations

from decimal import Context, Decimal, InvalidOperation, localcontext
from typing import Any

from comexp_lab.formats.records import HUGE, BadRecord, clip, number

_EXACT = Context(prec=1200)  # two float64 never need more digits
_PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459")
_DIGITS = 34  # of a fraction: enough that a float64 comes back as itself


def plain(value: float) -> str:
    """The shortest text that reads as exactly this float; whole numbers without a fraction."""
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def far(start: float, size: float) -> str:
    """The far corner ``start + size`` as decimal text."""
    return _tidy(total(start, size))


def span(start: Any, end: Any, what: str = "a box coordinate") -> tuple[float, float]:
    """(start, size) of two corners given as decimal text or numbers; BadRecord if they are not finite numbers."""
    near, other = exact(start, what), exact(end, what)
    return float(near), float(_EXACT.subtract(other, near))


def around(middle: float, size: float) -> tuple[str, str]:
    """(near, far) corners of a size around its middle as decimal text."""
    centre, half = Decimal(plain(middle)), _EXACT.divide(Decimal(plain(size)), Decimal(2))
    return _tidy(_EXACT.subtract(centre, half)), _tidy(_EXACT.add(centre, half))


def middle(near: Any, far: Any, what: str = "a box coordinate") -> float:
    """The middle of two corners given as decimal text or numbers."""
    return float(_EXACT.divide(_EXACT.add(exact(near, what), exact(far, what)), Decimal(2)))


def total(start: float, size: float) -> Decimal:
    """``start + size`` exactly."""
    return _EXACT.add(Decimal(plain(start)), Decimal(plain(size)))


def half_on(start: Decimal, size: Decimal) -> float:
    """``start + size / 2``."""
    return float(_EXACT.add(start, _EXACT.divide(size, Decimal(2))))


def exact(value: Any, what: str) -> Decimal:
    """``value`` as a decimal, checked as :func:`records.number` does."""
    try:
        found = Decimal(plain(value) if isinstance(value, float) else value.strip() if isinstance(value, str) else value)
        if -HUGE <= found <= HUGE:
            return found
    except (InvalidOperation, TypeError, ValueError, OverflowError):
        pass  # number says why
    number(value, what)
    raise BadRecord(f"{what} is not a number: {clip(value)}")


def fraction(value: Decimal | float, of: float) -> str:
    """``value / of`` with enough digits that :func:`part` gives ``value`` again."""
    top = value if isinstance(value, Decimal) else Decimal(plain(value))
    return _tidy(Context(prec=_DIGITS).divide(top, Decimal(plain(of))))


def part(share: Any, of: float, what: str = "a box coordinate") -> Decimal:
    """``share * of`` as a decimal; BadRecord if the share is not a finite number."""
    with localcontext(Context(prec=_DIGITS - 2)):
        return exact(share, what) * Decimal(plain(of))


def degrees(angle: float) -> str:
    """An angle in radians as degrees above 0 up to 360, from which :func:`radians` gives the same angle.

    No rotation is 360, because formats that write 0 on every upright box could not tell a rotated one from them.
    """
    if not angle:
        return "360"
    with localcontext(Context(prec=_DIGITS)):
        exact_degrees = Decimal(angle) * 180 / _PI % 360
        found = _tidy(exact_degrees + 360 if exact_degrees < 0 else exact_degrees)
    short = plain(round(float(found), 9))
    return short if radians(short) == angle else found


def radians(text: Any, what: str = "a rotation") -> float:
    """Degrees as decimal text or number in radians; BadRecord if it is not a finite number."""
    with localcontext(Context(prec=_DIGITS)):
        found = exact(text, what)
        return 0.0 if found == 360 else float(found * _PI / 180)


def _tidy(value: Decimal) -> str:
    text = format(value, "f") if -20 < value.adjusted() < 20 or not value else str(value)
    return (text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text) or "0"
