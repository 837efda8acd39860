"""Bring staged rows into the dataset's own tables: match samples, number classes, check and insert labels. Only SQL."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comexp_lab.formats.base import Report, Stage

KINDS = ("box", "rotated", "polygon", "mask", "keypoints", "tag")
COLUMNS = "x, y, w, h, area, points, rings, rle, crowd, confidence, source, state, track, frame, attributes, external".replace(
    ", ", ", l."
)


def merge(tx: Any, stage: Stage, split: str | None = None) -> dict[str, int]:
    """Merge a filled stage into the dataset of a write transaction; returns counts of new rows.

    ``split`` overrides the split of every staged sample. Problems go to ``stage.report``.
    """
    cur = stage.cur
    classes = _merge_classes(cur)
    samples = _Samples(cur, stage.report, tx.revision, split).merge()
    labels = _merge_labels(cur, stage.report, tx.revision)
    for table in ("match", "faults"):
        cur.execute(f"DROP TABLE IF EXISTS temp.stage_{table}")
    for table in ("classes", "samples", "labels"):
        cur.execute(f"DROP TABLE temp.stage_{table}")
    return {"samples": samples, "labels": labels, "classes": classes}


def tell(cur: Any, report: Report, query: str, severity: str = "skipped") -> int:
    """Report the rows (file, line, what) of a query: all are counted, the first thousand listed."""
    count = int(cur.execute(f"SELECT count(*) FROM ({query})").fetchone()[0])
    if count:
        for file, line, what in cur.execute(f"SELECT file, line, what FROM ({query}) LIMIT 1000").fetchall():
            report.add(file or "", what, line, severity)
        report.count += max(0, count - 1000)
    return count


# ---- classes --------------------------------------------------------------------------------------------------------
def color_of(index: int) -> str:
    """A colour for the class with this id: hues far apart by the golden angle."""
    red, green, blue = colorsys.hls_to_rgb(index * 0.61803398875 % 1, 0.55, 0.75)
    return f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}"


def _merge_classes(cur: Any) -> int:
    cur.execute("""
        UPDATE classes SET supercategory = coalesce(classes.supercategory, s.supercategory),
            keypoints = coalesce(classes.keypoints, s.keypoints), skeleton = coalesce(classes.skeleton, s.skeleton)
        FROM stage_classes s WHERE classes.name = s.name AND (s.keypoints IS NOT NULL OR s.supercategory IS NOT NULL)
            AND (classes.keypoints IS NULL OR classes.supercategory IS NULL)""")
    new = cur.execute("""
        WITH named AS (SELECT name, min(rowid) AS first FROM stage_classes WHERE name <> '' GROUP BY name),
            loose AS (SELECT class AS name, NULL::BIGINT AS first FROM stage_labels WHERE class <> '' GROUP BY class
                ORDER BY min(rowid))
        SELECT name, min(first) AS first FROM (FROM named UNION ALL FROM loose)
        WHERE name NOT IN (SELECT name FROM classes) GROUP BY name ORDER BY first NULLS LAST, name""").fetchall()
    start = int(cur.execute("SELECT coalesce(max(id) + 1, 0) FROM classes").fetchone()[0])
    rows = [[start + i, name, color_of(start + i), first] for i, (name, first) in enumerate(new)]
    if rows:
        cur.executemany(
            """INSERT INTO classes BY NAME SELECT $1 AS id, $2 AS name, s.supercategory, coalesce(s.color, $3) AS color,
                s.keypoints, s.skeleton, s.external FROM (SELECT 1) LEFT JOIN stage_classes s ON s.rowid = $4""", rows)
    return len(rows)


# ---- samples --------------------------------------------------------------------------------------------------------
@dataclass
class _Samples:
    """Finds the dataset's sample of each staged one (``stage_match``: key → id) and creates those that are missing."""

    cur: Any
    report: Report
    revision: int
    split: str | None

    def merge(self) -> int:
        self._match_by_name()
        if self._unmatched():
            self._match_by_ending()
        created = self._create() if self._unmatched() else 0
        self._update()
        return created

    def _unmatched(self) -> int:
        return int(self.cur.execute("SELECT count(*) FROM stage_match WHERE id IS NULL").fetchone()[0])

    def _match_by_name(self) -> None:
        """Exact names first. Names become clean relative paths: no backslash, drive, leading slash, ``.`` or ``..``."""
        self.cur.execute("""
            CREATE OR REPLACE TEMP TABLE stage_match AS
            WITH cleaned AS (SELECT key, ltrim(regexp_replace(regexp_replace(replace(name, '\\', '/'),
                '^[A-Za-z]:/|^[a-z0-9]+://[^/]*/', ''), '(^|/)(\\.{0,2}/)+', '\\1', 'g'), '/') AS name FROM stage_samples WHERE name IS NOT NULL)
            SELECT key, c.name, h.id, false AS created FROM cleaned c
            LEFT JOIN (SELECT id, name FROM samples WHERE until IS NULL) h ON h.name = c.name WHERE c.name NOT IN ('', '.', '..')""")
        tell(self.cur, self.report, """SELECT file, line, 'an image has no file name' AS what FROM stage_samples
            WHERE key NOT IN (SELECT key FROM stage_match) OR key IS NULL""")

    def _match_by_ending(self) -> None:
        """Then the one sample whose path ends alike, else the only one with that file name (or stem, if no ending is given)."""
        self.cur.execute("""
            CREATE OR REPLACE TEMP TABLE stage_ending AS
            WITH free AS (SELECT id, name, regexp_extract(name, '[^/]*$') AS file, regexp_replace(name, '\\.[^./]*$', '') AS path
                    FROM samples WHERE until IS NULL AND id NOT IN (SELECT id FROM stage_match WHERE id IS NOT NULL)),
                wanted AS (SELECT key, name, regexp_extract(name, '[^/]*$') AS file FROM stage_match WHERE id IS NULL),
                pairs AS (
                    SELECT key, free.id, free.name AS have, wanted.name AS want FROM wanted JOIN free USING (file)
                    UNION ALL
                    SELECT key, free.id, path, wanted.name FROM wanted JOIN free ON wanted.file = regexp_extract(path, '[^/]*$')
                    WHERE wanted.file <> free.file),
                judged AS (SELECT key, id, suffix(have, want) OR suffix(want, have) AS alike FROM
                    (SELECT key, id, '/' || have AS have, '/' || want AS want FROM pairs)),
                chosen AS (SELECT key, CASE WHEN count(*) FILTER (alike) = 1 THEN max(id) FILTER (alike)
                    WHEN count(*) = 1 THEN max(id) END AS id FROM judged GROUP BY key)
            SELECT key, id FROM chosen WHERE id IS NOT NULL QUALIFY count(*) OVER (PARTITION BY id) = 1""")
        self.cur.execute("UPDATE stage_match SET id = e.id FROM stage_ending e WHERE stage_match.key = e.key")
        self.cur.execute("DROP TABLE temp.stage_ending")

    def _create(self) -> int:
        """Samples without media, known by record only; those that share a name become one."""
        base = int(self.cur.execute("SELECT coalesce(max(id), 0) FROM samples").fetchone()[0])
        self.cur.execute(
            """UPDATE stage_match SET id = n.id, created = true FROM (
                SELECT name, $1 + row_number() OVER (ORDER BY min(key)) AS id FROM stage_match WHERE id IS NULL GROUP BY name
            ) n WHERE stage_match.id IS NULL AND stage_match.name = n.name""", [base])
        self.cur.execute(
            """INSERT INTO samples BY NAME
            SELECT m.id, m.name, coalesce(s.kind, 'image') AS kind, coalesce(s.width, 0) AS width,
                coalesce(s.height, 0) AS height, coalesce($1, s.split) AS split, coalesce(s.tags, []) AS tags, v.id AS video,
                s.frame, s.fps, s.frames, s.external, s.meta, $2 AS since
            FROM stage_samples s JOIN stage_match m USING (key) LEFT JOIN stage_match v ON v.key = s.video
            WHERE m.created QUALIFY row_number() OVER (PARTITION BY m.id ORDER BY key) = 1 ORDER BY m.id""",
            [self.split, self.revision])
        created = int(self.cur.execute("SELECT count(DISTINCT id) FROM stage_match WHERE created").fetchone()[0])
        tell(self.cur, self.report, """SELECT coalesce(s.file, s.name) AS file, s.line, 'image not found: ' || s.name AS what
            FROM stage_samples s JOIN stage_match m USING (key) WHERE m.created""", "note")
        return created

    def _update(self) -> None:
        """Give matched samples the split, tags and facts of the record; older rows keep their history."""
        self.cur.execute(
            """CREATE OR REPLACE TEMP TABLE stage_change AS
            SELECT h.id, coalesce($1, s.split, h.split) AS split, list_distinct(coalesce(h.tags, []) || coalesce(s.tags, [])) AS tags,
                coalesce(s.external, h.external) AS external, coalesce(s.meta, h.meta) AS meta
            FROM stage_match m JOIN stage_samples s USING (key) JOIN samples h ON h.id = m.id AND h.until IS NULL
            WHERE NOT m.created AND (coalesce($1, s.split, h.split) IS DISTINCT FROM h.split OR len(s.tags) > 0
                OR coalesce(s.external, h.external) IS DISTINCT FROM h.external OR coalesce(s.meta, h.meta) IS DISTINCT FROM h.meta)
            QUALIFY row_number() OVER (PARTITION BY h.id ORDER BY key) = 1""", [self.split])
        self.cur.execute(
            """INSERT INTO samples SELECT s.* REPLACE ($1 AS until) FROM samples s JOIN stage_change c USING (id)
            WHERE s.until IS NULL AND s.since < $1""", [self.revision])
        self.cur.execute(
            """UPDATE samples SET split = c.split, tags = c.tags, external = c.external, meta = c.meta, since = $1
            FROM stage_change c WHERE samples.id = c.id AND samples.until IS NULL""", [self.revision])
        self.cur.execute("DROP TABLE temp.stage_change")
        tell(self.cur, self.report, """SELECT coalesce(s.file, s.name) AS file, s.line, 'the labels say ' || s.width || ' x ' ||
            s.height || ' pixels, the image has ' || h.width || ' x ' || h.height AS what
            FROM stage_match m JOIN stage_samples s USING (key) JOIN samples h ON h.id = m.id AND h.until IS NULL
            WHERE NOT m.created AND h.width > 0 AND (s.width <> h.width OR s.height <> h.height)""", "note")


