"""Whether anything is left: pieces of what goes are kept aside, and looked for afterwards wherever it may have got to.

The pieces are personal data: they live in memory and, for the case of a crash, sealed in the ledger until the certificate is made.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import InventoryRow, ScanProof
from comexp_lab.errors import BadImage, BadInput, Error
from comexp_lab.rights import datamap, needles, notebooks, surroundings
from comexp_lab.rights.mentions import Mentions, Stays
from comexp_lab.rights.needles import Needle
from comexp_lab.rights.scanner import VERSION, Hit, Residue, Scanner
from comexp_lab.store.vault import MAGIC
from comexp_lab.transport import mark, memory_dir, runtime_dir

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace
    from comexp_lab.store.parts import Doomed

MOST_FILES, MOST_BYTES, MOST_LOOKS, MOST_NAMES = 48, 32 << 20, 12, 200
MOST_TEXTS, SEALED_TEXTS = 200_000, 500  # kept in memory for what notebooks show, and for the case of a crash
Progress = Callable[[int, int], None]
TELLING = 14  # characters of a name that is looked for: shorter ones turn up by chance


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


class Search:
    """Looks for the traces. Use it in a ``with``; it holds a sandboxed process."""

    def __init__(self, traces: Traces, mentions: Mentions) -> None:
        self._mentions = mentions
        everywhere = list(_contents(traces))
        names = [needle for name in traces.names for needle in _made(lambda name=name: needles.text(_id(), name))]  # type: ignore[misc]
        self._samples = [(needle, b"".join(needle.forms)) for needle in everywhere]
        self._scanner = Scanner()
        for data in traces.contents[:MOST_LOOKS]:
            with suppress(BadImage, BadInput):
                needle = needles.picture(_id(), self._scanner.fingerprint(data), data)
                everywhere.append(needle)
                self._samples.append((needle, data))
        self._everywhere, self._names = everywhere, names
        self._scanner.look_for(everywhere + names)
        self._cleaner: Scanner | None = None

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *_: object) -> None:
        self._scanner.close()
        if self._cleaner is not None:
            self._cleaner.close()

    @property
    def needles(self) -> int:
        return len(self._everywhere) + len(self._names) + len(self._mentions.texts)

    def control(self, prefix: str) -> frozenset[str]:
        """The needles that are found where they certainly are: in a plain file, a zip and a notebook made for it, in memory."""
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=memory_dir()))
        try:
            with zipfile.ZipFile(folder / "a.zip", "w", zipfile.ZIP_DEFLATED) as pack:
                for number, (_, data) in enumerate(self._samples):
                    (folder / f"{number}.bin").write_bytes(data)
                    pack.writestr(f"{number}.bin", data)
            names = [needle.forms[0] for needle in self._names]
            (folder / "names.txt").write_bytes(b"\n".join(names))
            pictures = [base64.b64encode(data).decode() for _, data in self._samples[:4]]
            outputs = [{"output_type": "display_data", "metadata": {}, "data": {"image/png": text}} for text in pictures]
            (folder / "a.ipynb").write_text(json.dumps({"cells": [{"cell_type": "code", "outputs": outputs}], "nbformat": 4}))
            found = self._scanner.scan([folder], control=True).controls_found
            return found | (self._mentions.texts if self._mentions.control() else set())
        finally:
            shutil.rmtree(folder)

    def own(self, roots: list[Path], found: frozenset[str], progress: Callable[[int, int], None]) -> Residue:
        """Look through what is ours, for contents, looks and names; logs that hold any are emptied."""
        residue = self._scanner.scan(roots, controls=found, progress=progress)
        logs = {hit.file for hit in residue.hits if hit.file.suffix == ".log"}
        for log in logs:  # of our own processes, which go on writing to them
            os.truncate(log, 0)
        residue.hits = [hit for hit in residue.hits if hit.file not in logs] + self._scanner.scan(logs, controls=found).hits
        return residue

    def around(self, places: list[surroundings.Place], found: frozenset[str], datasets: list[str], progress: Progress) -> list[Residue]:
        """Look through what is the user's, for contents, looks and mentions, and take out what holds them."""
        outcomes = []
        for place in places:
            files = list(_files(place))
            for file in list(self._telling(place, files, datasets)):
                self._clean(place, file, datasets)
            residue = self._look(files, found, progress)
            if residue.hits:
                for file in {hit.file for hit in residue.hits}:
                    self._clean(place, file, datasets)
                residue = self._look(files, found, progress)
            residue.hits += [Hit("mention", file, ("a text",)) for file in self._telling(place, files, datasets)]
            outcomes.append(residue)
        return outcomes

    def _telling(self, place: surroundings.Place, files: list[Path], datasets: list[str]) -> Iterator[Path]:
        """Those of the files that mention what is erased, or show something of the datasets."""
        if not datasets and not self._mentions:
            return
        for file in (each for path in files for each in (path.rglob("*") if path.is_dir() else (path,))):
            with suppress(BadInput, FileNotFoundError):
                book = surroundings.is_book(place, file)
                if notebooks.told(file, datasets, self._mentions.inside) if book else surroundings.mentioned(place, file, self._mentions):
                    yield file

    def _look(self, files: list[Path], found: frozenset[str], progress: Progress) -> Residue:
        """Names are the user's own affair in his own files."""
        residue = self._scanner.scan(files, controls=found, progress=progress)
        told = {needle.id for needle in self._everywhere}
        residue.hits = [hit for hit in residue.hits if hit.needle in told]
        return residue

    def _clean(self, place: surroundings.Place, file: Path, datasets: list[str]) -> None:
        if self._cleaner is None:
            self._cleaner = Scanner(self._everywhere)
        with suppress(BadInput, FileNotFoundError):  # what is no notebook; what went by itself
            surroundings.clean(place, file, self._cleaner, datasets, self._mentions)


