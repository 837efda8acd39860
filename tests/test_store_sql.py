"""The user's SQL: what it can see, and all that it must not."""

from __future__ import annotations

import time

import pytest

from comexp_lab.api import Edit, EditBatch, ViewSpec
from comexp_lab.errors import BadInput, NotFound
from comexp_lab.store import sql
from tests.store_rig import add, add_samples, one, open_workspace


@pytest.fixture(scope="module")
def ds(tmp_path_factory):
    with open_workspace(tmp_path_factory.mktemp("sql")) as ws:
        ds = ws.create_dataset("d")
        add_samples(ds, 6)
        ds.edit(EditBatch(edits=[add(1, "dog"), add(1, "cat"), add(2, "dog"), add(3, "it's")]))
        ds.edit(one(Edit(op="set", label=1, set={"class_name": "cat"})))
        ds.edit(one(Edit(op="delete", label=2)))
        ds.freeze("v1")
        ds.edit(one(Edit(op="tag_sample", sample=4, tags=["night"])))
        yield ds


def test_the_views(ds) -> None:
    assert ds.query("SELECT class, count(*) AS n FROM labels GROUP BY ALL ORDER BY ALL").to_pylist() == [
        {"class": "cat", "n": 1}, {"class": "dog", "n": 1}, {"class": "it's", "n": 1},
    ]  # fmt: skip
    assert ds.query("SELECT count(*) AS n FROM labels", at=2).to_pylist() == [{"n": 4}]
    assert ds.query("SELECT count(*) AS n FROM labels", at="v1").to_pylist() == [{"n": 3}]
    assert ds.query("WITH mine AS (SELECT * FROM labels) SELECT count(*) AS n FROM mine JOIN samples s ON s.id = mine.sample;").to_pylist()
    assert ds.query("FROM history").num_rows == 2
    assert ds.query("FROM samples WHERE list_contains(tags, 'night') -- a comment").num_rows == 1
    assert ds.query("SELECT * FROM labels PIVOT (count(*) FOR class IN ('dog', 'cat'))").num_rows >= 1
    assert ds.query("SELECT (SELECT count(*) FROM labels l WHERE l.sample = s.id) AS n FROM samples s ORDER BY n DESC").num_rows == 6
    assert {"blob", "thumb", "until"}.isdisjoint(ds.query("FROM samples").column_names)
    with pytest.raises(NotFound):
        ds.query("SELECT 1", at="nowhere")
    with pytest.raises(NotFound):
        ds.query("SELECT 1", at=99)


REFUSED = [
    "DELETE FROM labels", "SELECT 1; SELECT 2", "SELECT 1; DROP TABLE labels", "", "   ", ";", "CREATE TABLE x AS SELECT 1",
    "INSERT INTO labels SELECT * FROM labels", "UPDATE labels SET x = 1", "ATTACH '/tmp/x.db'", "COPY labels TO '/tmp/x.csv'",
    "PRAGMA database_list", "SET threads = 1", "CHECKPOINT", "LOAD httpfs", "INSTALL spatial", "CALL pragma_version()", "SHOW TABLES",
    "DESCRIBE labels", "SUMMARIZE labels", "EXPLAIN SELECT 1", "VACUUM", "BEGIN", "ROLLBACK", "USE memory", "DETACH d",
    "SELECT * FROM blobs", "SELECT * FROM d.main.blobs", "SELECT * FROM main.labels", "SELECT * FROM d.labels", "FROM revisions",
    "SELECT key FROM d.main.blobs", "SELECT * FROM duckdb_settings()", "SELECT * FROM duckdb_databases()", "FROM information_schema.tables",
    "SELECT * FROM sqlite_master", "SELECT * FROM pg_catalog.pg_tables", "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')", "SELECT * FROM '/etc/passwd'", "SELECT * FROM glob('/*')",
    "SELECT * FROM query('FROM blobs')",
    "SELECT * FROM query_table('blobs')", "WITH x AS (SELECT * FROM blobs) SELECT * FROM x", "SELECT (SELECT max(key) FROM blobs)",
    "SELECT * FROM labels WHERE EXISTS (SELECT 1 FROM meta)", "SELECT 1) UNION (SELECT 2", "SELECT 1) t; DROP TABLE labels; --",
    "SELECT nonsense FROM labels", "SELECT 'x'::INT", "SELECT * FROM read_blob('/proc/self/environ')", "SELECT * FROM parquet_scan('x')",
    "SELECT error('boom')", "FROM samples s, LATERAL (FROM blobs)", "WITH RECURSIVE r AS (FROM versions) FROM r",
    "SELECT * FROM pragma_table_info('blobs')",
]  # fmt: skip


