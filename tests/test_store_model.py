"""The dataset store against a plain model in memory: whatever is done in whatever order, both say the same."""

from __future__ import annotations

import shutil
import tempfile
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from comexp_lab.api import Edit, EditBatch, ReviewIn, UndoIn
from comexp_lab.errors import BadInput, Conflict, NotFound
from tests.store_rig import add, add_samples, box, open_workspace, state_of

CLASSES = st.sampled_from(["dog", "cat", "épée 'q' \"z\""])
NUMBERS = st.floats(0, 400, allow_nan=False, width=32)
BOXES = st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
SAMPLES = 4


class Model:
    """Labels and tags as dictionaries; the past as copies."""

    def __init__(self) -> None:
        self.labels: dict[int, tuple] = {}
        self.tags: dict[int, list[str]] = {}
        self.past: dict[int, tuple[dict, dict]] = {}
        self.next_label = 1

    def done(self, revision: int) -> None:
        self.past[revision] = (deepcopy(self.labels), deepcopy(self.tags))


class Store(RuleBasedStateMachine):
    revisions = Bundle("revisions")

    @initialize()
    def start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cx-model-"))
        self.ws = open_workspace(self.folder)
        self.ds = self.ws.create_dataset("d")
        self.model = Model()
        self.model.tags = {number: [] for number in add_samples(self.ds, SAMPLES)}
        self.model.done(1)
        self.before: dict[EditBatch, tuple] = {}
        self.sent: list[tuple[EditBatch, list]] = []

    def teardown(self) -> None:
        self.ws.close()
        shutil.rmtree(self.folder)

    def note(self, receipt) -> int:
        assert receipt.revision == max(self.model.past) + 1
        self.model.done(receipt.revision)
        return receipt.revision

    @rule(target=revisions, data=st.data(), count=st.integers(1, 4))
    def edit(self, data, count) -> int:
        edits, model = [], deepcopy(self.model)
        for _ in range(count):
            kinds = ["add"] + (["set", "delete"] if model.labels else []) + ["tag"]
            edits.append(self.draw_edit(data, data.draw(st.sampled_from(kinds)), model))
        if None in edits:
            edits = [each for each in edits if each]
        if not edits:
            edits = [Edit(op="tag_sample", sample=min(model.tags), tags=["only"])]
            model.tags[min(model.tags)] = ["only"]
        batch = EditBatch(edits=edits)
        receipt = self.ds.edit(batch)
        self.sent.append((batch, receipt.labels))
        self.model = model
        return self.note(receipt)

    def draw_edit(self, data, kind: str, model: Model) -> Edit | None:
        if kind == "add" or kind == "tag":
            if not model.tags:
                return None
            sample = data.draw(st.sampled_from(sorted(model.tags)))
        if kind == "add":
            name, at = data.draw(CLASSES), data.draw(BOXES)
            state = data.draw(st.sampled_from(["accepted", "suggested"]))
            model.labels[model.next_label] = (sample, name, at, state)
            model.next_label += 1
            return add(sample, name, at, state=state, confidence=0.5)
        if kind == "tag":
            fresh = sorted(data.draw(st.sets(st.sampled_from("abc"))))
            model.tags[sample] = fresh
            return Edit(op="tag_sample", sample=sample, tags=fresh)
        number = data.draw(st.sampled_from(sorted(model.labels)))
        if kind == "delete":
            del model.labels[number]
            return Edit(op="delete", label=number)
        sample, name, at, state = model.labels[number]
        name, at = data.draw(st.one_of(st.just((name, data.draw(BOXES))), st.just((data.draw(CLASSES), at))))
        model.labels[number] = (sample, name, at, state)
        return Edit(op="set", label=number, set={"class_name": name, "bbox": at})

    @rule(target=revisions, data=st.data())
    def delete_sample(self, data) -> int:
        if len(self.model.tags) < 2:
            return max(self.model.past)
        sample = data.draw(st.sampled_from(sorted(self.model.tags)))
        receipt = self.ds.edit(EditBatch(edits=[Edit(op="delete_sample", sample=sample)]))
        del self.model.tags[sample]
        self.model.labels = {k: v for k, v in self.model.labels.items() if v[0] != sample}
        return self.note(receipt)

    @rule(target=revisions)
    def undo(self) -> int:
        newest = max(self.model.past)
        if newest == 1:
            return newest
        receipt = self.ds.undo(UndoIn())
        former = self.model.past[newest - 1]
        self.model.labels, self.model.tags = deepcopy(former[0]), deepcopy(former[1])
        return self.note(receipt)

    @rule(revision=revisions)
    def undo_older(self, revision) -> None:
        """An older revision is taken back only where nothing it touched was changed later."""
        if revision == 1:
            return
        (old_labels, old_tags), (new_labels, new_tags) = self.model.past[revision - 1], self.model.past[revision]
        touched = {k for k in old_labels.keys() | new_labels.keys() if old_labels.get(k) != new_labels.get(k)}
        moved = {k for k in old_tags.keys() | new_tags.keys() if old_tags.get(k) != new_tags.get(k)}
        try:
            receipt = self.ds.undo(UndoIn(revision=revision))
        except Conflict:
            return
        for number in touched:
            assert self.model.labels.get(number) == new_labels.get(number)
            self.model.labels.pop(number, None)
            if number in old_labels:
                self.model.labels[number] = old_labels[number]
        for number in moved:
            assert self.model.tags.get(number) == new_tags.get(number)
            self.model.tags.pop(number, None)
            if number in old_tags:
                self.model.tags[number] = old_tags[number]
        self.note(receipt)

    @rule(state=st.sampled_from(["accepted", "rejected"]))
    def review(self, state) -> None:
        before = self.ds.revision
        receipt = self.ds.review(ReviewIn(state=state, min_confidence=0.2))
        waiting = {number: label for number, label in self.model.labels.items() if label[3] == "suggested"}
        for number, (sample, name, at, _) in waiting.items():
            self.model.labels[number] = (sample, name, at, state)
        if waiting:
            self.note(receipt)
        else:
            assert receipt.revision == before == self.ds.revision

    @rule()
    def bad_batch_changes_nothing(self) -> None:
        sample = min(self.model.tags, default=1)
        with pytest.raises((NotFound, BadInput)):
            self.ds.edit(EditBatch(edits=[add(sample), Edit(op="delete", label=10**6)]))

    @rule(data=st.data())
    def repeat(self, data) -> None:
        if not self.sent:
            return
        batch, ids = data.draw(st.sampled_from(self.sent))
        again = self.ds.edit(batch)
        assert again.repeated and again.labels == ids

    @rule()
    def close_and_open(self) -> None:
        self.ds.close()

    @rule()
    def restart(self) -> None:
        self.ws.close()
        self.ws = open_workspace(self.folder)
        self.ds = self.ws.dataset("d", "store")
        assert not self.ws.notices

    @rule()
    def checkpoint(self) -> None:
        self.ds.tidy(0, 1e9)

    @rule(revision=revisions)
    def past(self, revision) -> None:
        then = self.model.past[revision]
        assert state_of(self.ds, revision) == then

    @invariant()
    def same(self) -> None:
        if hasattr(self, "ds"):
            assert state_of(self.ds) == (self.model.labels, self.model.tags)
            assert self.ds.revision == max(self.model.past)


