"""Media rows of an import: new samples, the names they get, and labels that find them under the names they came with."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comexp_lab.errors import BadInput
from comexp_lab.formats.trees import free_name

if TYPE_CHECKING:
    import pyarrow as pa

    from comexp_lab.formats.base import Report
    from comexp_lab.formats.intake import Intake, Taken
    from comexp_lab.formats.staging import TableStage
    from comexp_lab.store import Blob, DatasetStore, Writing

Row = dict[str, Any]
_SAME = "sample, class, kind, x, y, w, h, points, rings, rle, track, frame, state"
_HELD = "SELECT sha256, name FROM samples WHERE until IS NULL AND sha256 IS NOT NULL AND blob IS NOT NULL AND kind <> 'frame'"


def held_media(dataset: DatasetStore) -> dict[str, str]:
    """sha256 → sample name of the media that the dataset holds now."""
    rows = dataset.read(_HELD)
    return dict(zip(rows["sha256"].to_pylist(), rows["name"].to_pylist(), strict=True))


def stage_media(tx: Writing, stage: TableStage, intake: Intake, split: str | None) -> dict[str, str]:
    """Stage the samples of new media. Returns where the content of each file is now: name in the tree → name of the sample.

    Media that another import brought in meanwhile become repeats. A name that other content has already gets a number.
    """
    if not intake.taken and not intake.repeats:
        return {}
    held = dict(tx.cur.execute(_HELD).fetchall())
    intake.repeat_those(held.keys())
    names = {name for (name,) in tx.cur.execute("SELECT name FROM samples WHERE until IS NULL").fetchall()}
    where: dict[str, str] = {}
    rows: list[Row] = []
    for number, taken in enumerate(intake.taken, tx.next_sample):
        name = free_name(taken.given, names.__contains__)
        names.add(name)
        where[taken.given] = held[taken.blob.sha256] = name
        rows += _rows(taken, {"id": number, "name": name, "split": split, "since": tx.revision})
    if rows:
        stage.media(_table(rows))
    return where | {given: held[digest] for given, digest in intake.repeats if digest in held}


def _rows(taken: Taken, row: Row) -> list[Row]:
    """The sample's row and, if the image was turned upright, that of the file as it came, which no revision has."""
    info = taken.info
    row |= {
        "kind": info.kind, "width": info.width, "height": info.height, "orientation": info.orientation, "mime": info.mime,
        "tags": [], "fps": info.fps, "frames": info.frames, "thumb": taken.thumb.id, "until": None, **_of(taken.blob),
    }  # fmt: skip
    if taken.original is None:
        return [row]
    return [row, row | _of(taken.original) | {"since": 0, "until": 0}]


def _of(blob: Blob) -> Row:
    return {"blob": blob.id, "sha256": blob.sha256, "bytes": blob.bytes}


def _table(rows: list[Row]) -> pa.Table:
    import pyarrow as pa

    types = {"tags": pa.list_(pa.string()), "fps": pa.float64(), "frames": pa.int32(), "split": pa.string(), "until": pa.int64()}
    return pa.table({name: pa.array([row[name] for row in rows], types.get(name)) for name in rows[0]})


def _insert(tx: Writing, table: str, rows: list[Row]) -> None:
    if not rows:
        return
    tx.cur.register("incoming", _table(rows))
    try:
        tx.cur.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    finally:
        tx.cur.unregister("incoming")


def insert_blobs(tx: Writing, many: list[Taken]) -> None:
    blobs = [blob for taken in many for blob in (taken.blob, taken.thumb, taken.original) if blob is not None]
    _insert(tx, "blobs", [{"id": blob.id, "key": blob.key, "bytes": blob.bytes} for blob in blobs])


