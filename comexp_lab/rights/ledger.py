"""The one log of everything that rights remembers; every state (of a request, a consent, an erasure) is a fold over it.

::

    ledger/log.jsonl      an entry a line, canonical JSON (RFC 8785); its personal part sealed under the key of its scope
    ledger/heads.jsonl    for each entry the signed head of the Merkle tree (RFC 9162) over the lines up to it

The tree is over what is written, that is over ciphertext: the log still verifies after the key of a scope was destroyed.
An entry counts once its head is written. A crash in between leaves a line without a head, or a torn one: it is no entry.
"""

from __future__ import annotations

import base64
import errno
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pymerkle import BaseMerkleTree

from comexp_lab.api import TreeHead
from comexp_lab.errors import BadInput, Error, Full, NotFound
from comexp_lab.store.blobs import sync_folder
from comexp_lab.store.keys import KeyStore
from comexp_lab.verify import canonical, fits, signed_part

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

SIGNING = "signing"  # the one name below "ledger/" that is no scope: the key that signs heads and certificates

log = logging.getLogger("comexp")
CHANGED = "The ledger was changed behind the lab's back: restore the folder “ledger” from a backup, or move it away."


@dataclass(frozen=True)
class Entry:
    n: int
    at: datetime
    kind: str
    facts: Mapping[str, Any]
    scope: str | None
    private: Mapping[str, Any] | None  # None: nothing was sealed, or the key of its scope was destroyed


class _Tree(BaseMerkleTree):  # type: ignore[misc]
    """Hashes, proofs and roots are the library's; the leaves' hashes are kept in memory, what they are of in the log."""

    def __init__(self) -> None:
        self._leaves: list[bytes] = []
        super().__init__("sha256", capacity=1 << 24)

    def _encode_entry(self, data: bytes) -> bytes:
        return data

    def _store_leaf(self, data: bytes, digest: bytes) -> int:
        self._leaves.append(digest)
        return len(self._leaves)

    def _get_leaf(self, index: int) -> bytes:
        return self._leaves[index - 1]

    def _get_leaves(self, offset: int, width: int) -> list[bytes]:
        return self._leaves[offset : offset + width]

    def _get_size(self) -> int:
        return len(self._leaves)


