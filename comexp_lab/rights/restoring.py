"""An archive back into a lab: equal datasets under new ids, models and runs with their lineage to these.

Nothing is believed before every checksum was verified, and every picture is looked at in the sandbox again. Until all is there
a dataset carries a name that says so; whatever fails on the way leaves nothing behind.
"""

from __future__ import annotations

import io
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

from pydantic import ValidationError

from comexp_lab import bag as bags
from comexp_lab.api import RestoreIn, RestoreReport
from comexp_lab.api.base import Model, Storage
from comexp_lab.errors import BadArchive, BadImage, BadInput, Conflict
from comexp_lab.media import paths
from comexp_lab.media.archive import ZipTree
from comexp_lab.rights.archive import rows
from comexp_lab.rights.archive.learnt import Learnt
from comexp_lab.rights.archive.reading import Payload, Progress, Steps
from comexp_lab.store.schema import DATASET

if TYPE_CHECKING:
    from comexp_lab.media import Decoder
    from comexp_lab.store import Blob, DatasetStore, Workspace

MOST_MEMBERS = 5_000_000
AHEAD = 128 << 20
UNDER_WAY = "{} (being restored)"


class About(Model):
    """``dataset.json``"""

    name: str
    id: str
    storage: Storage
    created: datetime
    restricted: bool
    tables: int
    meta: dict[str, str]


@contextmanager
def archive_named(workspace: Workspace, wanted: RestoreIn) -> Iterator[BinaryIO]:
    """The archive that a request names; an upload is used up when it was restored."""
    from comexp_lab.formats.uploads import Uploads

    if (wanted.path is None) == (wanted.upload is None):
        raise BadInput("Name the archive: a path or an upload.")
    if wanted.path is not None:
        with paths.open_file(paths.resolve(wanted.path)) as file:
            yield file
    else:
        uploads, upload = Uploads(workspace), str(wanted.upload)
        stored = uploads.finished([upload])[upload][1]
        with workspace.vault.open(stored.blob, stored.key) as file:
            yield file
        uploads.remove([upload])


def restore(
    workspace: Workspace,
    file: BinaryIO,
    decoder: Decoder,
    progress: Progress,
    *,
    rename: dict[str, str] | None = None,
    check_model: Callable[[bytes], object] = lambda data: None,
) -> RestoreReport:
    """Bring an archive back in. Raises BadArchive, Conflict if a name is taken, Full, Cancelled; then nothing has changed.

    ``check_model`` must raise an Error for weights that are none.
    """
    began = time.monotonic()
    tree = ZipTree(file, max_members=MOST_MEMBERS)
    bag = bags.read(tree)
    size = sum(tree.size(f"{bag.root}/{name}") for name in bag.sums)
    found = _described(Payload(tree, bag, Steps(lambda share, what: None, size)))
    names = _named(workspace, list(found.values()), rename or {})  # first of all: nobody waits for a long check to hear of a name
    step = Steps(progress, size)
    bags.check(tree, bag, step.checked)
    step.again()
    work = _Restore(workspace, Payload(tree, bag, step), decoder, check_model)
    datasets = work.run(found, names)
    progress(1.0, "Done")
    return RestoreReport(
        datasets=datasets,
        models=len(work.learnt.models),
        runs=len(work.learnt.runs),
        files=len(bag.sums),
        bytes=size,
        seconds=round(time.monotonic() - began, 3),
        made=str(bag.about.get("made", "")),
        public_key=bag.public_key,
    )


