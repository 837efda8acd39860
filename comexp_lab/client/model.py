"""A model of the workspace: weights, encrypted, with the lineage of how it came to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from comexp_lab.api import ModelOut
from comexp_lab.client.connection import Connection
from comexp_lab.client.show import size, table


class Model:
    def __init__(self, connection: Connection, info: ModelOut) -> None:
        self._connection = connection
        self.info = info
        self.id = info.id
        self.name = info.name
        self.classes = info.classes
        self.metrics = info.metrics

    def save(self, path: str | Path) -> Path:
        """Write the weights as safetensors with their configuration beside you: a plain file from here on."""
        target = Path(path).expanduser().absolute()
        self._connection.download(f"/models/{self.id}/weights", target)
        return target

    def __repr__(self) -> str:
        return f"Model({self.name!r}: {self.info.task}, {len(self.classes)} classes, {size(self.info.bytes)})"

    def _repr_html_(self) -> str:
        info = self.info
        rows: list[list[Any]] = [
            ["task", info.task],
            ["classes", ", ".join(info.classes)],
            ["size", size(info.bytes)],
            ["trained on", info.dataset],
            ["version", (info.version or "")[:16]],
            ["SHA-256", info.sha256[:16]],
            *([name, value] for name, value in info.metrics.items()),
        ]
        return table(self.name, ["", ""], [row for row in rows if row[1] not in (None, "")])
