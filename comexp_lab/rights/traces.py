"""What is kept aside of what goes, to be looked for afterwards; and what of it stands in what stays.

The pieces are personal data: they live in memory and, for the case of a crash, sealed in the ledger until the certificate is made.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from comexp_lab.rights import needles

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace
    from comexp_lab.store.parts import Doomed

MOST_FILES, MOST_BYTES, MOST_NAMES = 48, 32 << 20, 200
MOST_TEXTS, SEALED_TEXTS = 200_000, 500  # kept in memory for what notebooks show, and for the case of a crash
TELLING = 14  # characters of a name that is looked for everywhere: shorter ones turn up by chance


@dataclass
class Traces:
    """Contents of some of what goes, whole (``contents``) or, after a crash, in slices, and names that are looked for everywhere.

    ``files`` (names of files) and ``texts``: what outputs in notebooks may mention.
    """

    contents: list[bytes] = field(default_factory=list)
    slices: list[list[bytes]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def sealed(self) -> dict[str, Any]:
        """As JSON, small, to be sealed."""
        cut = self.slices + [list(needles.slices(data)) for data in self.contents]
        texts = {"names": self.names, "files": self.files[:SEALED_TEXTS], "texts": self.texts[:SEALED_TEXTS]}
        return {"slices": [[base64.b64encode(piece).decode() for piece in pieces] for pieces in cut], **texts}

    @classmethod
    def unsealed(cls, kept: dict[str, Any]) -> Traces:
        slices = [[base64.b64decode(piece) for piece in pieces] for pieces in kept["slices"]]
        return cls([], slices, kept["names"], kept.get("files", []), kept.get("texts", []))


STAYING = """
WITH s AS (SELECT * FROM samples WHERE id NOT IN (SELECT unnest($1::BIGINT[]))),
l AS (
    SELECT attributes FROM (SELECT sample, "class", attributes FROM labels UNION ALL SELECT sample, "class", attributes FROM history)
    WHERE sample NOT IN (SELECT unnest($1::BIGINT[])) AND "class" NOT IN (SELECT unnest($2::INTEGER[]))),
names AS (
    SELECT parse_filename(name) AS text FROM s UNION ALL SELECT parse_filename(name, true) FROM s UNION ALL SELECT sha256 FROM s
    UNION ALL SELECT unnest(tags) FROM s UNION ALL SELECT name FROM classes WHERE id NOT IN (SELECT unnest($2::INTEGER[]))
    UNION ALL SELECT name FROM versions),
documents AS (SELECT attributes AS document FROM l UNION ALL SELECT meta FROM s)
SELECT text FROM (SELECT unnest($3::VARCHAR[]) AS text) w
WHERE text IN (FROM names) OR EXISTS (SELECT 1 FROM documents WHERE contains(document, to_json(text)::VARCHAR))
"""


def gather(store: DatasetStore, samples: list[int] | None = None) -> Traces:
    """Some pictures of a dataset (or of ``samples``), spread over it, and names of files that are long enough to be told."""
    where, values = ("", []) if samples is None else ("WHERE s.id IN (SELECT unnest(?::BIGINT[]))", [samples])
    rows = store.read(
        f"SELECT s.name, s.blob, b.key, b.bytes FROM samples s LEFT JOIN blobs b ON b.id = s.blob {where} ORDER BY hash(s.id) LIMIT 2000",
        values,
    ).to_pylist()
    names = [row["name"].rpartition("/")[2] for row in rows]
    found = Traces([], [], telling(names if samples else [store.name, *names]))
    left = MOST_BYTES
    for row in rows:
        if row["blob"] is None or row["bytes"] > left or len(found.contents) == MOST_FILES:
            continue
        left -= row["bytes"]
        found.contents.append(store.vault.get(row["blob"], row["key"]))
    return found


def written(store: DatasetStore, samples: list[int] | None = None) -> tuple[list[str], list[str]]:
    """Names of files, and all that people wrote of a dataset or of ``samples``."""
    where, values = ("true", []) if samples is None else ("id IN (SELECT unnest(?::BIGINT[]))", [samples])
    columns = "DISTINCT parse_filename(name) AS name, sha256, tags, meta"
    rows = store.read(f"SELECT {columns} FROM samples WHERE {where} LIMIT {MOST_TEXTS}", values).to_pydict()
    texts = dict.fromkeys([tag for tags in rows["tags"] for tag in tags or ()] + in_labels(store, "sample", samples))
    if samples is None:
        texts |= dict.fromkeys([store.name, *(each.name for each in store.classes()), *(each.name for each in store.versions())])
    return list(dict.fromkeys(rows["name"])), [*texts, *_leaves(rows["meta"]), *(digest for digest in rows["sha256"] if digest)]


def in_labels(store: DatasetStore, column: str, numbers: list[int] | None) -> list[str]:
    """What people wrote into labels of samples or classes (None: into all)."""
    where = "true" if numbers is None else f'"{column}" IN (SELECT unnest($1::BIGINT[]))'
    labels = f"SELECT attributes FROM labels WHERE {where} UNION SELECT attributes FROM history WHERE {where}"
    found = store.read(
        f"SELECT attributes FROM ({labels}) WHERE attributes IS NOT NULL LIMIT {MOST_TEXTS}", [] if numbers is None else [numbers]
    )
    return _leaves(found["attributes"].to_pylist())


def _leaves(documents: Iterable[str | None]) -> list[str]:
    """The texts in documents of JSON."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for each in value.values() if isinstance(value, dict) else value:
                yield from texts(each)

    return list(dict.fromkeys(text for document in documents if document for text in texts(json.loads(document))))


def staying(workspace: Workspace, texts: set[str], dataset: str | None, gone: Doomed | None) -> set[str]:
    """Of these texts, those that stand in what stays: other datasets, and this one without ``gone`` (None: all of it goes).

    Without a dataset everything goes.
    """
    found, wanted = set[str](), list(texts)
    for entry in workspace.datasets() if dataset is not None else ():
        if entry.id == dataset and gone is None:
            continue
        samples, classes = (gone.samples, gone.classes) if entry.id == dataset and gone else ([], [])
        rows = workspace.dataset(entry.id, "erase").read(STAYING, [samples, classes, wanted])
        found |= set(rows["text"].to_pylist()) | ({entry.name} & texts)
    return found


def telling(names: Iterable[str]) -> list[str]:
    """Those that are long enough, and not too many."""
    return [name for name in dict.fromkeys(names) if len(name) >= TELLING][:MOST_NAMES]
