"""What batches of edits do to the rows, worked out in memory and written in as few statements as possible.

Several batches, each a revision of its own, come together in a :class:`Plan`. It holds the touched rows, so a batch sees
what the batches before it did; a batch that conflicts leaves no trace in it. ``apply.write`` brings a plan into the tables.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from comexp_lab.api import Edit, EditBatch, LabelIn, Receipt
from comexp_lab.errors import BadInput, Conflict, NotFound
from comexp_lab.store.fetch import labels_by_id, labels_of_samples, samples_by_id
from comexp_lab.store.geometry import enclose
from comexp_lab.store.rows import Row, label_in, label_row
from comexp_lab.store.state import State

if TYPE_CHECKING:
    import duckdb

Rows = dict[int, Row | None]
MOST_IMAGES = 20_000
_MOST = {"track": 2**63 - 1, "frame": 2**31 - 1}
GEOMETRY = {"kind", "bbox", "points", "rings", "rle"}


class Plan:
    """Collects batches with :meth:`add`, after :meth:`look` found the rows they concern.

    ``base`` is a plan that is just being written: what it says counts, whether or not the tables say so already.
    """

    def __init__(self, state: State, base: Plan | None = None) -> None:
        self.state, self.base = state, base
        self.before: Rows = {}
        self.now: Rows = {}
        self.samples: dict[int, Row] = {}
        self.gone: set[int] = set()
        self.closed: list[Row] = []
        self.tagged: list[tuple[int, int, list[str]]] = []
        self.removed: list[tuple[int, int]] = []
        self.classes: list[str] = []
        self.first_class = state.next_class
        self.next_label = state.next_label
        self.changes: list[dict[str, Any]] = []
        self.bytes = 0  # of the changes, as they are recorded

    def copy(self) -> Plan:
        """The same so far, to go on with: what then fails leaves this one as it is."""
        twin = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, dict | list | set):
                setattr(twin, name, value.copy())
        return twin

    @property
    def size(self) -> int:
        """Rows and batches."""
        return len(self.now) + len(self.changes)

    def look(self, cur: duckdb.DuckDBPyConnection, batches: list[EditBatch]) -> None:
        """Find the labels and samples that the batches concern and that are not known yet."""
        edits = [edit for batch in batches for edit in batch.edits]
        labels = {edit.label for edit in edits if edit.label is not None}
        emptied = {edit.sample for edit in edits if edit.op == "delete_sample" and edit.sample is not None}
        earlier = self.base.now if self.base else {}
        self._learn({number: row for number, row in earlier.items() if row and (number in labels or row["sample"] in emptied)})
        self._learn(labels_by_id(cur, labels - self.now.keys() - earlier.keys()))
        self._learn({number: row for number, row in labels_of_samples(cur, emptied).items() if number not in earlier})
        wanted = {edit.sample for edit in edits if edit.sample is not None}
        wanted |= {row["sample"] for number in labels if (row := self.now.get(number))}
        self._images(cur, wanted - self.samples.keys() - self.gone - (self.base.gone if self.base else set()))

    def _learn(self, found: Rows) -> None:
        fresh = {number: row for number, row in found.items() if number not in self.now}
        self.before |= fresh
        self.now |= fresh

    def _images(self, cur: duckdb.DuckDBPyConnection, wanted: set[int]) -> None:
        """Name and size of the samples concerned, mostly remembered from the edits before."""
        known = self.state.images
        if len(known) > MOST_IMAGES:
            known.clear()
        known |= samples_by_id(cur, wanted - known.keys())
        self.samples |= {number: known[number] for number in wanted & known.keys()}

    def add(self, batch: EditBatch, revision: int) -> Receipt:
        """Take a batch in as ``revision``, whole or not at all. Raises Conflict, NotFound, BadInput."""
        draft = Draft(self, revision)
        labels = [draft.take(edit) for edit in batch.edits]
        self.now |= draft.rows
        self.closed += draft.closed
        self.tagged += [(sample, revision, tags) for sample, tags in draft.tagged.items()]
        self.removed += [(sample, revision) for sample in draft.gone]
        for sample in draft.gone:
            self.samples.pop(sample)
        self.gone.update(draft.gone)
        self.classes += draft.classes
        self.next_label = draft.next_label
        return Receipt(revision=revision, labels=labels)

    def class_id(self, name: str, fresh: list[str]) -> int:
        known = self.state.classes.get(name)
        if known is not None:
            return known
        added = self.classes + fresh
        if name not in added:
            fresh.append(name)
            added = self.classes + fresh
        return self.first_class + added.index(name)

    def class_name(self, number: int, fresh: list[str]) -> str:
        if number >= self.first_class:
            return (self.classes + fresh)[number - self.first_class]
        return next(name for name, known in self.state.classes.items() if known == number)


class Draft:
    """One batch on top of a plan, dropped if an edit of it cannot be done."""

    def __init__(self, plan: Plan, revision: int) -> None:
        self.plan, self.revision = plan, revision
        self.rows: Rows = {}
        self.closed: list[Row] = []
        self.tagged: dict[int, list[str]] = {}
        self.gone: list[int] = []
        self.classes: list[str] = []
        self.next_label = plan.next_label

    def take(self, edit: Edit) -> int | None:
        """Do one edit; the id of its label. Raises Conflict, NotFound, BadInput."""
        return getattr(self, f"_{edit.op}")(edit)  # type: ignore[no-any-return]

    def _add(self, edit: Edit) -> int:
        if edit.value is None or edit.sample is None:
            raise BadInput("An edit that adds a label needs the sample and the value.")
        number = self.next_label
        self.rows[number] = self._row(edit.value, number, edit.sample, external=None)
        self.next_label += 1
        return number

    def _set(self, edit: Edit) -> int:
        number, row = self._current(edit)
        value = edit.value or self._changed(row, edit.set or {})
        fresh = self._row(value, number, row["sample"], external=row["external"])
        if edit.value is None and not GEOMETRY & set(edit.set or {}):
            fresh |= {name: row[name] for name in ("x", "y", "w", "h", "area")}
        self._close(row)
        self.rows[number] = fresh
        return number

    def _delete(self, edit: Edit) -> int:
        number, row = self._current(edit)
        self._remove(row)
        return number

    def _tag_sample(self, edit: Edit) -> None:
        if edit.tags is None:
            raise BadInput("An edit that tags a sample needs the tags.")
        self.tagged[self._sample(edit.sample)["id"]] = sorted(set(edit.tags))

    def _delete_sample(self, edit: Edit) -> None:
        sample = self._sample(edit.sample)["id"]
        for row in (self.plan.now | self.rows).values():
            if row and row["sample"] == sample:
                self._remove(row)
        self.tagged.pop(sample, None)
        self.gone.append(sample)

    def _current(self, edit: Edit) -> tuple[int, Row]:
        number = edit.label
        if number is None:
            raise BadInput(f"An edit that would {edit.op} a label needs its id.")
        row = self.rows[number] if number in self.rows else self.plan.now.get(number)
        if row is None and edit.since is not None:
            raise Conflict(f"Label {number} was deleted by somebody else: load the sample again.", label=number)
        if row is None:
            raise NotFound(f"There is no label {number}: it was deleted or never existed.", label=number)
        if edit.since is not None and row["since"] > edit.since and row["since"] != self.revision:
            raise Conflict(f"Label {number} was changed by somebody else: load the sample again.", label=number, since=row["since"])
        return number, row

    def _sample(self, number: int | None) -> Row:
        row = self.plan.samples.get(number) if number is not None and number not in self.gone else None
        if row is None:
            raise NotFound(f"There is no sample {number}: it was deleted or never existed.", sample=number)
        return row

    def _row(self, value: LabelIn, number: int, sample: int, external: int | None) -> Row:
        image = self._sample(sample)
        box, area = enclose(value, image["height"] or 1)
        if box and image["width"] and not _touches(box, image["width"], image["height"]):
            raise BadInput(
                f"A {value.kind} of {value.class_name!r} lies outside image {image['name']!r} ({image['width']} × {image['height']})."
            )
        for name, most in _MOST.items():
            if abs(getattr(value, name) or 0) > most:
                raise BadInput(f"The {name} of a {value.kind} of {value.class_name!r} is too large a number.")
        owner = self.plan.class_id(value.class_name, self.classes)
        return label_row(value, number, sample, owner, box, area, external, self.revision)

    def _changed(self, row: Row, changes: dict[str, Any]) -> LabelIn:
        value = label_in(row, self.plan.class_name(row["class"], self.classes))
        try:
            return LabelIn.model_validate(value | changes)
        except ValidationError as error:
            first = error.errors()[0]
            raise BadInput(f"The field {'.'.join(map(str, first['loc']))} of label {row['id']} cannot be set: {first['msg']}.") from None

    def _remove(self, row: Row) -> None:
        # Kept even if it was added by the same batch, so that its number is never given again.
        self.closed.append({**row, "until": self.revision})
        self.rows[row["id"]] = None

    def _close(self, row: Row) -> None:
        if row["since"] < self.revision:
            self.closed.append({**row, "until": self.revision})


def _touches(box: tuple[float, float, float, float], width: int, height: int) -> bool:
    x, y, w, h = box
    return x < width and y < height and x + w >= 0 and y + h >= 0
