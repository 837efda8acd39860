"""Write COCO: DuckDB makes one JSON text per row, which goes to the file as it lies in memory."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO

from comexp_lab.formats.outgoing import splits, write_media
from comexp_lab.store.classes import ERASED

if TYPE_CHECKING:
    from comexp_lab.formats.base import Sink, Source

_BATCH = 50_000


def write(source: Source, sink: Sink) -> dict[str, int]:
    """One ``annotations/instances_<split>.json`` for each split, media in ``images/``; what got lost, with counts."""
    for split in splits(source) or [None]:
        with sink.open(f"annotations/instances_{split or 'default'}.json") as file:
            _File(source.cur, split, file).write()
    names = source.cur.execute("SELECT id, name FROM picked JOIN samples_now USING (id)").fetchall()
    write_media(source, sink, {sample: f"images/{name}" for sample, name in names})
    return _lost(source.cur)


def _lost(cur: Any) -> dict[str, int]:
    tags, videos = cur.execute("""SELECT (SELECT count(*) FROM labels_now WHERE kind = 'tag' AND sample IN (SELECT id FROM picked)),
        (SELECT count(*) FROM picked JOIN samples_now USING (id) WHERE kind <> 'image')""").fetchone()
    return {name: count for name, count in Counter({"tag labels": tags, "links of frames to videos": videos}).items() if count}


@dataclass
class _File:
    cur: Any
    split: str | None
    file: BinaryIO

    def write(self) -> None:
        where = f"split = '{self.split}'" if self.split else "split IS NULL"
        self.cur.execute(f"""CREATE OR REPLACE TEMP VIEW out_samples AS SELECT s.*, position FROM picked JOIN samples_now s USING (id)
            WHERE {where}""")
        self.image = "external" if self._numbered("out_samples") else "id"
        kinds = self.cur.execute("""SELECT count(rings) > 0, count(points) > 0, count(rle) > 0,
            bool_or(coalesce(confidence::VARCHAR, track::VARCHAR, frame::VARCHAR, attributes) IS NOT NULL
            OR source NOT IN ('import', 'human') OR state <> 'accepted') FROM labels_now""").fetchone()
        self._head()
        self._rows("images", _image(self.image))
        self.file.write(b', "annotations": [')
        self._rows("annotations", self._annotations(*kinds))
        self.file.write(b', "categories": ' + json.dumps(self._categories(), ensure_ascii=False).encode() + b"}\n")

    def _head(self) -> None:
        row = self.cur.execute("SELECT value FROM meta WHERE key = 'coco'").fetchone()
        about = json.loads(row[0]) if row else {}
        text = "".join(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}, " for key, value in about.items())
        self.file.write(b"{" + text.encode() + b'"images": [')

    def _rows(self, what: str, query: str) -> None:
        """Each row's text begins with its separator; the first row's is cut off."""
        import pyarrow as pa

        fresh = 2
        for batch in self.cur.execute(query).to_arrow_reader(_BATCH):
            column = batch.column(0).cast(pa.large_string())
            ends = memoryview(column.buffers()[1]).cast("q")
            start, end = ends[column.offset], ends[column.offset + len(column)]
            self.file.write(memoryview(column.buffers()[2])[start + fresh : end])
            fresh = 0
        self.file.write(b"]")

    def _numbered(self, table: str) -> bool:
        """Whether the numbers of the file that the rows came from can be used again."""
        return bool(self.cur.execute(f"SELECT count(*) = count(DISTINCT external) FROM {table}").fetchone()[0])

    def _categories(self) -> list[dict[str, Any]]:
        shown = f"FROM classes WHERE NOT ({ERASED}) ORDER BY id"
        rows = self.cur.execute(f"SELECT id, name, supercategory, color, keypoints, skeleton, external {shown}").fetchall()
        made = []
        for id_, name, supercategory, color, keypoints, skeleton, external in rows:
            entry = {"id": external if self._class_ids() == "external" else id_ + 1, "name": name, "supercategory": supercategory or ""}
            if keypoints:
                pairs = skeleton or []
                entry |= {"keypoints": keypoints, "skeleton": [list(pair) for pair in zip(pairs[::2], pairs[1::2], strict=False)]}
            made.append(entry | ({"color": color} if color else {}))
        return made

    def _class_ids(self) -> str:
        return "external" if self._numbered("classes") else "id + 1"

    def _annotations(self, rings: bool, points: bool, masks: bool, extras: bool) -> str:
        table = f"""SELECT l.* EXCLUDE (class), c.category, s.{self.image} AS image, s.position, s.width, s.height
            FROM labels_now l JOIN out_samples s ON s.id = l.sample
            JOIN (SELECT id, {self._class_ids()} AS category FROM classes) c ON c.id = l.class WHERE l.kind <> 'tag'"""
        number = "external" if self._numbered(f"({table})") else "id"
        return f"""SELECT concat(', {{"id": ', {number}, ', "image_id": ', image, ', "category_id": ', category,
            ', "bbox": [', x, ', ', y, ', ', w, ', ', h, '], "area": ', coalesce(area, w * h), ', "iscrowd": ', crowd::INTEGER,
            ', "segmentation": ', {_segmentation(rings, points, masks)}{_points() if points else ""}{_extras() if extras else ""}, '}}')
            FROM ({table} ORDER BY position, l.id)"""


def _image(number: str) -> str:
    known = '{"id":null,"file_name":null,"width":null,"height":null,"tags":null}'
    more = f"""CASE WHEN json_valid(meta) AND json_type(meta) = 'OBJECT' AND meta <> '{{}}'
        THEN nullif(', ' || (json_merge_patch(meta, '{known}')::VARCHAR)[2:-2], ', ') END"""
    return f"""SELECT concat(', {{"id": ', {number}, ', "file_name": ', to_json(name), ', "width": ' || nullif(width, 0),
        ', "height": ' || nullif(height, 0), CASE WHEN len(tags) > 0 THEN ', "tags": ' || to_json(tags) END, {more}, '}}')
        FROM out_samples ORDER BY position"""


def _segmentation(rings: bool, points: bool, masks: bool) -> str:
    cases = []
    if masks:
        cases.append("""WHEN kind = 'mask' THEN concat('{"size": [', height, ', ', width, '], "counts": ', to_json(rle), '}')""")
    if points:
        cases.append(f"WHEN kind = 'rotated' THEN concat('[[', {_corners()}, ']]')")
    if rings:
        cases.append("WHEN rings IS NOT NULL THEN rings::VARCHAR")
    return f"CASE {' '.join(cases)} ELSE '[]' END" if cases else "'[]'"


def _corners() -> str:
    """The corners of a turned box, clockwise from its own top left."""
    parts = []
    for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        dx, dy = f"{a} * points[3] / 2", f"{b} * points[4] / 2"
        parts.append(f"points[1] + {dx} * cos(points[5]) - {dy} * sin(points[5])")
        parts.append(f"points[2] + {dx} * sin(points[5]) + {dy} * cos(points[5])")
    return ", ', ', ".join(parts)


def _points() -> str:
    return """, CASE kind WHEN 'rotated' THEN ', "rotated": ' || points::VARCHAR WHEN 'keypoints' THEN concat(', "keypoints": ',
        points::VARCHAR, ', "num_keypoints": ', len([v for v in points[3:-1:3] if v > 0])) END"""


def _extras() -> str:
    carried = """json_object('track_id', track, 'frame', frame, 'source', CASE WHEN source NOT IN ('import', 'human') THEN source END,
        'state', nullif(state, 'accepted'))"""
    return f""", ', "score": ' || confidence, ', "attributes": ' ||
        nullif(json_merge_patch(coalesce(attributes, '{{}}'), {carried})::VARCHAR, '{{}}')"""
