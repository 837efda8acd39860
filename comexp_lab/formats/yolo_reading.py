"""Read YOLO label files into a stage: Python only reads the bytes, DuckDB takes the lines apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from comexp_lab.errors import BadLabels
from comexp_lab.formats.merging import LabelSource
from comexp_lab.formats.telling import tell

if TYPE_CHECKING:
    import pyarrow as pa

    from comexp_lab.formats.base import FileTree
    from comexp_lab.formats.staging import TableStage
    from comexp_lab.formats.yolo_layout import Layout

_BATCH = 500  # files
_LARGEST = 64 << 20


def read_rows(tree: FileTree, layout: Layout, stage: TableStage) -> None:
    """Stage the images and rows of all label files. BadLabels if there are none."""
    if not layout.labels:
        raise BadLabels("There are no YOLO label files here: one .txt for each image, rows of class and coordinates.")
    for file, what in layout.notes:
        stage.report.add(file, what, severity="note")
    _stage_classes(layout, stage)
    _stage_samples(layout, stage)
    _stage_lines(tree, layout, stage)
    _stage_labels(layout, stage, _task(layout, stage.cur))
    if layout.flip:
        stage.facts.setdefault("yolo", json.dumps({"flip_idx": layout.flip}))


def read_folders(folders: dict[str, tuple[str, str]], stage: TableStage) -> None:
    """Stage ``<split>/<class>/<image>`` as image tags."""
    import pyarrow as pa

    keys = pa.array(range(len(folders)), pa.int64())
    kinds = [kind for _, kind in folders.values()]
    stage.classes(pa.table({"name": sorted(set(kinds))}))
    stage.samples(pa.table({"key": keys, "name": list(folders), "split": [split for split, _ in folders.values()]}))
    stage.labels(pa.table({"sample": keys, "class": kinds, "kind": ["tag"] * len(kinds), "file": list(folders)}))


def _stage_classes(layout: Layout, stage: TableStage) -> None:
    import pyarrow as pa

    numbers = sorted(layout.names)
    stage.classes(pa.table({
        "name": [layout.names[n] for n in numbers], "external": pa.array(numbers, pa.int64()),
        "keypoints": pa.array([layout.joints.get(n) for n in numbers], pa.list_(pa.string())),
    }))  # fmt: skip


def _stage_samples(layout: Layout, stage: TableStage) -> None:
    """All images that have a label file, then those that have none (background); their keys begin with the label files'."""
    import pyarrow as pa

    pairs = [(layout.image_of(label), label) for label in layout.labels]
    named = {image for image, _ in pairs}
    pairs += [(image, "") for image in layout.images.values() if image not in named]
    splits = [layout.split_of(image) for image, _ in pairs]
    stage.samples(pa.table({
        "key": pa.array(range(len(pairs)), pa.int64()), "name": [image for image, _ in pairs], "split": pa.array(splits, pa.string()),
        "file": pa.array([label or None for _, label in pairs], pa.string()),
    }))  # fmt: skip
    stage.settle()
    stage.cur.execute("""CREATE OR REPLACE TEMP TABLE stage_sizes AS
        SELECT m.key, any_value(s.width) AS width, any_value(s.height) AS height
        FROM stage_match m JOIN stage_known s ON s.id = m.id AND s.until IS NULL WHERE NOT m.created AND s.width > 0 AND s.height > 0
        GROUP BY m.key""")
    unknown = "key NOT IN (SELECT key FROM stage_sizes)"
    tell(
        stage.cur,
        stage.report,
        f"""SELECT file, NULL AS line, 'image not found: ' || name || '; its size is needed to read fractions'
        AS what FROM stage_samples WHERE {unknown} AND file IS NOT NULL""",
    )
    stage.cur.execute(f"DELETE FROM stage_samples WHERE {unknown}")
    stage.cur.execute(f"DELETE FROM stage_match WHERE {unknown}")


def _stage_lines(tree: FileTree, layout: Layout, stage: TableStage) -> None:
    """``stage_lines``: key (of the sample), file, line, n words and the numbers v of every line that is not blank."""
    import pyarrow as pa

    schema = pa.schema([("key", pa.int64()), ("file", pa.string()), ("text", pa.string())])
    stage.cur.register("stage_stream", pa.RecordBatchReader.from_batches(schema, _batches(tree, layout, schema)))
    try:
        stage.cur.execute("""CREATE OR REPLACE TEMP TABLE stage_lines AS
            WITH lines AS (SELECT key, file, text IS NULL AS broken, string_split(coalesce(text, '?'), chr(10)) AS lines FROM stage_stream),
                rows AS (SELECT key, file, broken, generate_subscripts(lines, 1) AS line, trim(unnest(lines), ' ' || chr(9)) AS text
                    FROM lines),
                words AS (SELECT *, CASE WHEN contains(text, '  ') OR contains(text, chr(9))
                    THEN regexp_split_to_array(text, '[ \\t]+')
                    ELSE string_split(text, ' ') END AS words FROM rows WHERE text <> '')
            SELECT * EXCLUDE (words), len(words) AS n, TRY_CAST(words AS DOUBLE[]) AS v FROM words""")
    finally:
        stage.cur.unregister("stage_stream")


