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

from comexp_lab.api import ScanProof
from comexp_lab.errors import BadImage, BadInput, Error
from comexp_lab.rights import datamap, needles, surroundings
from comexp_lab.rights.needles import Needle
from comexp_lab.rights.scanner import VERSION, Residue, Scanner
from comexp_lab.store.vault import MAGIC
from comexp_lab.transport import mark, memory_dir, runtime_dir

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

MOST_FILES, MOST_BYTES, MOST_LOOKS, MOST_NAMES = 48, 32 << 20, 12, 200
Progress = Callable[[int, int], None]
TELLING = 14  # characters of a name that is looked for: shorter ones turn up by chance


@dataclass
class Traces:
    """Contents of some of what goes, whole (``contents``) or, after a crash, in slices, and names of files."""

    contents: list[bytes] = field(default_factory=list)
    slices: list[list[bytes]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def sealed(self) -> dict[str, Any]:
        """As JSON, small, to be sealed."""
        cut = self.slices + [list(needles.slices(data)) for data in self.contents]
        return {"slices": [[base64.b64encode(piece).decode() for piece in pieces] for pieces in cut], "names": self.names}

    @classmethod
    def unsealed(cls, kept: dict[str, Any]) -> Traces:
        return cls([], [[base64.b64decode(piece) for piece in pieces] for pieces in kept["slices"]], kept["names"])


def gather(store: DatasetStore, samples: list[int] | None = None) -> Traces:
    """Some pictures of a dataset (or of ``samples``), spread over it, and names of files that are long enough to be told."""
    where, values = ("", []) if samples is None else ("WHERE s.id IN (SELECT unnest(?::BIGINT[]))", [samples])
    rows = store.read(
        f"SELECT s.name, s.blob, b.key, b.bytes FROM samples s LEFT JOIN blobs b ON b.id = s.blob {where} ORDER BY hash(s.id) LIMIT 2000",
        values,
    ).to_pylist()
    names = [row["name"].rpartition("/")[2] for row in rows]
    found = Traces(names=telling(names if samples else [store.name, *names]))
    left = MOST_BYTES
    for row in rows:
        if row["blob"] is None or row["bytes"] > left or len(found.contents) == MOST_FILES:
            continue
        left -= row["bytes"]
        found.contents.append(store.vault.get(row["blob"], row["key"]))
    return found


def telling(names: Iterable[str]) -> list[str]:
    """Those that are long enough, and not too many."""
    return [name for name in dict.fromkeys(names) if len(name) >= TELLING][:MOST_NAMES]


class Search:
    """Looks for the traces. Use it in a ``with``; it holds a sandboxed process."""

    def __init__(self, traces: Traces) -> None:
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
        return len(self._everywhere) + len(self._names)

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
            return self._scanner.scan([folder], control=True).controls_found
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
        """Look through what is the user's, for contents and looks, and take out what holds them."""
        outcomes = []
        for place in places:
            files = list(_files(place))
            if datasets:
                for file in (file for file in files if file.suffix == ".ipynb"):
                    self._clean(place, file, datasets)
            residue = self._look(files, found, progress)
            if residue.hits:
                for file in {hit.file for hit in residue.hits}:
                    self._clean(place, file, datasets)
                residue = self._look(files, found, progress)
            outcomes.append(residue)
        return outcomes

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
            surroundings.clean(place, file, self._cleaner, datasets)


def prove(
    workspace: Workspace, traces: Traces, places: list[surroundings.Place], datasets: list[str], tell: Callable[[str], None]
) -> ScanProof:
    """Search everywhere, clean what is around the workspace, search again. Raises Error with what keeps it from being clean.

    Where nothing can be told from other data (a short name, a plain picture), the proof says so: no needles, no control.
    """
    tell("Checking that the scanner finds what it looks for")

    def progress(files: int, size: int) -> None:
        if files % 100 == 0:
            tell(f"Looked through {files} files, {size >> 20} MB")

    with Search(traces) as search:
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
