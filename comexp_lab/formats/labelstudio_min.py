"""Label Studio's JSON-MIN: one flat object for each annotation, in which answers stand beside the task's data, without types and ids."""

from __future__ import annotations

from typing import Any

_KINDS = ("labels", "choices", "taxonomy")


def is_minimal(text: str) -> bool:
    """Whether the beginning of a file, without white space, is JSON-MIN."""
    return text.startswith("[{") and '"annotation_id":' in text and '"data":{' not in text


def full(item: dict[str, Any]) -> dict[str, Any]:
    """The task that an object stands for. A text may be data or an answer: it is taken for data."""
    results = [
        {"type": _kind(value), "from_name": name, "value": value, **{key: value.get(key) for key in ("original_width", "original_height")}}
        for name, answer in item.items()
        for value in (answer if isinstance(answer, list) else [answer])
        if isinstance(value, dict)
    ]
    data = {name: value for name, value in item.items() if isinstance(value, str)}
    return {"id": item.get("id"), "data": data, "annotations": [{"result": results}]}


def _kind(value: dict[str, Any]) -> str:
    if "sequence" in value:
        return "videorectangle"
    return next((key for key in value if key.endswith(_KINDS)), "")