def prove(
    workspace: Workspace,
    traces: Traces,
    places: list[surroundings.Place],
    datasets: list[str],
    stays: Stays,
    tell: Callable[[str], None],
) -> ScanProof:
    """Search everywhere, clean what is around the workspace, search again. Raises Error with what keeps it from being clean.

    Where nothing can be told from other data (a short name, a plain picture), the proof says so: no needles, no control.
    """
    tell("Checking that the scanner finds what it looks for")

    def progress(files: int, size: int) -> None:
        if files % 100 == 0:
            tell(f"Looked through {files} files, {size >> 20} MB")

    mentions = Mentions(traces.files, [*traces.texts, *traces.names], stays)
    with Search(traces, mentions) as search:
        found = search.control(f"{mark(runtime_dir(workspace.path))}control-")
        if len(found) < search.needles:
            raise Error("The scanner did not find its own control material, so it can prove nothing: see the log of the service.")
        tell("Looking through notebooks, histories and temporary files")
        outcomes = search.around(places, found, datasets, progress)
        tell("Looking through the workspace")
        outcomes.append(search.own(list(own_files(workspace)), found, progress))
        proof = ScanProof(
            version=VERSION,
            roots=sorted({"workspace", "sockets and logs of the service", *(NAMES[place.kind] for place in places)}),
            files=sum(each.files for each in outcomes),
            bytes=sum(each.bytes for each in outcomes),
            control=search.needles > 0,
            needles=search.needles,
            hits=sum(len(each.hits) for each in outcomes),
        )
    if hits := sorted({hit.file.name for each in outcomes for hit in each.hits}):
        raise Error(
            f"Parts of what was erased are still in {', '.join(hits[:3])}{' and others' * (len(hits) > 3)}: remove them, it is tried again."
        )
    blind = [path for each in outcomes for path in (*(path for path, _ in each.unreadable), *(note.file for note in each.blind))]
    if missed := [path.name for path in blind if os.path.lexists(path)]:  # what went away meanwhile holds nothing
        raise Error(f"Some files cannot be looked into ({', '.join(missed[:3])}): close or remove them, it is tried again.")
    return proof


def outlook(places: list[surroundings.Place], datasets: list[str], mentions: Mentions) -> list[InventoryRow]:
    """The notebooks of which something will be taken out for what is written in it; pictures are looked for when it is erased."""
    rows = []
    for place in places:
        for file in _files(place) if place.kind == "notebooks" else ():
            with suppress(BadInput, OSError):
                if cells := notebooks.told(file, datasets, mentions.inside):
                    path = str(file.relative_to(place.path))
                    where = f"{path}, cells {', '.join(map(str, cells))}" if any(cells) else path
                    rows.append(InventoryRow(dataset=None, name=path, kind="outputs in a notebook", where=where, items=len(cells), bytes=0))
    return rows


NAMES = {
    "notebooks": "notebooks and their checkpoints",
    "history": "history of IPython",
    "ystore": "store of collaborative edits",
    "layouts": "layouts of JupyterLab",
    "leftovers": "temporary files and shared memory",
    "cores": "core files",
    "trash": "trash",
}


def own_files(workspace: Workspace) -> Iterator[Path]:
    """All files in the places of ours (see the data map), but for sealed ones of what stays: these hold nothing in the clear."""
    for folder in datamap.folders(workspace.path):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink() and not _sealed(path):
                yield path


def _sealed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _files(place: surroundings.Place) -> Iterator[Path]:
    """In the user's folders only notebooks are looked into: his own pictures are his."""
    if place.kind != "notebooks":
        yield place.path
        return
    for folder, folders, files in os.walk(place.path):
        folders[:] = [name for name in folders if name == ".ipynb_checkpoints" or not name.startswith((".", "node_modules"))]
        yield from (Path(folder, name) for name in files if name.endswith(".ipynb"))


def _contents(traces: Traces) -> Iterable[Needle]:
    for data in traces.contents:
        yield from _made(lambda data=data: needles.content(_id(), data))  # type: ignore[misc]
    for pieces in traces.slices:
        if pieces:
            yield Needle(_id(), tuple(pieces))


def _made(make: Callable[[], Needle]) -> Iterator[Needle]:
    with suppress(BadInput):
        yield make()


def _id() -> str:
    return secrets.token_hex(8)
