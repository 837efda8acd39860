"""Read one COCO file into a stage: the records go to DuckDB as text, which takes them apart on all cores.

The usual file is read in ``plain`` mode: only the fields that every annotation has. Whether there was anything else is
then known from one number: a record of such fields has two quotes for each, so the quotes of the text must be twice the
fields found. If not (attributes, keypoints, run lengths, a value of a wrong type), the array is read again in full.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import accumulate, chain
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

import numpy as np

from comexp_lab.errors import BadLabels
from comexp_lab.formats import bitmaps, coco_sql
from comexp_lab.formats.json_stream import Document, Malformed, why_invalid
from comexp_lab.formats.matching import all_differ
from comexp_lab.formats.merging import SIZE, LabelSource, spot
from comexp_lab.formats.records import BadRecord
from comexp_lab.formats.rows import split_of
from comexp_lab.formats.telling import tell
from comexp_lab.media.run_lengths import pack_all
from comexp_lab.store.database import use_all_cores

if TYPE_CHECKING:
    import pyarrow as pa

    from comexp_lab.formats.base import FileTree
    from comexp_lab.formats.staging import TableStage

ARRAYS = {"images", "categories", "annotations"}
DEEPEST = 100
MOST_LISTED = 20_000
MUCH = 8 << 20  # bytes that all cores work on
LARGE = 1 << 30  # bytes: below it the number of a record has at most 32 bits
KEPT = 1 << 20  # bytes of info, licenses and the like that are kept
_NAMED = re.compile(rb'"(\w+)"\s*:')
_OUTLINE = re.compile(rb'"segmentation"\s*:\s*\[\s*\[')


def read_file(tree: FileTree, name: str, stage: TableStage, number: int) -> None:
    """Stage all records of one file; ``number`` tells the files of one import apart. BadLabels if it is hopeless."""
    _File(tree, name, stage, number).read()


class _Retry(Exception):
    """A guess was wrong: walk again, exactly or in full."""


@dataclass
class _Stream:
    """One array on its way to DuckDB; afterwards: how many quotes it had, and why it stopped if it did."""

    document: Document
    quotes: int = 0
    pieces: int = 0
    failure: Malformed | None = None
    first: bytes = b""

    def __post_init__(self) -> None:
        self.rest = self._safely(self.document.records())
        self.first = next(self.rest, b"")

    def reader(self) -> pa.RecordBatchReader:
        import pyarrow as pa

        schema = pa.schema([("piece", pa.int64()), ("text", pa.string())])
        return pa.RecordBatchReader.from_batches(schema, self._batches(schema))

    def _batches(self, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        for piece in chain([self.first] if self.first else [], self.rest):
            self.quotes += int(np.count_nonzero(np.frombuffer(piece, np.uint8) == 34))
            text = b"[" + piece + b"]"
            ends = pa.py_buffer(np.array([0, len(text)], np.int32))
            yield pa.record_batch([pa.array([self.pieces]), pa.StringArray.from_buffers(1, ends, pa.py_buffer(text))], schema=schema)
            self.pieces += 1

    def _safely(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """An error ends the stream and is kept: one inside DuckDB's scan would end the transaction."""
        try:
            yield from (piece for piece in pieces if piece.strip())
        except Malformed as error:
            self.failure = error


