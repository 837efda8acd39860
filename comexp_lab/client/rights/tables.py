"""What the lab answers about rights, with a face: each is its message, and a table or a line in a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Generic, TypeVar

from comexp_lab.api import (
    ConsentRecord,
    ErasureOut,
    FormOut,
    History,
    Inventory,
    Language,
    PolicyOut,
    PolicyTextOut,
    PurposeState,
    RequestDeadline,
    RequestOut,
    RequestState,
    RestoreReport,
    RetentionRow,
)
from comexp_lab.client.connection import Connection
from comexp_lab.client.run import SHORT
from comexp_lab.client.show import forgiving, size, table

Info = TypeVar("Info", RequestOut, ErasureOut)


class Said:
    """``print`` says what the cell shows."""

    def __str__(self) -> str:
        return repr(self)


class Followed(Generic[Info]):
    """Something that goes on in the lab service. Its name in lists is the beginning of its id."""

    def __init__(self, connection: Connection, info: Info) -> None:
        self._connection = connection
        self._info: Info = info
        self.id = info.id
        self.name = info.id[:SHORT]


class InventoryTable(Said, Inventory):
    """What is stored, by kind."""

    def __repr__(self) -> str:
        return f"Inventory({len(self.rows)} kinds of data, {size(self.bytes)})"

    def _repr_html_(self) -> str:
        rows = [[row.name, row.kind, row.items, size(row.bytes) if row.bytes else "", row.where] for row in self.rows]
        return table(f"Stored: {size(self.bytes)}", ["dataset", "what", "items", "bytes", "where"], rows)


class Restored(Said, RestoreReport):
    """What came back from an archive."""

    def __repr__(self) -> str:
        names = ", ".join(map(repr, self.datasets)) or "no dataset"
        return f"Restored({names}; {self.models} models, {self.runs} runs, {size(self.bytes)} in {self.seconds:.1f} s)"


class Purposed(Said, PurposeState):
    """A purpose, and whether data may be used for it now."""

    @property
    def name(self) -> str:
        return self.purpose

    @property
    def open(self) -> bool:
        return self.closed is None

    def _row(self) -> list[Any]:
        return [
            self.purpose,
            self.words.en,
            self.basis,
            "open" if self.open else f"closed: {self.closed}",
            self.consent,
            len(self.objections),
        ]

    def __repr__(self) -> str:
        return f"Purpose({self.purpose!r} rests on {self.basis}: {'open' if self.open else self.closed})"


class Consent(Said, ConsentRecord):
    """Something that was agreed to (ISO/IEC TS 27560)."""

    _connection: Connection

    @property
    def name(self) -> str:
        return self.purposes[0]

    def receipt(self, path: str | Path | None = None) -> str:
        """The receipt as JSON-LD; also written to ``path`` if there is one."""
        text = self._connection.request("GET", f"/rights/consents/{self.id}/receipt").text
        if path is not None:
            Path(path).expanduser().absolute().write_text(text)
        return text

    def _row(self) -> list[Any]:
        ended = f"{self.withdrawn:%Y-%m-%d %H:%M}" if self.withdrawn else ""
        return [", ".join(self.purposes), f"{self.given:%Y-%m-%d %H:%M}", ended, self.policy, self.language, self.method]

    def __repr__(self) -> str:
        took = f", withdrawn {self.withdrawn:%Y-%m-%d}" if self.withdrawn else ""
        return f"Consent({', '.join(self.purposes)}: given {self.given:%Y-%m-%d} to {self.policy}{took})"


class Request(Followed[RequestOut]):
    """Something that was asked for, with its clocks: ``state``, ``next``, ``deadlines``, ``reply()``, ``cancel()``."""

    @property
    def info(self) -> RequestOut:
        self._info = self._connection.get(f"/rights/requests/{self.id}", RequestOut)
        return self._info

    @property
    def state(self) -> RequestState:
        return self.info.state

    @property
    def next(self) -> str:
        """The next thing that the law wants done, and by when."""
        return self.info.next

    @property
    def deadlines(self) -> list[RequestDeadline]:
        return self.info.deadlines

    def reply(self, language: Language = "en") -> str:
        """The answer in writing, with everything that the law wants it to say."""
        return self._connection.request("GET", f"/rights/requests/{self.id}/reply", params={"language": language}).text

    def cancel(self) -> Request:
        """Take it back, as long as nothing was done."""
        self._connection.request("POST", f"/rights/requests/{self.id}/cancel")
        return self

    def _row(self) -> list[Any]:
        info = self._info
        return [self.name, info.type, info.target, info.state, f"{info.received:%Y-%m-%d}", info.next]

    @forgiving
    def __repr__(self) -> str:
        info = self.info
        return f"Request({self.name} {info.type} of {info.target}: {info.state}; {info.next})"

    @forgiving
    def _repr_html_(self) -> str:
        info = self.info
        rows: list[list[Any]] = [[f"{event.at:%Y-%m-%d %H:%M}", event.text] for event in info.log]
        rows += [[f"{each.due:%Y-%m-%d}" + " (done)" * (each.met is not None), each.text] for each in info.deadlines]
        return table(f"{info.type} of {info.target}: {info.state}", ["", ""], rows)


class Policy(Said, PolicyOut):
    """A version of a policy."""

    _connection: Connection

    @property
    def name(self) -> str:
        return self.id

    def text(self, language: Language = "en") -> str:
        """The registered text, in this language or else in the one that decides."""
        return self._connection.get(f"/rights/policies/{self.id}/text", PolicyTextOut, language=language).text

    def changes(self, language: Language = "en") -> list[str]:
        """What it changed against the version before it, as the lines of a unified diff; none for the first version."""
        return list(self._connection.request("GET", f"/rights/policies/{self.id}/changes", params={"language": language}).json())

    def _row(self) -> list[Any]:
        since = "" if self.published is None else f"{self.published:%Y-%m-%d}"
        return [self.id, self.product, self.version, f"{self.effective}", since, self.authoritative, ", ".join(self.texts)]

    def __repr__(self) -> str:
        return f"Policy({self.id!r}: effective {self.effective}, in {', '.join(self.texts)})"


class Kept(Said, RetentionRow):
    """How long a kind of data is kept, on which basis, and what happens then."""

    @property
    def name(self) -> str:
        return self.kind

    @property
    def term(self) -> str:
        return f"{self.amount} {self.unit}s from {self.start}" if self.amount else self.start

    def _row(self) -> list[Any]:
        return [self.words.en, self.term, self.action, self.basis, self.source]

    def __repr__(self) -> str:
        return f"Kept({self.kind!r}: {self.term}, then {self.action})"


class Form(Said, FormOut):
    """A form that asks for data: what for, what must be given, and what follows if it is not."""

    @property
    def name(self) -> str:
        return self.form

    def _row(self) -> list[Any]:
        asked = [f"{each.name}{' (needed)' * each.required}: {each.words.en}" for each in self.fields]
        return [self.form, self.purpose, " ".join(asked)]

    def __repr__(self) -> str:
        return f"Form({self.form!r} for {self.purpose}: {', '.join(each.name for each in self.fields)})"


class Happened(Said, History):
    """What happened, newest first, with the signed head of the ledger that holds it."""

    def __repr__(self) -> str:
        return f"History({self.head.size} entries, root {self.head.root[:16]}…)"

    def _repr_html_(self) -> str:
        rows = [[line.n, f"{line.at:%Y-%m-%d %H:%M:%S}", line.text] for line in self.lines]
        return table(f"{self.head.size} entries in the ledger, root {self.head.root[:16]}…", ["", "", ""], rows)
