"""Results with a face: what an import took, what an export holds, how good a model is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from pydantic import BaseModel, PrivateAttr

from comexp_lab.api import ExportReport, ImportReport, ScrubReport, Stats
from comexp_lab.client.show import counted, of_dataset, size, table

if TYPE_CHECKING:
    import pyarrow as pa


class StatsResult(Stats):
    """What is in a dataset, counted."""

    def histogram(self, title: str) -> str:
        """The classes with most labels, as bars."""
        rows = sorted(self.by_class.items(), key=lambda item: -item[1])[:12]
        most = max((count for _, count in rows), default=1)
        bars = [[name, count, "█" * max(1, round(20 * count / most))] for name, count in rows]
        return table(title, ["class", "labels", ""], bars, "No labels yet: ds.add(…) or ds.annotate()")

    def _repr_html_(self) -> str:
        title = f"{self.samples} samples ({self.unlabelled} without labels), {self.labels} labels, {size(self.bytes)}"
        groups = [("state", self.by_state), ("source", self.by_source), ("kind", self.by_kind), ("split", self.by_split)]
        rows = [[what, name, count] for what, counts in groups for name, count in counts.items()]
        return self.histogram(title) + table("", ["", "", "count"], rows)


def past_stats(sql: Callable[[str], pa.Table]) -> StatsResult:
    """The same of an earlier revision, by questions to it."""

    def counts(column: str, source: str) -> dict[str, int]:
        rows = sql(f"SELECT coalesce(\"{column}\", 'none') AS name, count(*) AS n FROM {source} GROUP BY 1 ORDER BY 1").to_pylist()
        return {row["name"]: row["n"] for row in rows}

    whole = sql("SELECT count(*) AS samples, coalesce(sum(bytes), 0)::BIGINT AS bytes FROM samples").to_pylist()[0]
    labels = sql("SELECT count(*) AS labels, count(DISTINCT sample) AS labelled FROM labels").to_pylist()[0]
    return StatsResult(
        **whole,
        labels=labels["labels"],
        unlabelled=whole["samples"] - labels["labelled"],
        by_split=counts("split", "samples"),
        **{f"by_{what}": counts(what, "labels") for what in ("class", "kind", "state", "source")},
    )


class _OfDataset(BaseModel):
    """What a dataset's id marks when it is shown."""

    _dataset: str = PrivateAttr("")

    def of(self, dataset: str) -> Self:
        self._dataset = dataset
        return self


class ImportResult(ImportReport, _OfDataset):
    """What came in, and each problem with file and line."""

    def __str__(self) -> str:
        came = counted(self.samples, "sample"), counted(self.labels, "label"), counted(self.classes, "new class")
        said = f"{', '.join(came)} in {self.seconds:.1f} s"
        if self.duplicates:
            said += f"; {counted(self.duplicates, 'duplicate')} left out"
        return said + (f"; {counted(self.problem_count, 'problem')}" if self.problem_count else "")

    def _repr_html_(self) -> str:
        rows = [[p.file, p.line, p.what, p.severity] for p in self.problems[:20]]
        return of_dataset(self._dataset, table(f"Imported {self}", ["file", "line", "problem", ""], rows, "no problems"))


class CheckResult(ScrubReport):
    """Whether every stored file is there, whole and known."""

    def __str__(self) -> str:
        said = f"{self.files:,} stored files ({size(self.bytes)}) read"
        return said + (f": {self.fault_count} are not as they should be" if self.fault_count else ", all are whole")

    def _repr_html_(self) -> str:
        rows = [[fault.what, fault.dataset or "workspace", ", ".join(fault.samples), fault.blob[:8]] for fault in self.faults[:50]]
        return table(str(self), ["", "dataset", "samples", "file"], rows, "")


class ExportResult(ExportReport, _OfDataset):
    """What was written, and what the format could not hold."""

    def __str__(self) -> str:
        held = self.certificate
        return f"{held.format}: {held.samples} samples, {held.labels} labels, {size(self.bytes)} in {self.files} files"

    def _repr_html_(self) -> str:
        empty = "The format holds everything: importing it again gives the same rows."
        rows = list(self.certificate.lost.items())
        return of_dataset(self._dataset, table(f"Exported {self}", ["could not be held", "count"], rows, empty))


class Evaluation:
    """COCO metrics of a model: ``map`` (mAP50-95), ``map50``, ``per_class``, and all else in ``result``."""

    def __init__(self, result: dict[str, Any], dataset: str = "") -> None:
        self.result, self._dataset = result, dataset
        self.map: float = result["map"]
        self.map50: float = result["map50"]
        self.per_class: list[dict[str, Any]] = result.get("per_class", [])

    def __repr__(self) -> str:
        return f"Evaluation(mAP50-95 {self.map:.3f}, mAP50 {self.map50:.3f}, {len(self.per_class)} classes)"

    def _repr_html_(self) -> str:
        head = list(self.per_class[0]) if self.per_class else []
        head = [name for name in head if not isinstance(self.per_class[0][name], list)]
        rows = [[row.get(name) for name in head] for row in self.per_class]
        return of_dataset(self._dataset, table(repr(self), head, rows, "no labels to compare with"))