@dataclass
class _File:
    tree: FileTree
    name: str
    stage: TableStage
    number: int
    exact: bool = False
    full: bool = False
    rings: bool = False
    before: list[int] = field(default_factory=list)
    todo: set[str] = field(default_factory=lambda: set(ARRAYS))
    about: dict[str, Any] = field(default_factory=dict)

    def read(self) -> None:
        if self.tree.size(self.name) > MUCH:
            use_all_cores(self.stage.cur)
        self._run(f"CREATE OR REPLACE TEMP TABLE {self._table('categories')}(external BIGINT, name VARCHAR)")
        self.seen: set[str] = set()
        while not self._complete():
            continue
        if "annotations" in self.seen:
            self.stage.sources.append(LabelSource(self._table("annotations"), self._source))
        if self.about:
            self.stage.facts.setdefault("coco", json.dumps(self.about))

    def _complete(self) -> bool:
        """Walk once; whether the walk came to the end and nothing is left to do."""
        try:
            self._walk()
        except _Retry:
            return False
        except Malformed as error:
            self._give_up(error)
            return False
        if "images" not in self.seen:
            raise BadLabels(f"{self.name} is not COCO: it has no list of images.")
        self.todo &= self.seen
        return not self.todo

    def _walk(self) -> None:
        """Take the arrays still to do; annotations only after the images, as they are sorted by them."""
        with self.tree.open(self.name) as file:
            document = Document(file, self.exact)
            for key in document.members():
                self.seen.add(key)
                if key in self.todo and (key != "annotations" or "images" not in self.todo):
                    if not document.is_array():
                        raise BadLabels(f"{self.name} is not COCO: {key!r} is not a list.")
                    getattr(self, f"_{key}")(_Stream(document))
                    self.todo.remove(key)
                elif key not in ARRAYS:
                    self._keep(key, document)

    def _keep(self, key: str, document: Document) -> None:
        if document.is_array() and document.offset > KEPT:
            return document.skip()
        value = document.value()
        if len(value) <= KEPT:
            try:
                self.about[key] = json.loads(value)
            except (ValueError, RecursionError):
                raise Malformed(f"the value of {key!r} is not JSON", document.offset - len(value)) from None
        return None

    def _give_up(self, error: Malformed) -> None:
        """Walk again exactly; if that was done already, the file is hopeless."""
        if self.exact:
            raise BadLabels(f"{self.name} is not a complete JSON file: {error}.") from None
        self.exact = True

    # ---- the three arrays -----------------------------------------------------------------------------------------------
    def _images(self, stream: _Stream) -> None:
        full = self.full or self._unknown(stream, coco_sql.IMAGE)
        table, counts = self._take("images", stream, coco_sql.images(full), "external", "name", "name", "width", "height")
        if not full and stream.quotes != 2 * sum(counts):
            self.full = True
            raise _Retry
        self._unique(table, "an image")
        if full:
            self._drop_deep(table, "meta", "an image")
        self.stage.cur.execute(
            f"""INSERT INTO stage_samples BY NAME SELECT ($number::BIGINT << 44) + record AS key, * EXCLUDE (record), $split AS split,
                $file AS file FROM {table}""",
            {"number": self.number, "split": _split(self.name), "file": self.name},
        )
        self._run(f"DROP TABLE temp.{table}")
        self.stage.settle()
        self.full = False

    def _categories(self, stream: _Stream) -> None:
        table, _ = self._take("categories", stream, coco_sql.categories())
        self._unique(table, "a category")
        names = [name for (name,) in self._run(f"SELECT name FROM {table} WHERE name IS NOT NULL").fetchall()]
        if len(set(names)) < len(names):
            self._tell_doubles(table)
        self._run(f"""INSERT INTO stage_classes BY NAME SELECT name, supercategory, color, keypoints, skeleton, external FROM {table}
            WHERE name <> '' ORDER BY record""")

    def _tell_doubles(self, table: str) -> None:
        tell(
            self.stage.cur,
            self.stage.report,
            f"""SELECT '{_quoted(self.name)}' AS file, NULL AS line,
            'two categories are called ' || name || '; they become one' AS what FROM {table} WHERE name <> ''
            QUALIFY row_number() OVER (PARTITION BY name ORDER BY record) > 1""",
            "changed",
        )

    def _annotations(self, stream: _Stream) -> None:
        """Sorted by image; where nothing has an outline yet, outlines are left out until one comes: they weigh most in a sort."""
        self.full = self.full or self._unknown(stream, coco_sql.PLAIN)
        self.rings = self.rings or bool(_OUTLINE.search(stream.first))
        records = coco_sql.full() if self.full else coco_sql.plain(self.rings)
        number = "UINTEGER" if self.tree.size(self.name) < LARGE else "BIGINT"  # what is sorted lies in memory twice
        named = ("sample", "external", "category", "x", "area", "crowd", "segmentation")
        unboxed = "nullif(x IS NULL AND segmentation IS NOT NULL, false)"
        with self._joining_a_stream():
            table, counts = self._take(
                "annotations",
                stream,
                f"""SELECT m.id::UINTEGER AS sample, {spot()} AS spot, r.* EXCLUDE (image) REPLACE (record::{number} AS record)
                FROM ({records}) r LEFT JOIN (SELECT external, id, width::DOUBLE AS width, height::DOUBLE AS height FROM stage_match
                    WHERE key >> 44 = {self.number}) m ON m.external = r.image
                ORDER BY m.id::UINTEGER, r.record::{number}""",
                *(() if self.full else (*named, unboxed, "nullif(segmentation, false)" if not self.rings else "NULL")),
            )
        if self.full:
            self._pack_runs(table)
            self._measure_masks(table)
            self._drop_deep(table, "attributes", "an annotation")
        else:
            self._check_plain(stream, counts)

    def _check_plain(self, stream: _Stream, counts: list[int]) -> None:
        """_Retry if there is more in the text than was taken; the last of ``counts`` are outlines without a box, and those not taken."""
        *taken, bare, outlines = counts
        if bare or stream.quotes != 2 * sum(taken):
            self.full = True
            raise _Retry
        if outlines:
            self.rings = True
            raise _Retry

    def _source(self) -> str:
        """The labels as ``merging`` takes them."""
        shape = "'box' AS kind"
        if self.full:
            shape = f"""kind, rings, points, rle, confidence, track, l.frame, source, state, attributes, CASE WHEN kind = 'mask' AND
                coalesce(rle IS NULL OR len(size) <> 2 OR {SIZE} <> {{'width': size[2], 'height': size[1]}}, false)
                THEN 'the mask has another size than the image' WHEN kind = 'mask' AND x IS NULL THEN 'the mask is damaged'
                END AS flaw"""
        elif self.rings:
            shape = "CASE WHEN len(segmentation) > 0 THEN 'polygon' ELSE 'box' END AS kind, nullif(segmentation, []) AS rings"
        return f"""SELECT l.rowid AS row, sample, {self._class()} AS class, spot, x, y, w, h, area, crowd, external, {shape},
            '{_quoted(self.name)}' AS file, NULL::BIGINT AS line,
            'annotation ' || ({coco_sql.number(self.before)}) || coalesce(' (id ' || external || ')', '') AS place
            FROM {self._table("annotations")} l"""

    def _class(self) -> str:
        """SQL: the class of a category, from a list where the categories' numbers are small: a join would hash all labels."""
        pairs = f"SELECT g.external AS category, c.id FROM {self._table('categories')} g JOIN classes c USING (name)"
        found = dict(self._run(pairs).fetchall())
        low, high = min(found, default=0), max(found, default=0)
        if high - low > MOST_LISTED:
            return f"(SELECT id FROM ({pairs}) k WHERE k.category = l.category)"
        listed = ", ".join(str(found.get(number, "NULL")) for number in range(low, high + 1))
        return f"CASE WHEN category BETWEEN {low} AND {high} THEN list_extract([{listed}]::INTEGER[], category - {low - 1}) END"

    # ---- steps ----------------------------------------------------------------------------------------------------------
    def _take(self, key: str, stream: _Stream, query: str, *counted: str) -> tuple[str, list[int]]:
        """Parse an array into a table of its own; _Retry or BadLabels if a piece is not JSON.

        Returns its name and how many values of each of the ``counted`` columns are not NULL.
        """
        table = self._table(key)
        self.stage.cur.register("stage_stream", stream.reader().__arrow_c_stream__())  # a reader itself would go through pyarrow.dataset
        try:
            self._run(f"CREATE OR REPLACE TEMP TABLE {table} AS {query}")
        finally:
            self.stage.cur.unregister("stage_stream")
        if stream.failure:
            self._give_up(stream.failure)
            raise _Retry
        listed = "".join(f", count({column})" for column in counted)
        found = self._run(
            f"SELECT record >> {coco_sql.SHIFT} AS piece, count(*){listed} FROM {table} GROUP BY piece ORDER BY piece"
        ).fetchall()
        if len(found) < stream.pieces:
            broken = min(set(range(stream.pieces)) - {piece for piece, *_ in found})
            self._give_up(self._invalid(key, broken) if self.exact else Malformed("", 0))
            raise _Retry
        self.before = [0, *accumulate(records for _, records, *_ in found)]
        return table, [sum(row[2 + place] for row in found) for place in range(len(counted))]

    @contextmanager
    def _joining_a_stream(self) -> Iterator[None]:
        """A stream looks short to DuckDB: it would be hashed whole."""
        self._run("SET GLOBAL disabled_optimizers = 'join_order,build_side_probe_side'")
        try:
            yield
        finally:
            self._run("RESET GLOBAL disabled_optimizers")

    def _invalid(self, key: str, piece: int) -> Malformed:
        """Why this piece of an array does not parse."""
        with self.tree.open(self.name) as file:
            document = Document(file, exact=True)
            for found in document.members():
                if found == key:
                    for number, text in enumerate(text for text in document.records() if text.strip()):
                        if number == piece:
                            return why_invalid(text, document.piece_offset)
        return Malformed("invalid JSON", 0)

    def _unknown(self, stream: _Stream, template: dict[str, Any]) -> bool:
        """Whether the first records have other fields than these."""
        return not {key.decode() for key in _NAMED.findall(stream.first[:4096])} <= set(template)

    def _unique(self, table: str, what: str) -> None:
        """Report and drop records without an id, and all but the first of those that share one."""
        ids = self._run(f"SELECT external FROM {table}").fetchnumpy()["external"]
        if not np.ma.is_masked(ids) and all_differ(ids):
            return
        for reason, where in (
            ("has no id that is a whole number", "external IS NULL"),
            ("has the id of another one", f"record NOT IN (SELECT min(record) FROM {table} GROUP BY external)"),
        ):
            tell(
                self.stage.cur,
                self.stage.report,
                f"""SELECT '{_quoted(self.name)}' AS file, NULL AS line,
                '{what} {reason}: ' || coalesce(external::VARCHAR, name, '?') AS what FROM {table} WHERE {where}""",
            )
            self._run(f"DELETE FROM {table} WHERE {where}")

    def _drop_deep(self, table: str, column: str, what: str) -> None:
        """Leave out further fields that are nested so deep that no JSON reader of the world takes them back."""
        brackets = f"length({column}) - length(translate({column}, '[{{', ''))"
        suspects = self._run(f"SELECT record, {column} FROM {table} WHERE {brackets} > {DEEPEST}").fetchall()
        deep = [record for record, text in suspects if _depth(text) > DEEPEST]
        if deep:
            text = f"{what} has fields nested deeper than {DEEPEST}; left out"
            self.stage.report.add(self.name, text, severity="changed", times=len(deep))
            self._run(f"UPDATE {table} SET {column} = NULL WHERE record IN (SELECT unnest($1::BIGINT[]))", [deep])

    def _pack_runs(self, table: str) -> None:
        """Masks that came as lists of runs become compressed text, as the store keeps them."""
        loose = f"""SELECT record, from_json(rle, '["BIGINT"]') AS runs FROM {table} WHERE rle LIKE '[%' AND rle LIKE '%]'"""
        found = self._run(f"SELECT * FROM ({loose}) WHERE runs IS NOT NULL AND len(runs) > 0").to_arrow_table().combine_chunks()
        if not len(found):
            return
        import pyarrow as pa

        packed = pa.table({"record": found["record"], "text": pack_all(found["runs"].chunk(0))})
        self.stage.cur.register("stage_packed", packed)
        self._run(f"UPDATE {table} SET rle = text FROM stage_packed p WHERE {table}.record = p.record")
        self.stage.cur.unregister("stage_packed")

    def _measure_masks(self, table: str) -> None:
        """The box and the area of masks that came without; a damaged mask stays without."""
        found = self._run(f"""SELECT record, rle, coalesce(size[1], {SIZE}.height) AS height, coalesce(size[2], {SIZE}.width) AS width
            FROM {table} l WHERE kind = 'mask' AND rle IS NOT NULL AND (x IS NULL OR area IS NULL)""").to_arrow_table()
        if not len(found):
            return
        import pyarrow as pa

        measured = [{"record": row.pop("record"), **_extent(**row)} for row in found.to_pylist()]
        names = ("left", "top", "wide", "high", "covered")
        schema = pa.schema([("record", pa.int64()), *((name, pa.float64()) for name in names)])
        self.stage.cur.register("stage_measured", pa.Table.from_pylist(measured, schema))
        box = ", ".join(f'{old} = CASE WHEN x IS NULL THEN "{new}" ELSE {old} END' for old, new in zip("xywh", names, strict=False))
        self._run(f"UPDATE {table} SET {box}, area = coalesce(area, covered) FROM stage_measured m WHERE {table}.record = m.record")
        self.stage.cur.unregister("stage_measured")

    def _table(self, key: str) -> str:
        return f"stage_{key}_{self.number}"

    def _run(self, query: str, values: list[Any] | None = None) -> Any:
        return self.stage.cur.execute(query, values or [])


def _extent(rle: str, height: int | None, width: int | None) -> dict[str, float]:
    """Box and area of a mask; nothing if it is damaged."""
    try:
        runs = bitmaps.unpack(rle)
    except BadRecord:
        return {}
    if not height or not width or sum(runs) != height * width:
        return {}
    x, y, w, h, area = bitmaps.extent(runs, height).values()
    return {"left": x, "top": y, "wide": w, "high": h, "covered": area}


def _quoted(text: str) -> str:
    return text.replace("'", "''")


def _split(name: str) -> str | None:
    """The split that a file name tells: ``instances_train2017.json``, ``val/_annotations.coco.json``."""
    words = re.split(r"[^A-Za-z]+", str(PurePosixPath(name).with_suffix("")))
    return next((found for word in reversed(words) if (found := split_of(word))), None)


def _depth(text: str) -> int:
    """The deepest nesting of JSON text; strings count as if they were structure, which only makes it more careful."""
    steps = [1 if c in "[{" else -1 for c in text if c in "[]{}"]
    return max(accumulate(steps), default=0)