class _Restore:
    def __init__(self, workspace: Workspace, payload: Payload, decoder: Decoder, check_model: Callable[[bytes], object]) -> None:
        self.workspace, self.payload, self.decoder = workspace, payload, decoder
        self.datasets = dict[str, str]()  # old id to new id
        self.learnt = Learnt(workspace, payload, check_model, self.datasets)

    def run(self, found: dict[str, About], names: list[str]) -> dict[str, str]:
        """Name to new id of the datasets."""
        try:
            for (folder, about), name in zip(found.items(), names, strict=True):
                self._dataset(folder, about, name)
            self.learnt.restore()
            for about, name in zip(found.values(), names, strict=True):
                self.workspace.rename_dataset(self.datasets[about.id], name)
                if about.restricted:
                    self.workspace.restrict_dataset(self.datasets[about.id])
        except BaseException:
            self._undo()
            raise
        return dict(zip(names, (self.datasets[about.id] for about in found.values()), strict=True))

    # ---- datasets ----
    def _dataset(self, folder: str, about: About, name: str) -> None:
        store = self.workspace.create_dataset(UNDER_WAY.format(name), about.storage)
        self.datasets[about.id] = store.id
        tables = {table: self._table(folder, table) for table in rows.TABLES}
        stored, thumbs = self._media(store, folder, tables["samples"])
        with store.writing("restore") as tx:
            rows.fill(tx, tables, stored, thumbs, {key: value for key, value in about.meta.items() if key != "schema"})
        store.created = about.created.isoformat()
        self.workspace.catalog.write("UPDATE datasets SET created = ? WHERE id = ?", [about.created, store.id])

    def _table(self, folder: str, table: str) -> Any:
        name = f"{folder}/tables/{table}.parquet"
        return rows.table(io.BytesIO(self.payload.read(name)), table, name)

    def _media(self, store: DatasetStore, folder: str, samples: Any) -> tuple[list[rows.Stored], dict[int, Blob]]:
        """Every file that a sample names into the vault, looked at first; and a new thumbnail for each sample."""
        stored: dict[str, rows.Stored] = {}
        thumbs: dict[int, Blob] = {}
        waiting: deque[tuple[dict[str, Any], int, Future[tuple[rows.Stored, Blob | None]]]] = deque()
        flying = 0

        def settle() -> int:
            row, size, future = waiting.popleft()
            found, thumb = future.result()
            stored[found.file] = found
            thumbs.update((number, thumb) for number in row["ids"] if thumb is not None)
            return size

        with ThreadPoolExecutor(self.decoder.workers + 1, thread_name_prefix="restore") as threads:
            try:
                for row in _mediarows(samples, folder):
                    size = self.payload.size(row["file"])
                    waiting.append((row, size, threads.submit(self._medium, store, row)))
                    flying += size
                    while waiting and (flying > AHEAD or len(waiting) > 16):
                        flying -= settle()
                while waiting:
                    settle()
            except BaseException:
                for _, _, future in waiting:
                    future.cancel()
                raise
        return list(stored.values()), thumbs

    def _medium(self, store: DatasetStore, row: dict[str, Any]) -> tuple[rows.Stored, Blob | None]:
        file = row["file"]
        if row["kind"] == "video" or row["until"] == 0:
            blob = store.vault.put(self.payload.pieces(file), durable=False)
            if blob.sha256 != self.payload.digest(file):
                raise bags.wrong(file)
            with store.vault.open(blob.id, blob.key) as reader:
                thumb = None if row["until"] == 0 else self._thumbnail(store, row, reader)
        else:
            data = self.payload.read(file)
            thumb = self._thumbnail(store, row, data)
            blob = store.vault.put(data, durable=False)
        if (blob.sha256, blob.bytes) != (row["sha256"] or blob.sha256, blob.bytes if row["bytes"] is None else row["bytes"]):
            raise BadArchive(f"{file} in the archive is not the file that its sample was.")
        return rows.Stored(file, blob), thumb

    def _thumbnail(self, store: DatasetStore, row: dict[str, Any], source: bytes | BinaryIO) -> Blob:
        try:
            info = self.decoder.inspect(source, row["name"], turn=False)
        except BadImage as error:
            raise BadArchive(f"{row['file']} in the archive: {error.detail}") from None
        if (info.width, info.height) != (row["width"], row["height"]):
            raise BadArchive(f"{row['file']} in the archive has another size than its sample.")
        return store.vault.put(info.thumbnail, durable=False)

    # ---- when it fails ----
    def _undo(self) -> None:
        for dataset in self.datasets.values():
            self.workspace.erase_dataset(dataset)
            self.workspace.catalog.write("DELETE FROM datasets WHERE id = ?", [dataset])
        self.learnt.undo()


def _described(payload: Payload) -> dict[str, About]:
    """Folder to description of the datasets."""
    pattern = re.compile(r"(data/datasets/[^/]+)/dataset\.json")
    return {match[1]: _about(payload, match[1]) for name in payload.names if (match := pattern.fullmatch(name))}


def _about(payload: Payload, folder: str) -> About:
    try:
        about = About.model_validate_json(payload.read(f"{folder}/dataset.json"))
    except ValidationError:
        raise BadArchive(f"{folder}/dataset.json in the archive does not describe a dataset.") from None
    if about.tables > len(DATASET):
        raise BadArchive("This archive was made by a newer version of comexp_lab: update the program.")
    return about


def _named(workspace: Workspace, found: list[About], rename: dict[str, str]) -> list[str]:
    """The names that the datasets get. Raises Conflict, with all names in the archive that are ``taken``, before anything is done."""
    if unknown := sorted(set(rename) - {about.name for about in found}):
        raise BadInput(f"There is no dataset {unknown[0]!r} in the archive to be renamed.")
    used = {entry.name for entry in workspace.datasets()}
    names = list[str]()
    taken = list[str]()
    for about in found:
        name = rename.get(about.name, about.name)
        taken += [about.name] if name in used else []
        used.add(name)
        names.append(name)
    if taken:
        first = rename.get(taken[0], taken[0])
        raise Conflict(
            f"There is already a dataset {first!r}: restore it under another name, rename={{{taken[0]!r}: 'another'}}.", taken=taken
        )
    if len({about.id for about in found}) < len(found):
        raise BadArchive("Two datasets in the archive have the same id.")
    return names


def _mediarows(samples: Any, folder: str) -> Iterator[dict[str, Any]]:
    """One row for each file that samples name, with the ``ids`` of them all; one that is shown, if there is one."""
    import pyarrow as pa

    columns = ["id", "name", "kind", "width", "height", "until", "sha256", "bytes", "file"]
    try:
        every = [row for batch in samples.iter_batches(rows.BATCH, columns=columns) for row in batch.to_pylist()]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise BadArchive(f"{folder}/tables/samples.parquet in the archive cannot be read: {str(error)[:120]}.") from None
    shown: dict[str, dict[str, Any]] = {}
    for row in sorted((row for row in every if isinstance(row["file"], str)), key=lambda row: row["until"] == 0):
        if not row["file"].startswith(f"{folder}/"):
            raise BadArchive(f"A sample of {folder} in the archive names a file that is not its own.")
        shown.setdefault(row["file"], row | {"ids": set()})["ids"].add(row["id"])
    yield from shown.values()
