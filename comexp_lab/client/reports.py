"""Results with a face: what an import took, what an export holds, how good a model is."""

from __future__ import annotations

from typing import Any

from comexp_lab.api import ExportReport, ImportReport
from comexp_lab.client.show import size, table


class ImportResult(ImportReport):
    """What came in, and each problem with file and line."""

    def __str__(self) -> str:
        said = f"{self.samples} samples, {self.labels} labels, {self.classes} new classes in {self.seconds:.1f} s"
        if self.duplicates:
            said += f"; {self.duplicates} were already there"
        return said + (f"; {self.problem_count} problems" if self.problem_count else "")

    def _repr_html_(self) -> str:
        rows = [[p.file, p.line, p.what, p.severity] for p in self.problems[:20]]
        return table(f"Imported {self}", ["file", "line", "problem", ""], rows, "no problems")


class ExportResult(ExportReport):
    """What was written, and what the format could not hold."""

    def __str__(self) -> str:
        held = self.certificate
        return f"{held.format}: {held.samples} samples, {held.labels} labels, {size(self.bytes)} in {self.files} files"

    def _repr_html_(self) -> str:
        empty = "The format holds everything: importing it again gives the same rows."
        return table(f"Exported {self}", ["could not be held", "count"], list(self.certificate.lost.items()), empty)


class Evaluation:
    """COCO metrics of a model: ``map`` (mAP50-95), ``map50``, ``per_class``, and all else in ``result``."""

    def __init__(self, result: dict[str, Any]) -> None:
        self.result = result
        self.map: float = result["map"]
        self.map50: float = result["map50"]
        self.per_class: list[dict[str, Any]] = result.get("per_class", [])

    def __repr__(self) -> str:
        return f"Evaluation(mAP50-95 {self.map:.3f}, mAP50 {self.map50:.3f}, {len(self.per_class)} classes)"

    def _repr_html_(self) -> str:
        head = list(self.per_class[0]) if self.per_class else []
        head = [name for name in head if not isinstance(self.per_class[0][name], list)]
        return table(repr(self), head, [[row.get(name) for name in head] for row in self.per_class], "no labels to compare with")
