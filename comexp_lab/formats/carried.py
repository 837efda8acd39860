"""Fields of ours that a format lacks, carried as attributes where the format has free attributes.

The names are those that Datumaro and CVAT users know (``score``, ``is_crowd``, ``track_id``). Reading turns them back into fields.
``to_text`` and ``from_text`` put any JSON value into a text attribute so that exactly the same value comes back: text
that reads as another type is quoted.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any

_DEFAULTS: dict[str, Any] = {"confidence": None, "crowd": False, "track": None, "frame": None, "source": "human", "state": "accepted"}
OURS = frozenset({"human", "import"})  # sources that say nothing worth carrying
_NAMES = {"confidence": "score", "crowd": "is_crowd", "track": "track_id", "frame": "frame", "source": "source", "state": "state"}
_VALID: dict[str, Callable[[Any], bool]] = {
    "confidence": lambda v: isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= 1,
    "crowd": lambda v: isinstance(v, bool),
    "track": lambda v: isinstance(v, int) and not isinstance(v, bool) and abs(v) < 2**63,
    "frame": lambda v: isinstance(v, int) and not isinstance(v, bool) and abs(v) < 2**31,
    "source": lambda v: isinstance(v, str),
    "state": lambda v: v in {"suggested", "accepted", "rejected"},
}


def carry(label: dict[str, Any], *, native: frozenset[str] = frozenset()) -> dict[str, Any]:
    """The label's attributes and the fields that are not ``native`` to the format and not at their default."""
    fields = {
        _NAMES[field]: short_float(label[field]) if field == "confidence" else label[field]
        for field, default in _DEFAULTS.items()
        if field not in native and label.get(field) is not None and label[field] != default and label[field] not in OURS
    }
    return {**label["attributes"], **fields}


def uncarry(attributes: dict[str, Any], *, native: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Columns of a label: the carried fields, and ``attributes`` with the rest."""
    rest = dict(attributes)
    fields: dict[str, Any] = {}
    for field, name in _NAMES.items():
        if field not in native and name in rest and _VALID[field](rest[name]):
            fields[field] = rest.pop(name)
    return {**fields, "attributes": rest}


def short_float(value: float) -> float:
    """The shortest decimal that is the same 32-bit float: confidences are stored as such."""
    single = struct.pack("f", value)
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        if struct.pack("f", short) == single:
            return short
    return value


def to_text(value: Any) -> str:
    """Any JSON value as text from which :func:`from_text` gives exactly the same value."""
    if isinstance(value, str) and _same(from_text(value), value):
        return value
    return json.dumps(value, ensure_ascii=False)


def from_text(text: str) -> Any:
    """The value of a text attribute: a number, bool, null, list or object where the text is its plain form, else the text."""
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text
    if isinstance(value, str) and _same(from_text(value), value):
        return text  # quotes that were not needed belong to the text
    return value if json.dumps(value, ensure_ascii=False) == text else text


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _same(a: Any, b: Any) -> bool:
    return type(a) is type(b) and bool(a == b)