@pytest.mark.parametrize("query", REFUSED)
def test_everything_else_is_refused_in_one_line(ds, query) -> None:
    before = ds.revision, ds.stats()
    with pytest.raises(BadInput) as refusal:
        ds.query(query)
    assert "\n" not in str(refusal.value) and len(str(refusal.value)) < 400
    assert (ds.revision, ds.stats()) == before


def test_files_cannot_be_reached_even_past_the_parser(ds) -> None:
    """The second fence: the instance itself has no file access and its settings are locked."""
    with ds.source.use() as live, live.db.cursor() as cur:
        for query in ("FROM read_text('/etc/passwd')", "ATTACH '/tmp/x.db' AS x", "COPY (SELECT 1) TO '/tmp/x.csv'", "SET memory_limit = '1TB'",
                      "SET enable_external_access = true", "SET temp_directory = '/tmp'", "LOAD '/tmp/evil.duckdb_extension'"):  # fmt: skip
            with pytest.raises(Exception, match="disabled|locked|Cannot"):
                cur.execute(query)


def test_time_and_size_are_bounded(ds, monkeypatch) -> None:
    monkeypatch.setattr(sql, "TIMEOUT_S", 0.5)
    start = time.monotonic()
    with pytest.raises(BadInput, match="took longer"):
        ds.query("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b")
    assert time.monotonic() - start < 10
    monkeypatch.setattr(sql, "MAX_ROWS", 100)
    with pytest.raises(BadInput, match="too big"):
        ds.query("SELECT * FROM range(1000)")
    monkeypatch.setattr(sql, "MAX_BYTES", 10_000)
    with pytest.raises(BadInput, match="too big"):
        ds.query("SELECT repeat('x', 1000) FROM range(50)")


@pytest.mark.parametrize(("where", "ids"), [
    ("EXISTS labels", [1, 2, 3]), ("NOT EXISTS labels", [4, 5, 6]), ("not  exists LABELS and id > 4", [5, 6]),
    ("'cat' IN classes", [1]), ("'dog' IN classes OR 'it''s' IN classes", [2, 3]), ("'cat' NOT IN classes AND EXISTS labels", [2, 3]),
    ("name = 'EXISTS labels'", []), ("list_contains(tags, 'night')", [4]), ("id IN (SELECT sample FROM labels WHERE class = 'dog')", [2]),
    ("id = 3 -- no more", [3]), ("(SELECT count(*) FROM labels l WHERE l.sample = samples.id) > 0 AND width = 640", [1, 2, 3]),
    ("id < 3 OR id > 5", [1, 2, 6]),
])  # fmt: skip
def test_conditions(ds, where, ids) -> None:
    page = ds.page(ViewSpec(where=where))
    assert [sample.id for sample in page.samples] == ids and page.total == len(ids)
    page = ds.page(ViewSpec(where=where, limit=1, offset=1))
    assert [sample.id for sample in page.samples] == ids[1:2] and page.total == len(ids)
    assert [sample.id for sample in ds.page(ViewSpec(where=where, ids=[6, 3, 1])).samples] == [i for i in (6, 3, 1) if i in ids]


@pytest.mark.parametrize("where", [
    "1 = 1) OR (1 = 1", "1; DELETE FROM labels", "true ORDER BY id", "true LIMIT 1", "true UNION SELECT 1", "",
    "id IN (SELECT id FROM blobs)",
    "true GROUP BY id", "nothing = 1", "true) --", "id = 1 /*", "true WINDOW w AS ()", "true QUALIFY true", "count(*) > 1",
    "true HAVING true", "EXISTS (FROM d.main.blobs)", "id = (SELECT 1", "'unclosed",
])  # fmt: skip
def test_bad_conditions(ds, where) -> None:
    with pytest.raises(BadInput) as refusal:
        ds.page(ViewSpec(where=where or " "))
    assert "\n" not in str(refusal.value)


def test_order(ds) -> None:
    def ids(**spec) -> list[int]:
        return [sample.id for sample in ds.page(ViewSpec(**spec)).samples]

    assert ids(order_by="id DESC", limit=2) == [6, 5]
    assert ids(order_by="'cat' IN classes DESC, name DESC", limit=2) == [1, 6]
    assert ids(order_by="EXISTS labels, id -- last") == [4, 5, 6, 1, 2, 3]
    assert ids(ids=[5, 2, 2, 99, 3]) == [5, 2, 3]
    assert ids(ids=[]) == []
    for order in ("id; DROP TABLE x", "id LIMIT 1", "id) FROM x", "(SELECT max(key) FROM blobs)", "nothing", " "):
        with pytest.raises(BadInput):
            ids(order_by=order)
