"""Which sample of the dataset a staged sample is: ``stage_match`` (key, name, id, created, external, width, height).

Names become clean relative paths first: no backslash, drive, scheme, leading slash, ``.`` or ``..``. Then by exact name,
else the one sample whose path ends alike, whatever the case and the composition of letters, else the only one with that file
name (or stem, if the format names no ending); it may be written as in an address ("my%20cat.jpg"). A sample that is not there
is created later, known by record only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from comexp_lab.formats.telling import tell

if TYPE_CHECKING:
    from comexp_lab.formats.base import Report

CLEAN = r"""CASE WHEN contains(name, '\') OR contains(name, ':') OR contains(name, '//') OR contains(name, './')
    OR name[1] = '/' THEN ltrim(regexp_replace(regexp_replace(replace(name, '\', '/'), '^[A-Za-z]:/|^[a-z0-9]+://[^/]*/', ''),
    '(^|/)(\.{0,2}/)+', '\1', 'g'), '/') ELSE name END"""
KNOWN = """SELECT id, name, false AS created, nullif(width, 0) AS width, nullif(height, 0) AS height FROM stage_known
    WHERE until IS NULL
    UNION ALL SELECT id, any_value(name), true, any_value(width), any_value(height) FROM stage_match WHERE created GROUP BY id"""
FOLDED = "lower(nfc_normalize(name))"  # as the file systems of macOS and Windows compare names
FILE = "regexp_extract(name, '[^/]*$')"
STEM = r"regexp_replace(name, '\.[^./]*$', '')"


def match(cur: Any, report: Report) -> None:
    """Give every staged sample that has none yet its id: that of an existing sample, or the next free one."""
    staged, matched = cur.execute("SELECT (SELECT count(*) FROM stage_samples), (SELECT count(*) FROM stage_match)").fetchone()
    if staged == matched or (not matched and _all_new(cur)):
        return
    fresh = "key NOT IN (SELECT key FROM stage_match) OR key IS NULL"
    query = f"""CREATE OR REPLACE TEMP TABLE stage_new AS SELECT key, n.name, k.id, coalesce(k.created, false) AS created, external,
            coalesce(k.width, n.width) AS width, coalesce(k.height, n.height) AS height
        FROM (SELECT key, {CLEAN} AS name, external, width, height FROM stage_samples WHERE {fresh}) n
        LEFT JOIN ({KNOWN}) k USING (name)"""
    cur.execute(query)
    unusable = "count(*) > count(DISTINCT key) OR bool_or(name IS NULL OR name IN ('', '.', '..'))"
    if cur.execute(f"SELECT {unusable} FROM stage_new").fetchone()[0]:
        _refuse_unusable(cur, report)
        cur.execute(query)
    if _open(cur) and cur.execute(f"SELECT count(*) FROM ({KNOWN})").fetchone()[0]:
        _match_endings(cur)
    _number(cur)
    cur.execute("DROP TABLE temp.stage_new")


def _all_new(cur: Any) -> bool:
    """Number all staged samples at once, if the dataset has none and none is without a name and key of its own."""
    last, known = _last(cur)
    if known:
        return False
    cur.execute(f"""INSERT INTO stage_match BY NAME SELECT *, {last} + row_number() OVER (ORDER BY key) AS id, true AS created
        FROM (SELECT key, {CLEAN} AS name, external, width, height FROM stage_samples)""")
    found = cur.execute("SELECT key, hash(name) AS name, name IN ('', '.', '..') AS empty FROM stage_match").fetchnumpy()
    whole = not any(np.ma.is_masked(column) for column in found.values()) and not found["empty"].any()
    if whole and all_differ(found["key"]) and all_differ(found["name"]):
        return True
    cur.execute("DELETE FROM stage_match")
    return False


def all_differ(numbers: np.ndarray) -> bool:
    """By counting where they lie close together, else by sorting, in place: either takes less than a query."""
    if not len(numbers):
        return True
    low, high = int(numbers.min()), int(numbers.max())
    if high - low < 8 * len(numbers):
        met = np.zeros(high - low + 1, bool)
        numbers -= low
        met[numbers] = True
        return int(np.count_nonzero(met)) == len(numbers)
    numbers.sort()
    return not (numbers[1:] == numbers[:-1]).any()


def _open(cur: Any) -> bool:
    return bool(cur.execute("SELECT count(*) FROM stage_new WHERE id IS NULL").fetchone()[0])


def _refuse_unusable(cur: Any, report: Report) -> None:
    """Leave out samples without a name or number, and the second of two with one number."""
    nameless = f"key IS NULL OR name IS NULL OR {CLEAN} IN ('', '.', '..')"
    tell(cur, report, f"SELECT file, line, 'an image has no name or no id' AS what FROM stage_samples WHERE {nameless}")
    cur.execute(f"DELETE FROM stage_samples WHERE {nameless}")
    second = "rowid NOT IN (SELECT min(rowid) FROM stage_samples GROUP BY key)"
    tell(cur, report, f"SELECT file, line, 'an image has the id of another one: ' || name AS what FROM stage_samples WHERE {second}")
    cur.execute(f"DELETE FROM stage_samples WHERE {second}")


def _match_endings(cur: Any) -> None:
    cur.execute(f"""CREATE OR REPLACE TEMP TABLE stage_ending AS
        WITH free AS (SELECT id, name, {FILE} AS file, {STEM} AS path FROM (SELECT id, created, {FOLDED} AS name FROM ({KNOWN}))
                WHERE NOT created AND id NOT IN (SELECT id FROM stage_new WHERE id IS NOT NULL)
                    AND id NOT IN (SELECT id FROM stage_match)),
            wanted AS (SELECT key, name, {FILE} AS file FROM (SELECT key, {FOLDED} AS name FROM (
                SELECT key, name FROM stage_new WHERE id IS NULL
                UNION SELECT key, try(url_decode(name)) FROM stage_new WHERE id IS NULL AND contains(name, '%')))),
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
    cur.execute("""UPDATE stage_new SET id = e.id, width = coalesce(nullif(h.width, 0), stage_new.width),
            height = coalesce(nullif(h.height, 0), stage_new.height)
        FROM stage_ending e JOIN stage_known h ON h.id = e.id AND h.until IS NULL WHERE stage_new.key = e.key""")
    cur.execute("DROP TABLE temp.stage_ending")


def _number(cur: Any) -> None:
    """New ids in the order of the keys; staged samples that share a name become one."""
    last, _ = _last(cur)
    alone = cur.execute("SELECT count(*) = count(DISTINCT hash(name)) AND count(id) = 0 FROM stage_new").fetchone()[0]
    named = "SELECT name, min(key) AS key FROM stage_new WHERE id IS NULL GROUP BY name"
    query = f"""SELECT key, m.name, coalesce(m.id, n.id) AS id, m.created OR m.id IS NULL AS created, external, width, height
        FROM stage_new m LEFT JOIN (SELECT name, {last} + row_number() OVER (ORDER BY key) AS id FROM ({named})) n USING (name)"""
    if alone:
        query = f"""SELECT key, name, {last} + row_number() OVER (ORDER BY key) AS id, true AS created, external, width, height
            FROM stage_new"""
    cur.execute(f"INSERT INTO stage_match BY NAME {query}")


def _last(cur: Any) -> tuple[int, int]:
    """(the highest id that a sample ever had, how many samples there are)."""
    found = cur.execute("""SELECT max(id), count(*) FILTER (until IS NULL) FROM samples UNION ALL SELECT max(id), count(*) FROM stage_media
        UNION ALL SELECT max(id), 0 FROM stage_match
        UNION ALL SELECT max(try_cast(value AS BIGINT)), 0 FROM meta WHERE key = 'last_sample'""").fetchall()
    return max(last or 0 for last, _ in found), sum(count for _, count in found)


def create(cur: Any, report: Report, revision: int, split: str | None) -> int:
    """Insert the samples that are known by record only; how many."""
    staged, new, of_videos = cur.execute("""SELECT count(*), count(DISTINCT id), (SELECT count(video) > 0 FROM stage_samples)
        FROM stage_match WHERE created""").fetchone()
    video, join = ("v.id", "LEFT JOIN stage_match v ON v.key = s.video") if of_videos else ("NULL", "")
    if not staged:
        return 0
    first = "" if staged == new else "AND m.key IN (SELECT min(key) FROM stage_match WHERE created GROUP BY id)"
    cur.execute(
        f"""INSERT INTO samples BY NAME
        SELECT m.id, m.name, coalesce(s.kind, 'image') AS kind, coalesce(s.width, 0) AS width,
            coalesce(s.height, 0) AS height, coalesce($split, s.split) AS split, coalesce(s.tags, []) AS tags, {video} AS video,
            s.frame, s.fps, s.frames, s.external, s.meta, $revision::BIGINT AS since
        FROM stage_match m JOIN stage_samples s USING (key) {join} WHERE m.created {first} ORDER BY m.id""",
        {"split": split, "revision": revision},
    )
    missing = """SELECT coalesce(s.file, s.name) AS file, s.line, 'image not found: ' || s.name AS what
        FROM stage_match m JOIN stage_samples s USING (key) WHERE m.created"""
    tell(cur, report, missing, "note", staged)
    return int(new)


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
        QUALIFY row_number() OVER (PARTITION BY h.id ORDER BY key) = 1""",
        {"split": split},
    )
    cur.execute(
        """INSERT INTO samples SELECT s.* REPLACE ($1 AS until) FROM samples s JOIN stage_change c USING (id)
        WHERE s.until IS NULL AND s.since < $1""",
        [revision],
    )
    cur.execute(
        """UPDATE samples SET split = c.split, tags = c.tags, external = c.external, meta = c.meta, since = $1
        FROM stage_change c WHERE samples.id = c.id AND samples.until IS NULL""",
        [revision],
    )
    cur.execute("DROP TABLE temp.stage_change")
    tell(
        cur,
        report,
        """SELECT coalesce(s.file, s.name) AS file, s.line, 'the labels say ' || s.width || ' x ' ||
        s.height || ' pixels, the image has ' || h.width || ' x ' || h.height
        || CASE WHEN h.orientation > 1 THEN ' since it was turned upright: see where they lie' ELSE '' END AS what
        FROM stage_match m JOIN stage_samples s USING (key) JOIN samples h ON h.id = m.id AND h.until IS NULL
        WHERE NOT m.created AND h.width > 0 AND (s.width <> h.width OR s.height <> h.height)""",
        "note",
    )
