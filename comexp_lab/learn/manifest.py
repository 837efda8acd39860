"""What a worker learns of a dataset: the pinned samples with the keys of their pictures, and their labels, as Arrow."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from comexp_lab.api import ViewSpec
from comexp_lab.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

    from comexp_lab.learn.pictures import Blobs, Pictures
    from comexp_lab.store import DatasetStore

SAMPLES = """
SELECT s.id, s.name, s.width, s.height, s.split, list_contains(s.tags, 'background') AS background, s.blob, b.key
FROM picked p JOIN samples_now s ON s.id = p.id JOIN blobs b ON b.id = s.blob
WHERE s.kind <> 'video' ORDER BY p.position
"""
LABELS = """
SELECT l.sample, l.class, l.kind, l.x, l.y, l.w, l.h, l.area, l.points, l.rings, l.rle, coalesce(l.crowd, false) AS crowd
FROM labels_now l JOIN picked p ON p.id = l.sample
WHERE l.state = 'accepted' ORDER BY l.sample, l.id
"""
ACCEPTED = "SELECT 1 FROM labels_now l JOIN picked p ON p.id = l.sample WHERE l.state = 'accepted' LIMIT 1"


@dataclass(frozen=True)
class Manifest:
    """Samples and labels (columns as the queries above say), and the dataset's classes in order of their ids.

    ``vault`` opens the blobs; ``keypoints[c]`` is how many keypoints class ``c`` has.
    """

    samples: pa.Table
    labels: pa.Table
    classes: list[str]
    vault: Blobs
    keypoints: list[int] = field(default_factory=list)

    def pictures(self, rows: list[int]) -> Pictures:
        from comexp_lab.learn.pictures import Pictures

        part = self.samples.take(rows) if rows else self.samples.slice(0, 0)
        return Pictures(self.vault, part["blob"].to_pylist(), part["key"].to_pylist())

    def only(self, rows: list[int]) -> Manifest:
        """The same with fewer samples."""
        import pyarrow as pa

        return replace(self, samples=self.samples.take(pa.array(rows, pa.int64())))

    def labelled(self) -> list[int]:
        """Rows of samples that say something: with an accepted label, or tagged ``background`` to say "nothing here"."""
        with_labels = set(self.labels["sample"].to_pylist())
        pairs = zip(self.samples["id"].to_pylist(), self.samples["background"].to_pylist(), strict=True)
        return [row for row, (sample, background) in enumerate(pairs) if background or sample in with_labels]


def rank(seed: int, name: str) -> bytes:
    return hashlib.blake2b(f"{seed}:{name}".encode(), digest_size=8).digest()


def split(manifest: Manifest, val_fraction: float, seed: int) -> tuple[list[int], list[int]]:
    """Rows for training and for validation.

    A sample's own split decides; if none says ``val``, a part of those without a split (of all, if each has one) is chosen by a
    seeded hash of the names, so the same pictures stay in the same part when others are added. ``test`` is left out.
    """
    names, splits = manifest.samples["name"].to_pylist(), manifest.samples["split"].to_pylist()
    rows = [row for row in manifest.labelled() if splits[row] != "test"]
    val = [row for row in rows if splits[row] == "val"]
    free = [row for row in rows if splits[row] is None] or rows
    if not val:
        count = max(1, round(len(free) * val_fraction)) if len(free) > 1 else 0
        val = sorted(sorted(free, key=lambda row: rank(seed, names[row]))[:count])
    chosen = set(val)
    train = [row for row in rows if row not in chosen]
    if not train or not val:
        raise BadInput(
            f"Training needs labelled pictures for both training and validation, but there are {len(train)} and {len(val)}: "
            "accept some labels, or tag pictures that show nothing as 'background'."
        )
    return train, val


def to_stream(table: pa.Table) -> bytes:
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def from_stream(data: bytes) -> pa.Table:
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(data)) as reader:
        return reader.read_all()


def read(cur: Any, part: str) -> pa.Table:
    """The table ``part`` ("samples" or "labels") of what a cursor has picked."""
    return cur.execute({"samples": SAMPLES, "labels": LABELS}[part]).to_arrow_table()


def pin(store: DatasetStore, view: ViewSpec, *, labelled: bool = False) -> tuple[int, str]:
    """The revision that a view means now, and the digest of the dataset at it.

    Raises NotFound, and BadInput for a bad view: an empty one, or one without accepted labels where they are needed (``labelled``).
    """
    from comexp_lab.store.revisions import digest
    from comexp_lab.store.views import revision_of

    with store.reading(view) as cur:
        found = revision_of(cur, view.at)
        revision = store.revision if found is None else found
        if not cur.execute("SELECT 1 FROM picked LIMIT 1").fetchone():
            raise BadInput("No samples are in this view: add pictures, or choose another view.")
        if labelled and not cur.execute(ACCEPTED).fetchone():
            raise BadInput("No accepted labels are in this view: draw some, or accept suggestions with ds.review('accepted').")
    with store.reading(ViewSpec.model_validate({"at": revision, "limit": 0})) as cur:
        return revision, digest(cur)
