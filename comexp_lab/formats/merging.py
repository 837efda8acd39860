"""Bring staged rows into the dataset's own tables: find samples, number classes, check and insert labels. Only SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from comexp_lab.formats import matching
from comexp_lab.formats.telling import tell
from comexp_lab.store.database import use_all_cores

if TYPE_CHECKING:
    from comexp_lab.formats.base import Report
    from comexp_lab.formats.staging import TableStage

KINDS = ("box", "rotated", "polygon", "mask", "keypoints", "tag")
DEFAULTS = {
    "kind": "'box'", "x": "NULL", "y": "NULL", "w": "NULL", "h": "NULL", "area": "w * h", "points": "NULL", "rings": "NULL",
    "rle": "NULL", "crowd": "false", "confidence": "NULL", "source": "'import'", "state": "'accepted'", "track": "NULL",
    "frame": "NULL", "attributes": "NULL", "external": "NULL",
}  # fmt: skip
# A scalar subquery is a join that DuckDB never turns round: temporary tables look empty to it, and it would hash the labels.
SIZE = "(SELECT {'width': width, 'height': height} FROM samples WHERE until IS NULL AND width > 0 AND samples.id = l.sample)"
FEW = 100_000
# Rows from a function have no place in an order, so this keeps an insert on one core. On several, DuckDB prepares whole row groups,
# which takes four times as long as inserting few rows.
ON_ONE_CORE = "UNION ALL BY NAME SELECT range AS id FROM range(0)"
OUTSIDE = "reaches outside the image; kept as it is"


def merge(tx: Any, stage: TableStage, split: str | None = None) -> dict[str, int]:
    """Merge a filled stage into the dataset of a write transaction; returns counts of new rows (without the media).

    ``split`` overrides the split of every staged sample. Problems go to ``stage.report``.
    """
    cur, report = stage.cur, stage.report
    if _count(cur, "stage_media"):
        cur.execute("INSERT INTO samples BY NAME FROM stage_media")
        cur.execute("DELETE FROM stage_media")
    for key, value in stage.facts.items():
        cur.execute("INSERT INTO meta SELECT $1, $2 WHERE NOT EXISTS (FROM meta WHERE key = $1)", [key, value])
    classes = _merge_classes(cur)
    stage.settle()
    samples = matching.create(cur, report, tx.revision, split)
    matching.update(cur, report, tx.revision, split)
    sources = stage.sources
    if staged := _count(cur, "stage_labels"):
        if staged > FEW:
            use_all_cores(cur)
        _sort_labels(cur)
        sources = [SORTED, *sources]
    labels = sum(_Labels(cur, report, source).merge(tx.revision) for source in sources)
    return {"samples": samples, "labels": labels, "classes": classes}


def _count(cur: Any, table: str) -> int:
    return int(cur.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _merge_classes(cur: Any) -> int:
    """New classes get the next ids in the order in which they were declared, then those that only labels name."""
    if cur.execute("FROM classes LIMIT 1").fetchone():
        _complete_classes(cur)
    return int(
        cur.execute("""
        WITH wanted AS (SELECT name, min(first) AS first, min(next) AS next
            FROM (SELECT name, rowid AS first, NULL AS next FROM stage_classes UNION ALL SELECT class, NULL, rowid FROM stage_labels)
            WHERE name <> '' GROUP BY name)
        INSERT INTO classes BY NAME
        SELECT (SELECT coalesce(max(id), -1) FROM classes) + row_number() OVER (ORDER BY first NULLS LAST, next) AS id,
            w.name, s.supercategory, s.color, s.keypoints, s.skeleton, s.external
        FROM wanted w LEFT JOIN stage_classes s ON s.rowid = w.first WHERE w.name NOT IN (SELECT name FROM classes)
    """).fetchone()[0]
    )


def _complete_classes(cur: Any) -> None:
    """Classes that are there take over what they do not say yet."""
    cur.execute("""
        UPDATE classes SET supercategory = coalesce(classes.supercategory, s.supercategory),
            keypoints = coalesce(classes.keypoints, s.keypoints), skeleton = coalesce(classes.skeleton, s.skeleton)
        FROM stage_classes s WHERE classes.name = s.name AND (s.keypoints IS NOT NULL OR s.supercategory IS NOT NULL)
            AND (classes.keypoints IS NULL OR classes.supercategory IS NULL)""")


# ---- labels ---------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class LabelSource:
    """Labels that wait in a temporary ``table``, clustered by sample. ``query()``, asked when all classes have ids, is SQL
    that gives, in the table's order, ``row`` (its rowid), ``sample`` and ``class`` (final ids or NULL), ``file``, ``line``,
    ``place`` (words that say where), perhaps ``flaw`` (why the label cannot be taken, or NULL), perhaps ``spot`` (see
    ``spot``), and any of the label columns. ``external`` is a column of both."""

    table: str
    query: Callable[[], str]


SORTED = LabelSource("stage_sorted", lambda: "SELECT *, rowid AS row, NULL::VARCHAR AS place FROM stage_sorted")


def spot(width: str = "width", height: str = "height") -> str:
    """SQL: where a box lies in its image: 0 inside (or the size is not known), 1 reaches outside, 2 is outside."""
    return f"""CASE WHEN x >= 0 AND y >= 0 AND w > 0 AND h > 0 AND x + w <= {width} AND y + h <= {height} THEN 0
        WHEN {width} IS NULL OR {height} IS NULL THEN 0 WHEN x >= {width} OR y >= {height} OR x + w <= 0 OR y + h <= 0 THEN 2
        WHEN x < -1 OR y < -1 OR x + w > {width} + 1 OR y + h > {height} + 1 THEN 1 ELSE 0 END::UTINYINT"""


def _sort_labels(cur: Any) -> None:
    """``stage_sorted``: the staged labels with their sample and class, clustered by sample."""
    _enclose(cur)
    cur.execute("""CREATE OR REPLACE TEMP TABLE stage_sorted AS
        SELECT (SELECT id FROM stage_match m WHERE m.key = l.sample) AS sample, (SELECT id FROM classes c WHERE c.name = l.class) AS class,
            l.* EXCLUDE (sample, class) FROM stage_labels l ORDER BY 1, l.rowid""")


def _enclose(cur: Any) -> None:
    """The enclosing box of labels that came with points or rings only."""
    if not cur.execute("SELECT count(*) FROM stage_labels WHERE x IS NULL AND (points IS NOT NULL OR rings IS NOT NULL)").fetchone()[0]:
        return
    cur.execute("""UPDATE stage_labels SET x = list_min(px), y = list_min(py), w = list_max(px) - list_min(px),
            h = list_max(py) - list_min(py)
        FROM (SELECT rowid AS row, coalesce(flatten(rings)[1:-1:2], points[1:-1:3]) AS px,
                coalesce(flatten(rings)[2:-1:2], points[2:-1:3]) AS py FROM stage_labels
            WHERE x IS NULL AND kind IN ('polygon', 'keypoints')) p WHERE stage_labels.rowid = p.row""")
    cur.execute("""UPDATE stage_labels SET x = points[1] - bw / 2, y = points[2] - bh / 2, w = bw, h = bh,
            area = coalesce(area, points[3] * points[4])
        FROM (SELECT rowid AS row, abs(points[3] * cos(points[5])) + abs(points[4] * sin(points[5])) AS bw,
                abs(points[3] * sin(points[5])) + abs(points[4] * cos(points[5])) AS bh FROM stage_labels
            WHERE x IS NULL AND kind = 'rotated' AND len(points) = 5 AND isfinite(points[5])) p
        WHERE stage_labels.rowid = p.row""")


class _Labels:
    """Checks and inserts the labels of one source."""

    def __init__(self, cur: Any, report: Report, source: LabelSource) -> None:
        self.cur = cur
        self.report = report
        self.table = source.table
        self.source = source.query()
        self.columns = {row[0] for row in cur.execute(f"DESCRIBE {self.source}").fetchall()}

    def merge(self, revision: int) -> int:
        skipped = self._judge()
        repeated = self._repeated()
        last = self.cur.execute("""SELECT coalesce(max(id), 0) FROM (SELECT max(id) AS id FROM labels UNION ALL SELECT max(id) FROM history
            UNION ALL SELECT max(try_cast(value AS BIGINT)) FROM meta WHERE key = 'last_label')""").fetchone()[0]
        first, rows = self.cur.execute(f"SELECT coalesce(min(rowid), 0), count(*) FROM {self.table}").fetchone()
        values = {name: _filled(name, default) if name in self.columns else default for name, default in DEFAULTS.items()}
        if repeated:
            values["external"] = "CASE WHEN row NOT IN (SELECT row FROM stage_repeated) THEN external END"
        listed = ", ".join(f"{value} AS {name}" for name, value in values.items())
        where = "WHERE row NOT IN (SELECT row FROM stage_faults WHERE skip)" if skipped else ""
        query = f"""INSERT INTO labels BY NAME SELECT {last + 1 - first} + row AS id, sample, class, {listed}, {revision}::BIGINT AS since
            FROM ({self.source}) {where} {"" if rows > FEW else ON_ONE_CORE}"""
        return int(self.cur.execute(query).fetchone()[0])

    def _judge(self) -> int:
        """Fill ``stage_faults``, report them; how many labels must be left out."""
        found = self.cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_faults AS
            SELECT row, file, line, coalesce(place || ': ', '') || what AS what, what <> '{OUTSIDE}' AS skip FROM (
                SELECT row, file, line, place, {self._fault()} AS what FROM {self._placed()})
            WHERE what IS NOT NULL""").fetchone()[0]
        if not found:
            return 0
        tell(self.cur, self.report, "SELECT file, line, what FROM stage_faults WHERE NOT skip", "note")
        return tell(self.cur, self.report, "SELECT file, line, what FROM stage_faults WHERE skip")

    def _placed(self) -> str:
        """The source with ``spot``."""
        if "spot" in self.columns:
            return f"({self.source})"
        return f"(SELECT *, {spot('s.width', 's.height')} AS spot FROM (SELECT l.*, {SIZE} AS s FROM ({self.source}) l))"

    def _fault(self) -> str:
        """SQL: what is wrong with a label, or NULL."""
        cases = ["WHEN sample IS NULL THEN 'label of an unknown image'", "WHEN class IS NULL THEN 'unknown class'"]
        if "flaw" in self.columns:
            cases.append("WHEN flaw IS NOT NULL THEN flaw")
        if "kind" in self.columns:
            cases.append(f"WHEN kind NOT IN {KINDS} THEN 'unknown kind of label: ' || kind WHEN kind = 'tag' THEN NULL")
        cases.append("""WHEN NOT coalesce(isfinite(x) AND isfinite(y) AND isfinite(w) AND isfinite(h), false)
            THEN 'a coordinate is missing, NaN or infinite' WHEN kind <> 'keypoints' AND (w <= 0 OR h <= 0) THEN 'the box has no size'""")
        if "points" in self.columns:
            cases.append("""WHEN points IS NOT NULL AND NOT coalesce(list_aggregate(points, 'count') = len(points)
                AND isfinite(list_sum(points)), false) THEN 'a point is missing, NaN or infinite'""")
        if "rings" in self.columns:
            cases.append("""WHEN rings IS NOT NULL AND NOT coalesce(list_aggregate(flatten(rings), 'count') = len(flatten(rings))
                AND isfinite(list_sum(flatten(rings))), false) THEN 'a point of the polygon is missing, NaN or infinite'
                WHEN rings IS NOT NULL AND list_min([len(r) for r in rings]) < 6 THEN 'the polygon has fewer than three corners'
                WHEN rings IS NOT NULL AND list_max([len(r) % 2 for r in rings]) > 0 THEN 'a polygon has a lone coordinate'""")
        return f"""CASE {" ".join(cases)} WHEN spot = 2 THEN 'outside the image' WHEN spot = 1 THEN '{OUTSIDE}' END"""

    def _repeated(self) -> bool:
        """Labels that repeat an id of the same file keep everything but that id."""
        if "external" not in self.columns or not self._any_twice():
            return False
        self.cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_repeated AS SELECT row, file, line, external FROM ({self.source})
            WHERE external IS NOT NULL QUALIFY row_number() OVER (PARTITION BY external ORDER BY row) > 1""")
        tell(
            self.cur,
            self.report,
            """SELECT file, line, 'the id ' || external || ' occurs twice; taken without it' AS what
            FROM stage_repeated""",
            "changed",
        )
        return True

    def _any_twice(self) -> bool:
        """Whether an external id occurs twice."""
        ids = self.cur.execute(f"SELECT external FROM {self.table} WHERE external IS NOT NULL").fetchnumpy()["external"]
        return not matching.all_differ(ids)


def _filled(name: str, default: str) -> str:
    return name if default == "NULL" else f"coalesce({name}, {default})"