TestStore = Store.TestCase
TestStore.settings = settings(
    max_examples=8, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)


def test_geometry_survives(tmp_path) -> None:
    """Every kind of label comes back as it was given, with its enclosing box and area."""
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d")
        sample = add_samples(ds, 1)[0]
        given = [
            box(bbox=(1.25, 2.5, 3, 4), attributes={"a": [1, None, "é"]}, track=7, frame=3, confidence=0.5),
            box("dog", None, kind="polygon", rings=[[0, 0, 10, 0, 10, 10, 0, 10], [20, 20, 30, 20, 20, 30]]),
            box("dog", None, kind="rotated", points=[100, 100, 20, 10, 0.0]),
            box("dog", None, kind="keypoints", points=[5, 6, 2, 0, 0, 0, 15, 26, 1]),
            box("dog", None, kind="tag"),
            box("dog", None, kind="mask", rle="52203"),
        ]
        receipt = ds.edit(EditBatch(edits=[Edit(op="add", sample=sample, value=value) for value in given]))
        stored = {label.id: label for label in ds.sample(sample).labels}
        for number, value in zip(receipt.labels, given, strict=True):
            said = stored[number].model_dump(exclude={"id", "sample", "area", "since"})
            wanted = value.model_dump()
            wanted["bbox"] = wanted["bbox"] or said["bbox"]
            assert said == wanted
        boxes = [stored[number].bbox for number in receipt.labels]
        areas = [stored[number].area for number in receipt.labels]
        assert boxes[1] == (0, 0, 30, 30) and areas[1] == 150
        assert boxes[2] == (90, 95, 20, 10) and areas[2] == 200
        assert boxes[3] == (5, 6, 10, 20)
        assert boxes[4] is None and areas[4] is None


def test_undo_never_takes_later_work_with_it(tmp_path) -> None:
    """What was changed after a revision stands in the way of taking it back; what was not is free."""
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d")
        add_samples(ds, 3)
        first = ds.edit(EditBatch(edits=[add(1), add(2), add(3)])).revision
        moved = ds.edit(EditBatch(edits=[Edit(op="set", label=1, set={"bbox": (9, 9, 9, 9)})])).revision
        tagged = ds.edit(EditBatch(edits=[Edit(op="tag_sample", sample=3, tags=["a"])])).revision
        deleted = ds.edit(EditBatch(edits=[Edit(op="delete", label=2)])).revision
        gone = ds.edit(EditBatch(edits=[Edit(op="delete_sample", sample=3)])).revision
        for revision, what in ((first, "label"), (tagged, "sample")):
            with pytest.raises(Conflict, match=f"{what} .* was changed after it"):
                ds.undo(UndoIn(revision=revision))
        with pytest.raises(NotFound):
            ds.undo(UndoIn(revision=99))
        ds.undo(UndoIn(revision=moved))
        ds.undo(UndoIn(revision=deleted))
        assert state_of(ds)[0] == {1: (1, "dog", (1, 2, 3, 4), "accepted"), 2: (2, "dog", (1, 2, 3, 4), "accepted")}
        with pytest.raises(Conflict):
            ds.undo(UndoIn(revision=moved))
        ds.undo(UndoIn(revision=gone))
        assert state_of(ds)[1] == {1: [], 2: [], 3: ["a"]} and len(state_of(ds)[0]) == 3
        with pytest.raises(Conflict):
            ds.undo(UndoIn(revision=tagged))  # deleted and brought back is changed twice
        assert ds.revision == gone + 3


def test_a_label_cannot_come_back_without_its_sample(tmp_path) -> None:
    with open_workspace(tmp_path) as ws:
        ds = ws.create_dataset("d")
        add_samples(ds, 2)
        ds.edit(EditBatch(edits=[add(1)]))
        deleted = ds.edit(EditBatch(edits=[Edit(op="delete", label=1)])).revision
        ds.edit(EditBatch(edits=[Edit(op="delete_sample", sample=1)]))
        with pytest.raises(Conflict):
            ds.undo(UndoIn(revision=deleted))
        add_samples(ds, 1)  # the name is taken by another sample now
        with pytest.raises(Conflict):
            ds.undo(UndoIn(revision=ds.revision - 1))
