"""Which sample of the dataset a staged sample is: ``stage_match`` (key, name, id, created). Only SQL.

Names become clean relative paths first: no backslash, drive, scheme, leading slash, ``.`` or ``..``. Then by exact name,
else the one sample whose path ends alike, else the only one with that file name (or stem, if the format names no ending).
A sample that is not there is created later, known by record only.
"""

# ruff: noqa: S608  (all SQL is made of constants of ours; values are bound)
from __future__ import annotations

from typing import TYPE_CHECKING, Any

from comexp_lab.formats.telling import tell

if TYPE_CHECKING:
    from comexp_lab.formats.base import Report

CLEAN = r"""CASE WHEN contains(name, '\') OR contains(name, ':') OR contains(name, '//') OR contains(name, './')
    OR name[1] = '/' THEN ltrim(regexp_replace(regexp_replace(replace(name, '\', '/'), '^[A-Za-z]:/|^[a-z0-9]+://[^/]*/', ''),
    '(^|/)(\.{0,2}/)+', '\1', 'g'), '/') ELSE name END"""
FILE = "regexp_extract(name, '[^/]*$')"
STEM = r"regexp_replace(name, '\.[^./]*$', '')"


def match(cur: Any, report: Report) -> None:
    """Give every staged sample that has none yet its id: that of an existing sample, or the next free one."""
    cur.execute("CREATE TEMP TABLE IF NOT EXISTS stage_match(key BIGINT, name VARCHAR, id BIGINT, created BOOLEAN)")
    if not cur.execute("SELECT count(*) FROM stage_samples WHERE key NOT IN (SELECT key FROM stage_match)").fetchone()[0]:
        return
    cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_new AS SELECT key, {CLEAN} AS name FROM stage_samples
        WHERE key NOT IN (SELECT key FROM stage_match)""")
    _refuse_unusable(cur, report)
    cur.execute("""CREATE OR REPLACE TEMP TABLE stage_known AS SELECT id, name, false AS created FROM samples WHERE until IS NULL
        UNION ALL SELECT id, any_value(name), true FROM stage_match WHERE created GROUP BY id""")
    cur.execute("""INSERT INTO stage_match SELECT key, n.name, k.id, coalesce(k.created, false) FROM stage_new n
        LEFT JOIN stage_known k USING (name)""")
    if _open(cur) and cur.execute("SELECT count(*) FROM stage_known").fetchone()[0]:
        _match_endings(cur)
    if _open(cur):
        _number(cur)
    for table in ("new", "known"):
        cur.execute(f"DROP TABLE temp.stage_{table}")


def _open(cur: Any) -> bool:
    return bool(cur.execute("SELECT count(*) FROM stage_match WHERE id IS NULL").fetchone()[0])


def _refuse_unusable(cur: Any, report: Report) -> None:
    """Leave out samples without a name or number, and the second of two with one number."""
    nameless = "key IS NULL OR name IS NULL OR name IN ('', '.', '..')"
    if not cur.execute(f"SELECT count(*) > count(DISTINCT key) OR bool_or({nameless}) FROM stage_new").fetchone()[0]:
        return
    cur.execute("""CREATE OR REPLACE TEMP TABLE stage_twice AS SELECT rowid AS row FROM stage_samples
        QUALIFY row_number() OVER (PARTITION BY key ORDER BY rowid) > 1""")
    tell(cur, report, """SELECT file, line, 'an image has the id of another one: ' || coalesce(name, '') AS what FROM stage_samples
        WHERE key IS NOT NULL AND rowid IN (SELECT row FROM stage_twice)""")
    cur.execute("DELETE FROM stage_samples WHERE key IS NOT NULL AND rowid IN (SELECT row FROM stage_twice)")
    tell(cur, report, f"SELECT file, line, 'an image has no name or no id' AS what FROM stage_samples WHERE {nameless}")
    cur.execute(f"DELETE FROM stage_samples WHERE {nameless}")
    cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_new AS SELECT key, {CLEAN} AS name FROM stage_samples
        WHERE key NOT IN (SELECT key FROM stage_match)""")
    cur.execute("DROP TABLE temp.stage_twice")