def _batches(tree: FileTree, layout: Layout, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Without threads: opening small files holds Python's lock anyway."""
    import pyarrow as pa

    for start in range(0, len(layout.labels), _BATCH):
        names = layout.labels[start : start + _BATCH]
        keys = pa.array(range(start, start + len(names)), pa.int64())
        yield pa.record_batch([keys, pa.array(names), pa.array([_text(tree, name) for name in names], pa.string())], schema=schema)


def _text(tree: FileTree, name: str) -> str | None:
    """The text of a label file with plain line ends; None if it is too large or not text."""
    if tree.size(name) > _LARGEST:
        return None
    try:
        return tree.read(name).decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError:
        return None


def _task(layout: Layout, cur: Any) -> str:
    """What the rows are, if ``data.yaml`` does not say. Nine fields in every row are corners of turned boxes if most are rectangles."""
    if layout.task:
        return layout.task
    if layout.keypoints:
        return "pose"
    least, most = cur.execute("SELECT coalesce(min(n), 0), coalesce(max(n), 0) FROM stage_lines").fetchone()
    if least == most == 9:
        square = cur.execute(f"""SELECT avg(({_SKEW} < 0.02)::DOUBLE) FROM (SELECT v, width, height FROM stage_lines
            JOIN stage_sizes USING (key) LIMIT 10000)""").fetchone()[0]
        return "obb" if square is not None and square > 0.5 else "segment"
    return "segment" if most > 6 else "detect"


# the diagonals of a rectangle have one middle and one length: how far they are from it, relative to the length
_PX = [f"v[{i}] * {'width' if i % 2 == 0 else 'height'}" for i in range(2, 10)]
_D1 = f"sqrt(pow({_PX[4]} - {_PX[0]}, 2) + pow({_PX[5]} - {_PX[1]}, 2))"
_D2 = f"sqrt(pow({_PX[6]} - {_PX[2]}, 2) + pow({_PX[7]} - {_PX[3]}, 2))"
_SKEW = f"""greatest(abs({_D1} - {_D2}), abs({_PX[0]} + {_PX[4]} - {_PX[2]} - {_PX[6]}), abs({_PX[1]} + {_PX[5]} - {_PX[3]} - {_PX[7]}))
    / nullif(greatest({_D1}, {_D2}), 0)"""


def _fault(task: str, keypoints: tuple[int, int] | None) -> str:
    """SQL: why a line cannot be taken, or NULL."""
    need = {"detect": "n NOT IN (5, 6)", "segment": "n <> 5 AND (n < 7 OR n % 2 = 0)", "obb": "n <> 9"}
    count, size = keypoints or (0, 0)
    wrong = need.get(task, f"n <> {5 + count * size}")
    wants = {"detect": "5", "segment": "a class and at least three points", "obb": "9"}.get(task, str(5 + count * size))
    return f"""CASE WHEN broken THEN 'the file is not text in UTF-8, or larger than 64 MB'
        WHEN v IS NULL OR list_aggregate(v, 'count') < n THEN 'not a number in: ' || left(text, 60)
        WHEN NOT isfinite(list_sum(v)) THEN 'NaN or infinite in: ' || left(text, 60)
        WHEN {wrong} THEN 'a row of ' || n || ' values; {task} needs {wants}'
        WHEN v[1] < 0 OR v[1] <> floor(v[1]) THEN 'the class is not a whole number: ' || v[1]
        {"WHEN n = 6 AND (v[6] < 0 OR v[6] > 1) THEN 'the confidence is not between 0 and 1'" if task == "detect" else ""}
    END"""


def _stage_labels(layout: Layout, stage: TableStage, task: str) -> None:
    import pyarrow as pa

    names = {"number": pa.array(list(layout.names), pa.int64()), "name": pa.array(list(layout.names.values()), pa.string())}
    stage.cur.register("stage_names", pa.table(names))
    known = "name" if layout.names else "'class_' || v[1]::BIGINT"
    stage.cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_good AS SELECT l.*, width, height, {known} AS class,
        coalesce({_fault(task, layout.keypoints)}, CASE WHEN class IS NULL THEN 'unknown class ' || v[1]::BIGINT END) AS what
        FROM stage_lines l JOIN stage_sizes USING (key) LEFT JOIN stage_names ON number = v[1]""")
    tell(stage.cur, stage.report, "SELECT file, line, what FROM stage_good WHERE what IS NOT NULL ORDER BY file, line")
    if not layout.names:
        stage.cur.execute("""INSERT INTO stage_classes BY NAME SELECT DISTINCT class AS name, v[1]::BIGINT AS external FROM stage_good
            WHERE what IS NULL ORDER BY external""")
    if task == "obb":
        tell(
            stage.cur,
            stage.report,
            f"""SELECT file, line, 'not a rectangle; taken as the nearest one' AS what FROM stage_good
            WHERE what IS NULL AND {_SKEW} > 0.02 ORDER BY file, line""",
            "changed",
        )
    query = {"segment": _SEGMENT, "obb": _OBB, "pose": _pose(layout.keypoints)}.get(task, _DETECT)
    wanted = "kind, x, y, w, h" + {"segment": ", rings", "obb": ", area, points", "pose": ", points"}.get(task, ", confidence")
    stage.cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_yolo AS
        SELECT (SELECT id FROM stage_match m WHERE m.key = r.key) AS sample, class, file, line, {wanted}
        FROM (SELECT *, {query} FROM stage_good WHERE what IS NULL) r ORDER BY 1, key, line""")
    stage.sources.append(
        LabelSource(
            "stage_yolo",
            lambda: (
                f"""SELECT l.rowid AS row, sample, {wanted}, file, line,
        NULL::VARCHAR AS place, (SELECT id FROM classes c WHERE c.name = l.class) AS class FROM stage_yolo l"""
            ),
        )
    )
    for table in ("lines", "good", "sizes"):
        stage.cur.execute(f"DROP TABLE temp.stage_{table}")
    stage.cur.unregister("stage_names")


