"""Prints the lab service's OpenAPI document with all messages of ``api.py``, also those in events and in results of runs."""

from __future__ import annotations

import inspect
import json

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from comexp_lab import api
from comexp_lab.service.app import build


def document() -> dict[str, object]:
    found = build(None).openapi()
    classes = [entry for _, entry in inspect.getmembers(api, inspect.isclass) if issubclass(entry, api.Model)]
    named: list[tuple[type[BaseModel], str]] = [(entry, "serialization") for entry in classes if entry is not api.Model]
    _, schemas = models_json_schema(named, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    found["components"]["schemas"] = schemas["$defs"] | found["components"]["schemas"]
    return found


if __name__ == "__main__":
    print(json.dumps(document(), sort_keys=True))