# ---- labels ---------------------------------------------------------------------------------------------------------
FAULT = f"""CASE
    WHEN m.id IS NULL THEN 'label of an unknown image'
    WHEN c.id IS NULL THEN 'unknown class'
    WHEN l.kind NOT IN {KINDS} THEN 'unknown kind of label: ' || l.kind
    WHEN l.kind = 'tag' THEN NULL
    WHEN NOT coalesce(isfinite(l.x) AND isfinite(l.y) AND isfinite(l.w) AND isfinite(l.h), false)
        THEN 'a coordinate is missing, NaN or infinite'
    WHEN l.w <= 0 OR l.h <= 0 THEN 'the box has no size'
    WHEN l.points IS NOT NULL AND NOT coalesce(isfinite(list_sum(l.points)), false) THEN 'a point is missing, NaN or infinite'
    WHEN l.rings IS NOT NULL AND NOT coalesce(isfinite(list_sum(flatten(l.rings))), false)
        THEN 'a polygon is empty, or a point of it is missing, NaN or infinite'
    WHEN s.width > 0 AND (l.x >= s.width OR l.y >= s.height OR l.x + l.w <= 0 OR l.y + l.h <= 0)
        THEN 'outside the image'
END"""
FROM = """stage_labels l LEFT JOIN stage_match m ON m.key = l.sample LEFT JOIN classes c ON c.name = l.class"""