class Ledger:
    """Thread-safe; one process owns the folder. An entry is durable when ``append`` returns."""

    def __init__(
        self,
        folder: Path,
        keys: KeyStore,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        keep: Callable[[TreeHead], None] = lambda head: None,
    ) -> None:
        """``keep`` is told of each new head, to have it somewhere else."""
        self.notices: list[str] = []
        self._log, self._heads, self._keys, self._clock, self._keep = folder / "log.jsonl", folder / "heads.jsonl", keys, clock, keep
        self._lock, self._ciphers = threading.RLock(), dict[str, AESGCM]()
        self._fault = ""
        self._signer = Ed25519PrivateKey.from_private_bytes(self._key(SIGNING, create=True))
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (folder / "ledger.jsonl").exists():
            (folder / "ledger.jsonl").rename(folder / "ledger.old.jsonl")
            self.notices.append("The ledger of an earlier version was kept aside as ledger/ledger.old.jsonl; a new one was begun.")
        for path in (self._log, self._heads):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        sync_folder(folder)
        self._load()

    @property
    def public_key(self) -> str:
        return self._signer.public_key().public_bytes_raw().hex()

    def sign(self, message: bytes) -> str:
        return self._signer.sign(message).hex()

    def append(
        self, kind: str, facts: Mapping[str, Any] | None = None, *, private: Mapping[str, Any] | None = None, scope: str = "account"
    ) -> Entry:
        """Write one entry; durable when it returns. Personal data goes into ``private`` only."""
        with self._lock:
            if self._fault:
                self._load()
            if self._fault:
                raise Error(self._fault)
            n = self._tree.get_size()
            now = _stamp(self._clock())
            document = {"n": n, "at": now, "kind": kind, "facts": dict(facts or {})}
            if private is not None:
                document |= {"scope": scope, "sealed": self._seal(n, kind, scope, private)}
            line = canonical(document)
            try:
                _write(self._log, line)
                self._tree.append_entry(line)
                self._head = self._sign_head(self._tree, now)
                _write(self._heads, canonical(self._head.model_dump()))
            except BaseException:
                self._fault = CHANGED
                self._load()
                raise
            try:
                self._keep(self._head)
            except OSError as error:  # the entry is there; the next one tries again
                log.warning("the head of the ledger was not kept", exc_info=error)
            return self._entry(line)

    def entries(self, *kinds: str, since: int = 0) -> Iterator[Entry]:
        """Oldest first, from entry ``since`` on; all kinds if none are given."""
        with self._lock:
            lines = _lines(self._log)[0]
        for n, line in enumerate(lines[since:], since):
            try:
                document = json.loads(line)
            except ValueError:
                raise Error(f"The ledger was changed: entry {n} cannot be read.") from None
            if not kinds or document["kind"] in kinds:
                yield self._read(document)

    def forget(self, scope: str) -> None:
        """Destroy the key of a scope: ``private`` of its entries can never be read again. The log still verifies."""
        _require_scope(scope)
        with self._lock:
            self._ciphers.pop(scope, None)
            self._keys.destroy(f"ledger/{scope}")

    def look_again(self) -> None:
        """Keys were destroyed behind the ledger's back: none that it remembers is used any more."""
        with self._lock:
            self._ciphers.clear()

    def line(self, n: int) -> str:
        """An entry as it is written: what the tree is over."""
        with self._lock:
            return _lines(self._log)[0][n].decode()

    def head(self) -> TreeHead:
        """The signed head of the tree over all entries."""
        with self._lock:
            return self._head

    def inclusion(self, n: int, size: int | None = None) -> dict[str, Any]:
        """Proof that entry ``n`` is in the tree of the first ``size`` entries (default: of all)."""
        proof: dict[str, Any] = self._tree.prove_inclusion(n + 1, size).serialize()
        return proof

    def consistency(self, old_size: int, size: int | None = None) -> dict[str, Any]:
        """Proof that the tree of ``size`` entries (default: of all) goes on from that of ``old_size``."""
        proof: dict[str, Any] = self._tree.prove_consistency(old_size, size).serialize()
        return proof

    def agrees(self, head: TreeHead) -> bool | None:
        """Whether it goes on from a signed head (RFC 9162 §2.1.4: same root at that size). None if that is not ours, or longer than it."""
        with self._lock:
            if not self._genuine(head) or head.size > self._tree.get_size():
                return None
            return bool(self._tree.get_root(head.size).hex() == head.root)

    def verify(self, *known: TreeHead) -> int:
        """The number of entries; Error if one was changed, removed or added since it was written, or since a ``known`` head."""
        with self._lock:
            lines, heads = _lines(self._log)[0], [_parse_head(line) for line in _lines(self._heads)[0]]
        tree, roots = _Tree(), [_Tree().hash_empty().hex()]
        for n, (line, head) in enumerate(zip(lines, heads, strict=False)):
            tree.append_entry(line)
            roots.append(tree.get_root().hex())
            if head is None or (head.size, head.root) != (n + 1, roots[-1]) or not self._genuine(head):
                raise Error(f"The ledger was changed: entry {n} is not what was signed.")
        if len(lines) != len(heads):
            raise Error(f"The ledger was changed: it has {len(lines)} entries, and {len(heads)} were signed.")
        for head in known:
            if head.size > len(lines):
                raise Error(f"The ledger was changed: it has {len(lines)} entries, and once had {head.size}.")
            if head.root != roots[head.size] or not self._genuine(head):
                raise Error(f"The ledger was changed: its first {head.size} entries are not those of the head that was given.")
        return len(lines)

    def _load(self) -> None:
        """Read the log once; drop what a crash left behind its last signed head. What does not fit stays as it is, as evidence."""
        lines, torn = _lines(self._log)
        signed, torn_head = _lines(self._heads)
        if torn_head:
            os.truncate(self._heads, self._heads.stat().st_size - torn_head)
        if len(lines) == len(signed) + 1:
            torn += len(lines.pop()) + 1
        if torn:
            os.truncate(self._log, self._log.stat().st_size - torn)
        self._tree, self._fault = _Tree(), ""
        self._tree.append_entries(lines)
        last = _parse_head(signed[-1]) if signed else self._sign_head(self._tree, _stamp(self._clock()))
        whole = len(lines) == len(signed) and last is not None and last.size == len(lines)
        if whole and last is not None and last.root == self._tree.get_root().hex() and self._genuine(last):
            self._head = last
        else:
            self._fault = CHANGED

    def _sign_head(self, tree: _Tree, at: str) -> TreeHead:
        facts = {"size": tree.get_size(), "root": tree.get_root().hex(), "at": at}
        return TreeHead(**facts, signature=self.sign(signed_part(facts)), public_key=self.public_key)

    def _genuine(self, head: TreeHead) -> bool:
        return head.public_key == self.public_key and fits(head.public_key, head.signature, signed_part(head.model_dump()))

    def _key(self, name: str, create: bool) -> bytes:
        owner = f"ledger/{name}"
        with suppress(NotFound):
            return self._keys.key(owner)
        if not create:
            raise NotFound("This key was destroyed.")
        return self._keys.create(owner)[1]

    def _cipher(self, scope: str, create: bool) -> AESGCM:
        _require_scope(scope)
        with self._lock:
            if scope not in self._ciphers:
                self._ciphers[scope] = AESGCM(self._key(scope, create))
            return self._ciphers[scope]

    def _seal(self, n: int, kind: str, scope: str, private: Mapping[str, Any]) -> str:
        nonce = os.urandom(12)
        return base64.b64encode(nonce + self._cipher(scope, create=True).encrypt(nonce, canonical(dict(private)), _bound(n, kind))).decode()

    def _entry(self, line: bytes) -> Entry:
        return self._read(json.loads(line))

    def _read(self, document: dict[str, Any]) -> Entry:
        private, scope = None, document.get("scope")
        if scope is not None:
            sealed = base64.b64decode(document["sealed"])
            with suppress(NotFound, InvalidTag):  # destroyed; or destroyed, and the scope began anew
                opened = self._cipher(scope, create=False).decrypt(sealed[:12], sealed[12:], _bound(document["n"], document["kind"]))
                private = json.loads(opened)
        at = datetime.fromisoformat(document["at"])
        return Entry(document["n"], at, document["kind"], document["facts"], scope, private)