# ---- labels ---------------------------------------------------------------------------------------------------------
def rename_staged(cur: Any, where: dict[str, str]) -> None:
    """Let staged samples find media that came in under another name than the dataset gave them.

    A record means the file of this import with that very name, else the only one whose path ends alike.
    """
    import pyarrow as pa

    if all(given == name for given, name in where.items()):
        return
    cur.register("came", pa.table({"given": list(where), "name": list(where.values())}))
    cur.execute("""
        CREATE OR REPLACE TEMP TABLE stage_came AS
        WITH came AS (SELECT given, name, regexp_replace(regexp_extract(given, '[^/]*$'), '\\.[^.]*$', '') AS stem FROM came),
            staged AS (SELECT rowid AS row, replace(name, '\\', '/') AS want,
                regexp_replace(regexp_extract(replace(name, '\\', '/'), '[^/]*$'), '\\.[^.]*$', '') AS stem FROM stage_samples),
            judged AS (SELECT row, came.name, CASE WHEN want = given THEN 0
                WHEN suffix('/' || given, '/' || want) OR suffix('/' || want, '/' || given) THEN 1 ELSE 2 END AS rank
                FROM staged JOIN came USING (stem))
        SELECT row, min(name) AS name FROM (FROM judged QUALIFY rank = min(rank) OVER (PARTITION BY row))
        GROUP BY row HAVING count(DISTINCT name) = 1""")
    cur.execute("UPDATE stage_samples SET name = c.name FROM stage_came c WHERE stage_samples.rowid = c.row")
    cur.execute("DROP TABLE temp.stage_came")
    cur.unregister("came")


def forget_repeated_labels(tx: Writing, repeated: set[str], report: Report) -> int:
    """Remove new labels that say exactly what a label of the same older, or repeated, sample says already; how many."""
    tx.cur.execute(
        """CREATE OR REPLACE TEMP TABLE met_again AS SELECT DISTINCT id FROM samples
        WHERE until IS NULL AND (since < $1 OR name IN (SELECT unnest($2::VARCHAR[])))""",
        [tx.revision, list(repeated)],
    )
    tx.cur.execute(
        f"""DELETE FROM labels WHERE since = $1 AND id IN (SELECT id FROM labels WHERE sample IN (FROM met_again)
            QUALIFY row_number() OVER (PARTITION BY {_SAME} ORDER BY id) > 1)""",
        [tx.revision],
    )
    removed = int((tx.cur.fetchone() or [0])[0])
    tx.cur.execute("DROP TABLE temp.met_again")
    if removed:
        report.add("labels", f"{removed:,} labels were there already and were not added again", severity="note")
    return removed


# ---- frames of videos -----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Video:
    id: int
    name: str
    split: str | None
    fps: float | None
    frames: int
    taken: frozenset[int]

    def frame_name(self, index: int) -> str:
        return f"{posixpath.splitext(self.name)[0]}/frame_{index:06d}.jpg"


def video_of(dataset: DatasetStore, sample: int) -> Video:
    """The video with this sample id, and which of its frames are samples already. BadInput if it is none."""
    rows = dataset.read("SELECT id, name, split, fps, frames, kind FROM samples WHERE until IS NULL AND id = ?", [sample]).to_pylist()
    if not rows or rows[0].pop("kind") != "video":
        raise BadInput(f"Sample {sample} is not a video: frames come from videos only.")
    taken = dataset.read("SELECT frame FROM samples WHERE until IS NULL AND video = ?", [sample])["frame"].to_pylist()
    return Video(**(rows[0] | {"frames": rows[0]["frames"] or 0}), taken=frozenset(taken))


def add_frames(dataset: DatasetStore, video: Video, frames: list[tuple[int, Taken]]) -> int:
    if not frames:
        return 0
    with dataset.writing(f"frames of video {video.id}") as tx:
        rows = []
        for number, (index, taken) in enumerate(frames, tx.next_sample):
            row = {"id": number, "name": taken.given, "split": video.split, "since": tx.revision}
            rows += [new | {"kind": "frame", "video": video.id, "frame": index, "fps": video.fps} for new in _rows(taken, row)]
        _insert(tx, "samples", rows)
        insert_blobs(tx, [taken for _, taken in frames])
    return len(frames)