def _merge_labels(cur: Any, report: Report, revision: int) -> int:
    cur.execute("UPDATE stage_labels SET kind = 'box' WHERE kind IS NULL")
    _enclose(cur)
    cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_faults AS
        SELECT row, file, line, what FROM (SELECT l.rowid AS row, l.file, l.line, {FAULT} AS what
            FROM {FROM} LEFT JOIN (SELECT id, width, height FROM samples WHERE until IS NULL) s ON s.id = m.id)
        WHERE what IS NOT NULL""")
    tell(cur, report, "SELECT file, line, what FROM stage_faults ORDER BY row")
    tell(cur, report, f"""SELECT l.file, l.line, 'reaches outside the image; kept as it is' AS what
        FROM {FROM} JOIN samples s ON s.id = m.id AND s.until IS NULL
        WHERE s.width > 0 AND (l.x < -1 OR l.y < -1 OR l.x + l.w > s.width + 1 OR l.y + l.h > s.height + 1)
            AND l.rowid NOT IN (SELECT row FROM stage_faults)""", "note")
    _repeated(cur, report)
    base = int(cur.execute("SELECT max(id) FROM (SELECT max(id) AS id FROM labels UNION ALL SELECT max(id) FROM history)").fetchone()[0] or 0)
    return int(cur.execute(
        f"""INSERT INTO labels BY NAME SELECT $1 + row_number() OVER () AS id, * REPLACE (coalesce(area, w * h) AS area,
            coalesce(crowd, false) AS crowd, coalesce(source, 'import') AS source, coalesce(state, 'accepted') AS state),
            $2 AS since
        FROM (SELECT m.id AS sample, c.id AS class, l.kind, l.{COLUMNS} FROM stage_labels l JOIN stage_match m ON m.key = l.sample
            JOIN classes c ON c.name = l.class WHERE l.rowid NOT IN (SELECT row FROM stage_faults) ORDER BY m.id, l.rowid)""",
        [base, revision]).fetchone()[0])


def _enclose(cur: Any) -> None:
    """The enclosing box of labels that came with points or rings only."""
    cur.execute("""UPDATE stage_labels SET x = list_min(px), y = list_min(py), w = list_max(px) - list_min(px),
            h = list_max(py) - list_min(py)
        FROM (SELECT rowid AS row, flatten(rings)[1:-1:2] AS px, flatten(rings)[2:-1:2] AS py FROM stage_labels
            WHERE x IS NULL AND rings IS NOT NULL) p WHERE stage_labels.rowid = p.row""")
    cur.execute("""UPDATE stage_labels SET x = list_min(px), y = list_min(py), w = list_max(px) - list_min(px),
            h = list_max(py) - list_min(py)
        FROM (SELECT rowid AS row, points[1:-1:3] AS px, points[2:-1:3] AS py FROM stage_labels
            WHERE x IS NULL AND points IS NOT NULL AND kind = 'keypoints') p WHERE stage_labels.rowid = p.row""")
    cur.execute("""UPDATE stage_labels SET x = points[1] - bw / 2, y = points[2] - bh / 2, w = bw, h = bh
        FROM (SELECT rowid AS row, abs(points[3] * cos(points[5])) + abs(points[4] * sin(points[5])) AS bw,
                abs(points[3] * sin(points[5])) + abs(points[4] * cos(points[5])) AS bh FROM stage_labels
            WHERE x IS NULL AND kind = 'rotated' AND len(points) = 5 AND isfinite(points[5])) p
        WHERE stage_labels.rowid = p.row""")


def _repeated(cur: Any, report: Report) -> None:
    """Labels that repeat an id of the same import keep everything but that id."""
    cur.execute("""CREATE OR REPLACE TEMP TABLE stage_repeated AS SELECT rowid AS row FROM stage_labels
        WHERE external IN (SELECT external FROM stage_labels WHERE external IS NOT NULL GROUP BY external HAVING count(*) > 1)
        QUALIFY row_number() OVER (PARTITION BY external ORDER BY rowid) > 1""")
    tell(cur, report, """SELECT file, line, 'the id ' || external || ' occurs twice; taken without it' AS what
        FROM stage_labels WHERE rowid IN (SELECT row FROM stage_repeated)""", "changed")
    cur.execute("UPDATE stage_labels SET external = NULL WHERE rowid IN (SELECT row FROM stage_repeated)")
    cur.execute("DROP TABLE temp.stage_repeated")