_opened: WeakKeyDictionary[Workspace, Ledger] = WeakKeyDictionary()
_opening = threading.Lock()


def of(workspace: Workspace) -> Ledger:
    """The ledger of a workspace: the same object for everybody in this process."""
    with _opening:
        if workspace not in _opened:
            keep = lambda head: workspace.tombstones.keep_head(head.model_dump(mode="json"))  # noqa: E731
            ledger = _opened[workspace] = Ledger(workspace.path / "ledger", workspace.keys, keep=keep)
            workspace.notices.extend(ledger.notices)
        return _opened[workspace]


def _bound(n: int, kind: str) -> bytes:
    """What a sealed part is bound to, so that it cannot be moved to another entry."""
    return f"{n} {kind}".encode()


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds")


def _require_scope(scope: str) -> None:
    if not scope or scope == SIGNING:
        raise BadInput(f"{scope!r} is no scope of the ledger.")


def _parse_head(line: bytes) -> TreeHead | None:
    with suppress(ValueError):
        return TreeHead.model_validate_json(line)
    return None


def _lines(path: Path) -> tuple[list[bytes], int]:
    """The whole lines of a file, and how many bytes of a torn one follow."""
    *lines, rest = path.read_bytes().split(b"\n")
    return lines, len(rest)


def _write(path: Path, line: bytes) -> None:
    """Append a line, durably; all of it or nothing."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND)
    try:
        before = os.fstat(handle).st_size
        try:
            if os.write(handle, line + b"\n") <= len(line):
                raise OSError(errno.ENOSPC, "short write")
            os.fsync(handle)
        except BaseException as error:
            os.ftruncate(handle, before)
            if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise Full("The disk is full, so nothing more can be recorded: free some space.") from None
            raise
    finally:
        os.close(handle)