def _match_endings(cur: Any) -> None:
    cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_ending AS
        WITH free AS (SELECT id, name, {FILE} AS file, {STEM} AS path FROM stage_known
                WHERE NOT created AND id NOT IN (SELECT id FROM stage_match WHERE id IS NOT NULL)),
            wanted AS (SELECT key, name, {FILE} AS file FROM stage_match WHERE id IS NULL),
            pairs AS (
                SELECT key, free.id, free.name AS have, wanted.name AS want FROM wanted JOIN free USING (file)
                UNION ALL
                SELECT key, free.id, path, wanted.name FROM wanted JOIN free ON wanted.file = regexp_extract(path, '[^/]*$')
                WHERE wanted.file <> free.file),
            judged AS (SELECT key, id, suffix(have, want) OR suffix(want, have) AS alike
                FROM (SELECT key, id, '/' || have AS have, '/' || want AS want FROM pairs)),
            chosen AS (SELECT key, CASE WHEN count(*) FILTER (alike) = 1 THEN max(id) FILTER (alike)
                WHEN count(*) = 1 THEN max(id) END AS id FROM judged GROUP BY key)
        SELECT key, id FROM chosen WHERE id IS NOT NULL QUALIFY count(*) OVER (PARTITION BY id) = 1""")
    cur.execute("UPDATE stage_match SET id = e.id FROM stage_ending e WHERE stage_match.key = e.key")
    cur.execute("DROP TABLE temp.stage_ending")


def _number(cur: Any) -> None:
    """New ids in the order of the keys; staged samples that share a name become one."""
    last = cur.execute("""SELECT greatest((SELECT max(id) FROM samples), (SELECT max(id) FROM stage_match),
        (SELECT max(try_cast(value AS BIGINT)) FROM meta WHERE key = 'last_sample'), 0)""").fetchone()[0]
    cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_match AS
        WITH named AS (SELECT name, {last} + row_number() OVER (ORDER BY min(key)) AS id FROM stage_match WHERE id IS NULL GROUP BY name)
        SELECT key, m.name, coalesce(m.id, n.id) AS id, m.created OR m.id IS NULL AS created
        FROM stage_match m LEFT JOIN named n USING (name)""")


def create(cur: Any, report: Report, revision: int, split: str | None) -> int:
    """Insert the samples that are known by record only; how many."""
    created = int(cur.execute(
        """INSERT INTO samples BY NAME
        SELECT m.id, m.name, coalesce(s.kind, 'image') AS kind, coalesce(s.width, 0) AS width,
            coalesce(s.height, 0) AS height, coalesce($split, s.split) AS split, coalesce(s.tags, []) AS tags, v.id AS video,
            s.frame, s.fps, s.frames, s.external, s.meta, $revision::BIGINT AS since
        FROM stage_match m JOIN stage_samples s USING (key) LEFT JOIN stage_match v ON v.key = s.video
        WHERE m.key IN (SELECT min(key) FROM stage_match WHERE created GROUP BY id) ORDER BY m.id""",
        {"split": split, "revision": revision}).fetchone()[0])
    if created:
        tell(cur, report, """SELECT coalesce(s.file, s.name) AS file, s.line, 'image not found: ' || s.name AS what
            FROM stage_match m JOIN stage_samples s USING (key) WHERE m.created""", "note")
    return created


def update(cur: Any, report: Report, revision: int, split: str | None) -> None:
    """Give matched samples the split, tags and facts of their record; older rows keep their history."""
    if cur.execute("SELECT count(*) FROM stage_match WHERE NOT created").fetchone()[0] == 0:
        return
    cur.execute(
        """CREATE OR REPLACE TEMP TABLE stage_change AS
        SELECT h.id, coalesce($split, s.split, h.split) AS split, list_distinct(coalesce(h.tags, []) || coalesce(s.tags, [])) AS tags,
            coalesce(s.external, h.external) AS external, coalesce(s.meta, h.meta) AS meta
        FROM stage_match m JOIN stage_samples s USING (key) JOIN samples h ON h.id = m.id AND h.until IS NULL
        WHERE NOT m.created AND (coalesce($split, s.split, h.split) IS DISTINCT FROM h.split OR len(s.tags) > 0
            OR coalesce(s.external, h.external) IS DISTINCT FROM h.external OR coalesce(s.meta, h.meta) IS DISTINCT FROM h.meta)
        QUALIFY row_number() OVER (PARTITION BY h.id ORDER BY key) = 1""", {"split": split})
    cur.execute(
        """INSERT INTO samples SELECT s.* REPLACE ($1 AS until) FROM samples s JOIN stage_change c USING (id)
        WHERE s.until IS NULL AND s.since < $1""", [revision])
    cur.execute(
        """UPDATE samples SET split = c.split, tags = c.tags, external = c.external, meta = c.meta, since = $1
        FROM stage_change c WHERE samples.id = c.id AND samples.until IS NULL""", [revision])
    cur.execute("DROP TABLE temp.stage_change")
    tell(cur, report, """SELECT coalesce(s.file, s.name) AS file, s.line, 'the labels say ' || s.width || ' x ' ||
        s.height || ' pixels, the image has ' || h.width || ' x ' || h.height AS what
        FROM stage_match m JOIN stage_samples s USING (key) JOIN samples h ON h.id = m.id AND h.until IS NULL
        WHERE NOT m.created AND h.width > 0 AND (s.width <> h.width OR s.height <> h.height)""", "note")
