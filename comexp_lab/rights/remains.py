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
from comexp_lab.rights import needles, surroundings
from comexp_lab.rights.needles import Needle
from comexp_lab.rights.scanner import VERSION, Residue, Scanner
from comexp_lab.store.vault import MAGIC
from comexp_lab.transport import memory_dir, runtime_dir

if TYPE_CHECKING:
    from comexp_lab.store import DatasetStore, Workspace

MOST_FILES, MOST_BYTES, MOST_LOOKS = 48, 32 << 20, 12
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
    found = Traces(names=[name for name in dict.fromkeys(row["name"].rpartition("/")[2] for row in rows) if len(name) >= TELLING][:200])
    left = MOST_BYTES
    for row in rows:
        if row["blob"] is None or row["bytes"] > left or len(found.contents) == MOST_FILES:
            continue
        left -= row["bytes"]
        found.contents.append(store.vault.get(row["blob"], row["key"]))
    return found


class Search:
    """Looks for the traces. Use it in a ``with``; it holds a sandboxed process."""

    def __init__(self, traces: Traces) -> None:
        self._everywhere = list(_contents(traces))
        self._names = [needle for name in traces.names for needle in _made(lambda name=name: needles.text(_id(), name))]  # type: ignore[misc]
        self._samples = [(needle, b"".join(needle.forms)) for needle in self._everywhere]
        with Scanner() as scanner:
            for data in traces.contents[:MOST_LOOKS]:
                with suppress(BadImage, BadInput):
                    needle = needles.picture(_id(), scanner.fingerprint(data), data)
                    self._everywhere.append(needle)
                    self._samples.append((needle, data))
        self._scanner, self._own = Scanner(self._everywhere), Scanner(self._everywhere + self._names)

    def __enter__(self) -> Search:
        return self

    def __exit__(self, *_: object) -> None:
        self._scanner.close()
        self._own.close()

    @property
    def needles(self) -> int:
        return len(self._everywhere) + len(self._names)

    def control(self) -> frozenset[str]:
        """The needles that are found where they certainly are: in a plain file, a zip and a notebook made for it, in memory."""
        folder = Path(tempfile.mkdtemp(prefix="comexp-control-", dir=memory_dir()))
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
            return self._own.scan([folder], control=True).controls_found
        finally:
            shutil.rmtree(folder)

    def own(self, roots: list[Path], found: frozenset[str], progress: Callable[[int, int], None]) -> Residue:
        """Look through what is ours, for contents, looks and names."""
        return self._own.scan(roots, controls=found, progress=progress)

    def around(self, places: list[surroundings.Place], found: frozenset[str], datasets: list[str]) -> list[Residue]:
        """Look through what is the user's, for contents and looks, and take out what holds them."""
        outcomes = []
        for place in places:
            roots = list(_files(place))
            for file in roots:
                if file.suffix == ".ipynb":
                    with suppress(BadInput):
                        surroundings.clean(place, file, self._scanner, datasets)
            first = self._scanner.scan(roots, controls=found)
            for file in {hit.file for hit in first.hits}:
                surroundings.clean(place, file, self._scanner, datasets)
            outcomes.append(self._scanner.scan(roots, controls=found) if first.hits else first)
        return outcomes


def prove(
    workspace: Workspace, traces: Traces, places: list[surroundings.Place], datasets: list[str], progress: Callable[[str], None]
) -> ScanProof:
    """Search everywhere, clean what is around the workspace, search again. Raises Error with what keeps it from being clean."""
    progress("Checking that the scanner finds what it looks for")
    with Search(traces) as search:
        found = search.control()
        if len(found) < search.needles:
            raise Error("The scanner did not find its own control material, so it can prove nothing: see the log of the service.")
        roots = list(own_files(workspace))
        progress("Looking through notebooks, histories and temporary files")
        outcomes = search.around(places, found, datasets)
        progress("Looking through the workspace")
        outcomes.append(search.own(roots, found, lambda files, size: progress(f"Looked through {files} files, {size >> 20} MB")))
        proof = ScanProof(
            version=VERSION,
            roots=sorted({"workspace", "sockets and logs of the service", *(NAMES[place.kind] for place in places)}),
            files=sum(each.files for each in outcomes),
            bytes=sum(each.bytes for each in outcomes),
            control=True,
            needles=search.needles,
            hits=sum(len(each.hits) for each in outcomes),
        )
    if hits := sorted({hit.file.name for each in outcomes for hit in each.hits}):
        raise Error(
            f"Parts of what was erased are still in {', '.join(hits[:3])}{' and others' * (len(hits) > 3)}: remove them, it is tried again."
        )
    if missed := [path.name for each in outcomes for path, _ in each.unreadable] + [
        note.file.name for each in outcomes for note in each.blind
    ]:
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
    """All files of the workspace and its sockets' folder, but for sealed ones of what stays: these hold nothing in the clear."""
    for folder in (workspace.path, runtime_dir(workspace.path)):
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
