"""A model of the workspace: weights, encrypted, with the lineage of how it came to be."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from comexp_lab.api import DatasetOut, ModelExport, ModelOut
from comexp_lab.client.connection import Connection, as_json, body, whole_path
from comexp_lab.client.show import size, table
from comexp_lab.errors import NotFound


def model_name(model: str | Path | Model) -> str:
    """What a model is called in a request: its id, a name, or the whole path of a file."""
    if isinstance(model, Model):
        return model.id
    return whole_path(model) if isinstance(model, Path) or os.sep in str(model) or str(model).startswith("~") else model


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
        target = Path(whole_path(path))
        self._connection.download(f"/models/{self.id}/weights", target)
        return target

    def export(self, format: str = "onnx", path: str | Path | None = None, *, imgsz: int = 640) -> Path:
        """Write the model in another format (pt, onnx, torchscript, safetensors); beside the notebook unless told where."""
        ending = {"torchscript": ".torchscript"}.get(format, f".{format}")
        target = Path(whole_path(path or f"{self.name}{ending}"))
        sent = as_json(body(ModelExport, format=format, imgsz=imgsz, path=str(target)))
        self._connection.request(
            "POST", f"/models/{self.id}/export", content=sent, headers={"content-type": "application/json"}, again=True
        )
        return target

    def _dataset(self) -> str | None:
        """The name of the dataset it was trained on, or its id if that was erased."""
        if self.info.dataset is None:
            return None
        try:
            return self._connection.get(f"/datasets/{self.info.dataset}", DatasetOut).name
        except NotFound:
            return f"{self.info.dataset[:8]} (erased)"

    def _row(self) -> list[Any]:
        return [self.name, self.info.task, ", ".join(self.classes[:6]), self.metrics.get("mAP50")]

    def __repr__(self) -> str:
        return f"Model({self.name!r}: {self.info.task}, {len(self.classes)} classes, {size(self.info.bytes)})"

    def _repr_html_(self) -> str:
        info = self.info
        rows: list[list[Any]] = [
            ["task", info.task],
            ["classes", ", ".join(info.classes)],
            ["size", size(info.bytes)],
            ["trained on", self._dataset()],
            ["version", (info.version or "")[:16]],
            ["SHA-256", info.sha256[:16]],
            *([name, value] for name, value in info.metrics.items()),
        ]
        return table(self.name, ["", ""], [row for row in rows if row[1] not in (None, "")])
