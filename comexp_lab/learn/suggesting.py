"""What a model found becomes labels of the dataset: one revision, written once, so that one undo takes it all back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comexp_lab.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

    from comexp_lab.store import DatasetStore

SAME = 0.95

# earlier suggestions of this model on these pictures make room for the new ones
RETIRE = """
INSERT INTO history SELECT *, $revision FROM labels
WHERE source = $source AND state = 'suggested' AND sample IN (SELECT id FROM looked)
"""
REMOVE = "DELETE FROM labels WHERE source = $source AND state = 'suggested' AND sample IN (SELECT id FROM looked)"
# what somebody has accepted or rejected already is not suggested again
FRESH = """
CREATE OR REPLACE TEMP TABLE fresh AS
SELECT f.*, c.id AS class_id FROM found f JOIN classes c ON c.name = f.class
JOIN samples s ON s.id = f.sample AND s.until IS NULL
WHERE NOT EXISTS (
    SELECT 1 FROM labels l
    WHERE l.sample = f.sample AND l.class = c.id AND l.source = $source AND l.kind = f.kind AND (
        l.kind = 'tag' OR
        greatest(0, least(l.x + l.w, f.x + f.w) - greatest(l.x, f.x)) * greatest(0, least(l.y + l.h, f.y + f.h) - greatest(l.y, f.y))
        >= $same * greatest(l.w * l.h, f.w * f.h)))
"""
INSERT = """
INSERT INTO labels (id, sample, class, kind, x, y, w, h, area, points, rings, crowd, confidence, source, state, since)
SELECT $first + row_number() OVER (ORDER BY sample, confidence DESC) - 1, sample, class_id, kind, x, y, w, h, area, points, rings,
       false, confidence, $source, $state, $revision FROM fresh
"""


class Repeated(Exception):
    """The labels of this run are there already; leaves the transaction without a trace."""


def write(store: DatasetStore, found: pa.Table, looked: list[int], run: str, model: str, state: str) -> dict[str, Any]:
    """Write the labels of a run (columns as ``predicting.as_table``) on the samples ``looked``; exactly once for each run.

    Returns labels, samples, revision and the names of new classes. Raises Restricted, Full.
    """
    message = f"Labels of run {run}"
    names = sorted(name for name in set(found["class"].to_pylist()) if name)
    old = {entry.name for entry in store.classes()}
    try:
        with store.writing(message, author=f"model:{model}") as tx:
            if tx.cur.execute("SELECT 1 FROM revisions WHERE message = ?", [message]).fetchone():
                raise Repeated
            for name in names:
                store.class_id(tx, name)
            count = insert(tx, found, looked, f"model:{model}", state)
            revision = tx.revision
    except Repeated:
        revision = store.read("SELECT revision FROM revisions WHERE message = ?", [message])["revision"][0].as_py()
        count = store.read("SELECT count(*) AS n FROM labels WHERE since = ?", [revision])["n"][0].as_py()
    return {"labels": count, "samples": len(looked), "revision": revision, "new_classes": [name for name in names if name not in old]}


def insert(tx: Any, found: pa.Table, looked: list[int], source: str, state: str) -> int:
    import pyarrow as pa

    if state not in ("suggested", "accepted"):
        raise BadInput(f"Labels of a model are suggested or accepted, not {state}.")
    tx.cur.register("found", found)
    tx.cur.register("looked", pa.table({"id": pa.array(looked, pa.int64())}))
    facts = {"source": source, "revision": tx.revision}
    tx.cur.execute(RETIRE, facts)
    tx.cur.execute(REMOVE, {"source": source})
    tx.cur.execute(FRESH, {"source": source, "same": SAME})
    tx.cur.execute(INSERT, {**facts, "first": tx.next_label, "state": state})
    count = tx.cur.execute("SELECT count(*) FROM fresh").fetchone()[0]
    tx.cur.execute("DROP TABLE fresh")
    tx.cur.unregister("found")
    tx.cur.unregister("looked")
    return int(count)