# ---- the columns of a label, from v, width and height; later ones refer to earlier ones -------------------------------
_BOX = "v[4] * width AS w, v[5] * height AS h, v[2] * width - w / 2 AS x, v[3] * height - h / 2 AS y"
_DETECT = f"'box' AS kind, {_BOX}, v[6] AS confidence"
_RING = "CASE WHEN n > 5 THEN [[e * (CASE WHEN i % 2 = 1 THEN width ELSE height END) for e, i in v[2:]]] END"
_SEGMENT = f"""CASE WHEN n > 5 THEN 'polygon' ELSE 'box' END AS kind, {_RING} AS rings, rings[1][1:-1:2] AS px, rings[1][2:-1:2] AS py,
    CASE WHEN n > 5 THEN list_max(px) - list_min(px) ELSE v[4] * width END AS w,
    CASE WHEN n > 5 THEN list_max(py) - list_min(py) ELSE v[5] * height END AS h,
    CASE WHEN n > 5 THEN list_min(px) ELSE v[2] * width - w / 2 END AS x,
    CASE WHEN n > 5 THEN list_min(py) ELSE v[3] * height - h / 2 END AS y"""
_OBB = f"""'rotated' AS kind, ({_PX[0]} + {_PX[2]} + {_PX[4]} + {_PX[6]}) / 4 AS cx, ({_PX[1]} + {_PX[3]} + {_PX[5]} + {_PX[7]}) / 4 AS cy,
    {_PX[2]} - {_PX[0]} + {_PX[4]} - {_PX[6]} AS wx, {_PX[3]} - {_PX[1]} + {_PX[5]} - {_PX[7]} AS wy,
    {_PX[6]} - {_PX[0]} + {_PX[4]} - {_PX[2]} AS hx, {_PX[7]} - {_PX[1]} + {_PX[5]} - {_PX[3]} AS hy,
    sqrt(wx * wx + wy * wy) / 2 AS rw, sqrt(hx * hx + hy * hy) / 2 AS rh, atan2(wy, wx) AS angle, [cx, cy, rw, rh, angle] AS points,
    rw * rh AS area, abs(rw * cos(angle)) + abs(rh * sin(angle)) AS w, abs(rw * sin(angle)) + abs(rh * cos(angle)) AS h,
    cx - w / 2 AS x, cy - h / 2 AS y"""


def _pose(keypoints: tuple[int, int] | None) -> str:
    count, size = keypoints or (0, 0)
    if size == 3:
        points = "[e * (CASE i % 3 WHEN 1 THEN width WHEN 2 THEN height ELSE 1 END) for e, i in v[6:]]"
    else:
        points = f"""flatten([[v[6 + 2 * k] * width, v[7 + 2 * k] * height,
            CASE WHEN v[6 + 2 * k] < 0 OR v[7 + 2 * k] < 0 OR (v[6 + 2 * k] = 0 AND v[7 + 2 * k] = 0) THEN 0 ELSE 2 END]
            for k in range({count})])"""
    return f"'keypoints' AS kind, {_BOX}, {points} AS points"
