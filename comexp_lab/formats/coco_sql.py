"""The SQL that takes COCO records apart. ``stage_stream(piece, text)`` holds the records as JSON arrays of some 256 KB."""

from __future__ import annotations

import json
from typing import Any

IMAGE = {"id": "BIGINT", "file_name": "VARCHAR", "width": "BIGINT", "height": "BIGINT"}
CATEGORY = {
    "id": "BIGINT", "name": "VARCHAR", "supercategory": "VARCHAR", "color": "VARCHAR", "keypoints": ["VARCHAR"], "skeleton": [["INTEGER"]],
}  # fmt: skip
PLAIN = {
    "id": "BIGINT", "image_id": "BIGINT", "category_id": "BIGINT", "bbox": ["DOUBLE"], "area": "DOUBLE", "iscrowd": "BIGINT",
    "segmentation": [["DOUBLE"]],
}  # fmt: skip
FULL = PLAIN | {"keypoints": ["DOUBLE"], "num_keypoints": "BIGINT", "score": "FLOAT", "rotated": ["DOUBLE"], "attributes": "JSON"}
MASK = {"segmentation": {"counts": "JSON", "size": ["BIGINT"]}}
SHIFT = 20  # a piece holds fewer records than this many bits can count: it is cut from at most 512 KB, or is one record
CARRIED = ("track_id", "frame", "source", "state")


def records(template: dict[str, Any], **more: Any) -> str:
    """One row a record: ``record`` (ascending in the file: number of the piece << SHIFT, and of the record in it), ``u`` and
    the structs of ``more``. A piece that is not JSON gives no row."""
    templates = {"u": template, **more}
    parsed = ", ".join(f"TRY(from_json(text, '{json.dumps([shape])}')) AS {name}" for name, shape in templates.items())
    rows = ", ".join(f"unnest({name}) AS {name}" for name in templates)
    number = f"(piece << {SHIFT}) + generate_subscripts(u, 1) - 1"
    return f"SELECT {number} AS record, {rows} FROM (SELECT piece, {parsed} FROM stage_stream)"


def number(before: list[int]) -> str:
    """The place of a record in its array, from 1; ``before``: how many records come before each piece."""
    return f"list_extract({before}::BIGINT[], 1 + (record >> {SHIFT})) + (record & {(1 << SHIFT) - 1}) + 1"


def rest(template: dict[str, Any], raw: str = "raw") -> str:
    """The record without the fields of the template, NULL if nothing is left."""
    gone = json.dumps(dict.fromkeys(template))
    return f"nullif(json_merge_patch({raw}, '{gone}')::VARCHAR, '{{}}')"


def images(full: bool) -> str:
    """record, external, name, width, height; in full: tags, meta."""
    tagged = IMAGE | {"tags": ["VARCHAR"]}
    source = records(tagged, raw="JSON") if full else records(IMAGE)
    return f"""SELECT record, u.id AS external, u.file_name AS name, CASE WHEN u.width BETWEEN 1 AND 1000000 THEN u.width END AS width,
        CASE WHEN u.height BETWEEN 1 AND 1000000 THEN u.height END AS height,
        {"u.tags AS tags, " + rest(tagged) if full else "NULL::VARCHAR[] AS tags, NULL::VARCHAR"} AS meta
        FROM ({source})"""


def categories() -> str:
    """record, external, name, supercategory, color, keypoints, skeleton (pairs from 1, flat, as in COCO)."""
    return f"""SELECT record, u.id AS external, u.name AS name, nullif(u.supercategory, '') AS supercategory,
        u.keypoints AS keypoints, flatten(u.skeleton) AS skeleton,
        CASE WHEN regexp_full_match(u.color, '#[0-9a-fA-F]{{6}}') THEN u.color END AS color FROM ({records(CATEGORY)})"""


