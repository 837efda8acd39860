"""A model of the workspace: weights, encrypted, with the lineage of how it came to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from comexp_lab.api import DatasetOut, ModelExport, ModelOut
from comexp_lab.client.connection import Connection, body
from comexp_lab.client.show import size, table
from comexp_lab.errors import NotFound


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

    def export(self, format: str = "onnx", path: str | Path | None = None, *, imgsz: int = 640) -> Path:
        """Write the model in another format (pt, onnx, torchscript, safetensors); beside the notebook unless told where."""
        ending = {"torchscript": ".torchscript"}.get(format, f".{format}")
        target = Path(path or f"{self.name}{ending}").expanduser().absolute()
        sent = body(ModelExport, format=format, imgsz=imgsz, path=str(target)).model_dump_json()
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
