"""Whether anything is left: what was kept aside of what goes (``traces``) is looked for wherever it may have got to."""

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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from comexp_lab.api import InventoryRow, ScanProof
from comexp_lab.errors import BadImage, BadInput, Error
from comexp_lab.rights import datamap, needles, notebooks, surroundings
from comexp_lab.rights.mentions import Mentions, Stays
from comexp_lab.rights.needles import Needle
from comexp_lab.rights.scanner import VERSION, Hit, Residue, Scanner
from comexp_lab.rights.traces import Traces
from comexp_lab.store.vault import MAGIC
from comexp_lab.transport import mark, memory_dir, runtime_dir

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

MOST_LOOKS = 12
Progress = Callable[[int, int], None]


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
    shared = stays({*traces.names})  # what else is called so may be shown, in FiftyOne perhaps
    traces = replace(traces, names=[name for name in traces.names if name not in shared])
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
