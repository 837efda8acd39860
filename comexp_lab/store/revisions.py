"""Changes to many rows at once, in SQL: taking a revision back, reviewing suggestions, naming a version.

Each runs inside the writer's transaction, and again, with the same result, when the journal is replayed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from comexp_lab.errors import Conflict, NotFound

if TYPE_CHECKING:
    import duckdb

# Everything that a label says and that a person can see; not its number, source or place in the table.
LABEL_TEXT = (
    "concat(to_json([x, y, w, h, confidence]), to_json([c.name, kind, state, attributes, rle]),"
    " to_json([track, frame, coalesce(crowd, false)::BIGINT]), to_json(points), to_json(rings))"
)


def undo(cur: duckdb.DuckDBPyConnection, target: int, revision: int) -> list[int]:
    """Restore the rows that ``target`` changed; the ids of the labels concerned. Raises NotFound, Conflict."""
    if not cur.execute("SELECT 1 FROM revisions WHERE revision = ?", [target]).fetchone():
        raise NotFound(f"There is no revision {target} to take back." if target else "There is nothing to take back yet.")
    cur.execute(
        "CREATE OR REPLACE TEMP TABLE touched AS SELECT id FROM labels WHERE since = $1"
        " UNION SELECT id FROM history WHERE since = $1 OR until = $1",
        [target],
    )
    _refuse_later_changes(cur, target)
    cur.execute("INSERT INTO history SELECT *, ? FROM labels WHERE since = ?", [revision, target])
    cur.execute("DELETE FROM labels WHERE since = ?", [target])
    cur.execute(
        "INSERT INTO labels SELECT * EXCLUDE (until) REPLACE (? AS since) FROM history WHERE until = ? AND since < until ORDER BY id",
        [revision, target],
    )
    cur.execute(
        "CREATE OR REPLACE TEMP TABLE restored AS SELECT * REPLACE (CAST(? AS BIGINT) AS since, CAST(NULL AS BIGINT) AS until)"
        " FROM samples WHERE until = ?",
        [revision, target],
    )
    cur.execute("UPDATE samples SET until = ? WHERE since = ? AND until IS NULL", [revision, target])
    cur.execute("INSERT INTO samples SELECT * FROM restored ORDER BY id")
    ids = [number for (number,) in cur.execute("SELECT id FROM touched ORDER BY id").fetchall()]
    cur.execute("DROP TABLE touched")
    cur.execute("DROP TABLE restored")
    return ids


def _refuse_later_changes(cur: duckdb.DuckDBPyConnection, target: int) -> None:
    later = cur.execute(
        "SELECT id FROM labels WHERE since > $1 AND id IN (FROM touched)"
        " UNION ALL SELECT id FROM history WHERE until > $1 AND id IN (FROM touched) LIMIT 1",
        [target],
    ).fetchone()
    if later:
        raise Conflict(f"Revision {target} cannot be taken back: label {later[0]} was changed after it.", label=later[0])
    _refuse_later_samples(cur, target)


def _refuse_later_samples(cur: duckdb.DuckDBPyConnection, target: int) -> None:
    name = cur.execute(
        """WITH concerned AS (SELECT id, name, until FROM samples WHERE since = $1 OR until = $1)
        SELECT name FROM samples WHERE (since > $1 OR until > $1) AND id IN (SELECT id FROM concerned)
        UNION ALL SELECT name FROM samples s WHERE until IS NULL AND since <> $1
            AND EXISTS (FROM concerned c WHERE c.until = $1 AND c.name = s.name AND c.id <> s.id)
        UNION ALL SELECT name FROM samples WHERE until > $1 AND id IN (SELECT sample FROM history WHERE until = $1)
            AND id NOT IN (SELECT id FROM samples WHERE until IS NULL)
        LIMIT 1""",
        [target],
    ).fetchone()
    if name:
        raise Conflict(f"Revision {target} cannot be taken back: sample {name[0]!r} was changed after it.")


def review(cur: duckdb.DuckDBPyConnection, ids: list[int], state: str, revision: int) -> None:
    """Give the labels ``ids`` another state."""
    cur.execute("CREATE OR REPLACE TEMP TABLE touched AS SELECT unnest(?::BIGINT[]) AS id", [ids])
    cur.execute("INSERT INTO history SELECT *, ? FROM labels WHERE id IN (FROM touched)", [revision])
    cur.execute("UPDATE labels SET state = ?, since = ? WHERE id IN (FROM touched)", [state, revision])
    cur.execute("DROP TABLE touched")


def digest(cur: duckdb.DuckDBPyConnection) -> str:
    """SHA-256 over what ``samples_now`` and ``labels_now`` say, the same whatever the ids and the order of rows.

    A sample counts as its content hash (its name, if it has no media) and split, followed by its sorted labels.
    """
    row = cur.execute(
        f"""WITH said AS (
            SELECT sample, sha256(array_to_string(list_sort(list({LABEL_TEXT})), chr(10))) AS labels
            FROM labels_now l LEFT JOIN classes c ON c.id = l."class" GROUP BY sample),
        whole AS (SELECT to_json([coalesce(s.sha256, s.name), s.split, said.labels])::VARCHAR AS t
            FROM samples_now s LEFT JOIN said ON said.sample = s.id)
        SELECT sha256(coalesce(array_to_string(list_sort(list(t)), chr(10)), '')) FROM whole"""
    ).fetchone()
    assert row is not None
    return str(row[0])