def plain(rings: bool) -> str:
    """record, external, image, category, x, y, w, h, area, crowd, segmentation (as rings, or only whether it has any)."""
    return f"""SELECT record, u.id AS external, u.image_id AS image, try_cast(u.category_id AS INTEGER) AS category,
        u.bbox[1] AS x, u.bbox[2] AS y, u.bbox[3] AS w, u.bbox[4] AS h, u.area AS area, u.iscrowd <> 0 AS crowd,
        {"u.segmentation" if rings else "len(u.segmentation) > 0"} AS segmentation FROM ({records(PLAIN)})"""


def full() -> str:
    """As ``plain``, and kind, points, rle, size (of the mask: height, width), confidence, track, frame, source, state,
    attributes. ``rle`` that begins with ``[`` is still a list of runs."""
    known = rest(FULL | dict.fromkeys(["attributes"]))
    loose = rest({name: None for name in FULL if name != "attributes"})
    return f"""
        WITH parts AS (SELECT record, raw, u.*, mask.segmentation AS mask, nullif(u.segmentation, []) AS rings,
                nullif(u.keypoints, []) AS joints, CASE WHEN len(u.rotated) = 5 THEN u.rotated END AS turned,
                CASE WHEN json_type(u.attributes) = 'OBJECT' THEN {known} ELSE {loose} END AS others,
                CASE WHEN json_type(u.attributes) = 'OBJECT' THEN nullif(u.attributes::VARCHAR, '{{}}') END AS named
            FROM ({records(FULL, raw="JSON", mask=MASK)})),
        told AS (SELECT *, CASE WHEN others IS NULL THEN named WHEN named IS NULL THEN others
                ELSE json_merge_patch(others, named)::VARCHAR END AS told,
            CASE WHEN bbox IS NOT NULL OR turned IS NOT NULL THEN NULL
                WHEN rings IS NOT NULL THEN flatten(rings)[1:-1:2] ELSE joints[1:-1:3] END AS px,
            CASE WHEN px IS NULL THEN NULL WHEN rings IS NOT NULL THEN flatten(rings)[2:-1:2] ELSE joints[2:-1:3] END AS py FROM parts),
        carried AS (SELECT *, {_carried()} FROM told)
        SELECT record, id AS external, image_id AS image, category_id AS category,
            coalesce(bbox[1], list_min(px)) AS x, coalesce(bbox[2], list_min(py)) AS y,
            coalesce(bbox[3], list_max(px) - x) AS w, coalesce(bbox[4], list_max(py) - y) AS h, area, iscrowd <> 0 AS crowd,
            CASE WHEN turned IS NULL THEN rings END AS rings, coalesce(turned, joints) AS points,
            CASE WHEN turned IS NOT NULL THEN 'rotated' WHEN joints IS NOT NULL THEN 'keypoints' WHEN mask.counts IS NOT NULL THEN 'mask'
                WHEN rings IS NOT NULL THEN 'polygon' ELSE 'box' END AS kind,
            coalesce(json_extract_string(mask.counts, '$'), mask.counts::VARCHAR) AS rle, mask.size AS size, score AS confidence,
            track, frame, source, state, CASE WHEN coalesce(track::VARCHAR, frame::VARCHAR, source, state) IS NULL THEN told ELSE
                nullif(json_merge_patch(told, '{{' || concat_ws(',', {_taken()}) || '}}')::VARCHAR, '{{}}') END AS attributes
        FROM carried"""


def _carried() -> str:
    whole = "json_type(told, '$.{0}') IN ('BIGINT', 'UBIGINT') THEN try_cast(told ->> '$.{0}' AS {1})"
    return f"""CASE WHEN {whole.format("track_id", "BIGINT")} END AS track, CASE WHEN {whole.format("frame", "INTEGER")} END AS frame,
        CASE WHEN json_type(told, '$.source') = 'VARCHAR' THEN told ->> '$.source' END AS source,
        CASE WHEN told ->> '$.state' IN ('suggested', 'accepted', 'rejected') THEN told ->> '$.state' END AS state"""


def _taken() -> str:
    columns = dict(zip(CARRIED, ("track", "frame", "source", "state"), strict=True))
    return ", ".join(f"CASE WHEN {column} IS NOT NULL THEN '\"{name}\":null' END" for name, column in columns.items())
