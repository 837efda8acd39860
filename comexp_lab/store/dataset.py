"""One dataset: what can be asked of it and done to it. Any number of threads read, one at a time writes."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from comexp_lab.api import (
    ClassOut,
    DatasetOut,
    EditBatch,
    Purpose,
    Receipt,
    ReviewIn,
    SampleOut,
    SamplePage,
    Stats,
    Storage,
    UndoIn,
    VersionOut,
    ViewSpec,
)
from comexp_lab.errors import NotFound
from comexp_lab.store import classes, erase, parts, queries, sealed, sql, versions, views
from comexp_lab.store.blobs import disk_time
from comexp_lab.store.gate import Closed, Gate
from comexp_lab.store.live import Live, Writing
from comexp_lab.store.ondemand import OnDemand
from comexp_lab.store.parts import Doomed
from comexp_lab.store.sealed import Sealed
from comexp_lab.store.space import Space
from comexp_lab.store.vault import Vault
from comexp_lab.store.writer import Writer

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


@dataclass(slots=True)
class Common:
    """What all that use a dataset, each for its purpose, have in common."""

    made: int  # by the clock of the disk: files in the vault that are older and that no row knows are leftovers
    swept: bool = False
    used: float = field(default_factory=time.monotonic)  # when somebody last asked for it
    summary: DatasetOut | None = None
    on_erase: Callable[[str], None] | None = None  # for whoever keeps a copy: samples of this dataset were destroyed


class DatasetStore:
    """Get one from a :class:`Workspace`, for a purpose. ``vault`` holds its media, ``path`` is its folder."""

    def __init__(
        self,
        number: str,
        name: str,
        storage: Storage,
        created: str,
        path: Path,
        vault: Vault,
        space: Space,
        opener: Callable[[], Live],
        closed: Closed,
        erase_file: Callable[[Doomed], list[str]],
    ) -> None:
        self.id, self.storage, self.created, self.path, self.vault = number, storage, created, path, vault
        self.purpose: Purpose = "store"
        self.source = OnDemand(name, opener)
        self._gate = Gate(number, closed)
        self._erase_file = erase_file
        self._writer = Writer(self.source, space, self.require)
        self.common = Common(disk_time(path / "media") if storage == "retained" else 0)

    def for_purpose(self, purpose: Purpose) -> DatasetStore:
        """The same dataset, to be used for ``purpose``. Raises Restricted if that is closed; so does every use of it later."""
        self._gate.require(purpose, self.name)
        self.common.used = time.monotonic()
        other = copy.copy(self)
        other.purpose = purpose
        other._writer = self._writer.checked(other.require)
        return other

    def require(self, *, writing: bool = False) -> None:
        """Raises Restricted if the dataset may not be used for its purpose (any more)."""
        self._gate.require(self.purpose, self.name, writing=writing)

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def restricted(self) -> bool:
        """Frozen by its owner: it is kept, may be taken away and destroyed, and nothing else."""
        return self._gate.frozen

    def rename(self, name: str) -> None:
        self.source.name = name

    def restrict(self, restricted: bool) -> None:
        self._gate.frozen = restricted

    def fence(self, up: bool) -> None:
        self._gate.fenced = up

    # ---- reading ----
    @property
    def revision(self) -> int:
        with self.source.use() as live:
            return live.state.revision

    def read(self, query: str, params: Any = ()) -> pa.Table:
        """Our own SQL over the plain tables, as an Arrow table."""
        with self._cursor() as cur:
            return cur.execute(query, list(params)).to_arrow_table()

    def query(self, query: str, at: int | str | None = None) -> pa.Table:
        """The user's SQL: one SELECT over samples, labels, classes, history. Raises BadInput, NotFound."""
        self.require()
        with self.source.use() as live, live.db.transaction("READ ONLY") as cur:
            return sql.select(cur, query, views.revision_of(cur, at))

    @contextmanager
    def reading(self, view: ViewSpec | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor in a read transaction that sees ``picked(id, position)``, ``samples_now`` and ``labels_now``."""
        self.require()
        with self.source.use() as live, views.reading(live.db, view) as cur:
            yield cur

    def page(self, view: ViewSpec) -> SamplePage:
        with self.reading(view) as cur:
            return views.page(cur, view)

    def sample(self, number: int) -> SampleOut:
        """One sample with its labels. Raises NotFound."""
        found = self.page(ViewSpec(ids=[number])).samples
        if not found:
            raise NotFound(f"There is no sample {number}: it was deleted or never existed.", sample=number)
        return found[0]

    def media(self, sample: int) -> Sealed:
        """Where the picture or video of a sample lies in the vault. Raises NotFound."""
        with self._cursor() as cur:
            return sealed.media(cur, sample)

    def thumbnail(self, sample: int) -> Sealed | None:
        """Where its small picture (JPEG or PNG) lies, None if there is none. Raises NotFound."""
        with self._cursor() as cur:
            return sealed.thumbnail(cur, sample)

    def classes(self, erased: bool = False) -> list[ClassOut]:
        """In order of their numbers; without gaps only with those ``erased``."""
        with self._cursor() as cur:
            return classes.listed(cur, erased)

    def stats(self) -> Stats:
        with self._cursor() as cur:
            return queries.stats(cur)

    def duplicates(self, iou: float = 0.9, view: ViewSpec | None = None) -> pa.Table:
        """Pairs of boxes of one class on one image that overlap by at least ``iou``: sample, a, b, iou (label ids, a < b)."""
        with self.reading(view) as cur:
            return queries.duplicates(cur, iou)

    def versions(self) -> list[VersionOut]:
        with self._cursor() as cur:
            return versions.listed(cur)

    def describe(self) -> DatasetOut:
        """What a list of datasets shows; while the dataset is closed, what was found last."""
        known = self.common.summary
        if known is None or (self.source.is_open and known.revision != self.revision):
            with self.source.use() as live, live.db.cursor() as cur:  # also while something is being erased: a list shows all
                facts = queries.summary(cur)
            known = self.common.summary = DatasetOut(id=self.id, name=self.name, storage=self.storage, created=self.created, **facts)
        return known.model_copy(update={"name": self.name, "restricted": self.restricted})

    # ---- writing: durable when it returns; all raise Restricted and Full ----
    def edit(self, batch: EditBatch, author: str = "human") -> Receipt:
        """Apply a batch as one revision, exactly once. Raises Conflict, NotFound, BadInput, and then nothing was applied."""
        return self._writer.edit(batch, author)

    def undo(self, wanted: UndoIn, author: str = "human") -> Receipt:
        """Restore the rows that a revision changed, as a new revision. Raises NotFound, Conflict if changed since."""

        def body(live: Live) -> dict[str, Any]:
            return {"revision": live.state.revision if wanted.revision is None else wanted.revision}

        return self._writer.commit("undo", body, author, "undo", wanted.client_id)

    def review(self, wanted: ReviewIn, author: str = "human") -> Receipt:
        """Give suggestions another state, in bulk, as one revision; ``labels`` of the receipt are those that changed."""

        def body(live: Live) -> dict[str, Any] | None:
            with views.reading(live.db, wanted.view) as cur:
                ids = queries.reviewed(cur, wanted)
            return {"ids": ids, "state": wanted.state} if ids else None

        return self._writer.commit("review", body, author, f"review: {wanted.state}", wanted.client_id)

    def writing(self, message: str, author: str = "import", *, staged: bool = False) -> AbstractContextManager[Writing]:
        """A bulk write as one revision, in the file when it ends, rolled back on error. ``staged``: see ``Writing``."""
        return self._writer.bulk(message, author, self.vault.sync, staged)

    def class_id(self, tx: Writing, name: str) -> int:
        """The id of a class, made if it is not there yet."""
        return classes.find_or_make(tx.cur, name)

    def create_class(self, name: str, color: str | None = None) -> ClassOut:
        """A new class, or the one that has the name already."""
        with self.writing("new class", "human") as tx:
            number = classes.create(tx.cur, name, color)
        return self._class(number)

    def change_class(self, number: int, name: str | None = None, color: str | None = None) -> ClassOut:
        """Another name or colour. Raises NotFound, Conflict if the name is taken."""
        with self.writing("changed class", "human") as tx:
            classes.change(tx.cur, number, name, color)
        return self._class(number)

    def freeze(self, name: str) -> VersionOut:
        """Name the present revision. Raises Conflict if the name is taken."""
        with self.source.writing, self._writer.ready() as live:
            version = versions.freeze(live, name)
            live.checkpoint()
            return version

    # ---- erasure and life ----
    def erase_parts(self, doomed: Doomed) -> None:
        """Destroy what goes, of all revisions, for ever. Raises Restricted, Full."""
        with self.source.writing:
            if self.storage == "ephemeral":
                with self._writer.ready() as live:
                    blobs = parts.delete_parts(live, doomed)
            else:
                with self._writer.ready() as live:
                    live.checkpoint()
                with self.source.replace():
                    blobs = self._erase_file(doomed)
            self.common.summary = None
        for blob in blobs:
            self.vault.delete(blob)
        if self.common.on_erase is not None:
            self.common.on_erase(self.id)

    def tidy(self, checkpoint_s: float, close_s: float) -> None:
        """Checkpoint and close what has been idle for so many seconds (datasets in memory stay open); sweep once."""
        self.source.tidy(checkpoint_s, close_s if self.storage == "retained" else float("inf"))
        if not self.common.swept and self.source.is_open and self.source.idle_s >= checkpoint_s and self.storage == "retained":
            self.common.swept = True
            with self._cursor() as cur:
                erase.sweep_blobs(cur, self.path / "media", self.common.made)

    def close(self, forever: bool = False) -> None:
        """Checkpoint and close; the next use opens it again, unless ``forever``."""
        self.source.close(forever)

    def _class(self, number: int) -> ClassOut:
        return next(each for each in self.classes() if each.id == number)

    @contextmanager
    def _cursor(self) -> Iterator[duckdb.DuckDBPyConnection]:
        self.require()
        with self.source.use() as live, live.db.cursor() as cur:
            yield cur
