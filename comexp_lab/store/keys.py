"""Keys: one key-encryption key (KEK) per workspace, kept outside of it, wraps one data key per dataset.

``keys.sqlite`` in the workspace holds only wrapped keys: nonce · AES-256-GCM(KEK, data key) with the additional data
``workspace id/owner/epoch``. Deleting a row there, with secure_delete, is what makes a dataset unreadable at once. The
row ``check`` tells a wrong KEK from a right one before anything else is touched. Before the last key of an owner is
destroyed a tombstone is written outside of the workspace: a backup of the file does not bring it back.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comexp_lab.errors import NotFound, WrongKey
from comexp_lab.store.blobs import sync_folder
from comexp_lab.store.tombstones import Tombstones

SERVICE = "comexp_lab"


def _parse(text: bytes, where: str) -> bytes:
    text = text.strip()
    for decode in (bytes.fromhex, base64.b64decode):
        try:
            key = decode(text.decode())
        except (ValueError, UnicodeDecodeError):
            continue
        if len(key) == 32:
            return key
    raise WrongKey(f"{where} does not hold a key: it must be 32 bytes, written in hex or base64.")


def _default_file(workspace: str) -> Path:
    from platformdirs import user_config_path

    return user_config_path("comexp") / "keys" / workspace


def _os_keyring() -> object | None:
    """The operating system's keyring, if there is a real one."""
    import keyring

    backend = keyring.get_keyring()
    return backend if backend.priority >= 1 and "fail" not in type(backend).__module__ else None


def _write_key(path: Path, key: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(key.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def find_kek(workspace: str, create: bool) -> bytes:
    """The workspace's KEK: from ``$COMEXP_KEY_FILE``, a 0600 file of the user, or the OS keyring; made if ``create``."""
    given = os.environ.get("COMEXP_KEY_FILE")
    if given:
        try:
            return _parse(Path(given).read_bytes(), given)
        except OSError as error:
            raise WrongKey(f"The key file {given} cannot be read ({error.strerror}): correct COMEXP_KEY_FILE.") from None
    file = _default_file(workspace)
    if file.exists():
        return _parse(file.read_bytes(), str(file))
    backend = _os_keyring()
    stored = backend.get_password(SERVICE, workspace) if backend else None  # type: ignore[attr-defined]
    if stored:
        return _parse(stored.encode(), "The OS keyring")
    if not create:
        raise WrongKey("This workspace is encrypted with another key: set COMEXP_KEY_FILE to the file that holds its key.")
    key = secrets.token_bytes(32)
    if backend:
        backend.set_password(SERVICE, workspace, key.hex())  # type: ignore[attr-defined]
    else:
        _write_key(file, key)
    return key


class KeyStore:
    """The wrapped data keys of a workspace. Thread-safe; every change is durable when it returns."""

    def __init__(self, path: Path, workspace: str, kek: bytes, tombstones: Tombstones | None = None) -> None:
        self._path, self._workspace, self._cipher, self._tombstones = path, workspace, AESGCM(kek), tombstones
        self._lock = threading.Lock()
        if not path.exists():
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        self._write("CREATE TABLE IF NOT EXISTS keys(owner TEXT, epoch INTEGER, wrapped BLOB, PRIMARY KEY(owner, epoch))")
        self._check()
        self.came_back = self._destroy_again()

    def create(self, owner: str, at_least: int = 1) -> tuple[int, bytes]:
        """A new data key of ``owner`` under its next epoch, or a later one if so wished: (epoch, key)."""
        buried = self._tombstones.buried_epoch(owner) if self._tombstones else 0
        key = secrets.token_bytes(32)
        with self._lock, closing(self._connect()) as db:
            newest = db.execute("SELECT coalesce(max(epoch), 0) FROM keys WHERE owner = ?", (owner,)).fetchone()[0]
            epoch = max(buried + 1, newest + 1, at_least)
            db.execute("INSERT INTO keys VALUES (?, ?, ?)", (owner, epoch, self._wrap(owner, epoch, key)))
        return epoch, key

    def epochs(self, owner: str) -> list[tuple[int, bytes]]:
        """(epoch, key) of ``owner``, newest first; more than one only while an erasure is under way."""
        rows = self._read("SELECT epoch, wrapped FROM keys WHERE owner = ? ORDER BY epoch DESC", owner)
        return [(epoch, self._unwrap(owner, epoch, wrapped)) for epoch, wrapped in rows]

    def key(self, owner: str) -> bytes:
        """The newest key of ``owner``. Raises NotFound once it was destroyed."""
        found = self.epochs(owner)
        if not found:
            raise NotFound(f"The key of {owner} was destroyed: its data was erased.")
        return found[0][1]

    def ids(self, but: str = "") -> set[str]:
        """What the keys are called in the record of their destruction: digests, from which no key can be found.

        ``but``: without those of owners whose names begin so.
        """
        rows = self._read("SELECT owner, epoch, wrapped FROM keys WHERE owner <> 'check'")
        return {
            hashlib.sha256(b"comexp key" + self._unwrap(owner, epoch, wrapped)).hexdigest()[:32]
            for owner, epoch, wrapped in rows
            if not but or not owner.startswith(but)
        }

    def owners(self) -> set[str]:
        return {owner for (owner,) in self._read("SELECT DISTINCT owner FROM keys WHERE owner <> 'check'")}

    def bury(self, *owners: str) -> None:
        """From here on the keys that ``owners`` have now are destroyed at the next opening at the latest."""
        marks = ", ".join("?" * len(owners))
        newest = dict(self._read(f"SELECT owner, max(epoch) FROM keys WHERE owner IN ({marks}) GROUP BY owner", *owners))
        if self._tombstones and newest:
            self._tombstones.bury_keys(newest)

    def destroy(self, *owners: str) -> None:
        """Destroy all keys of ``owners`` at once: what they encrypted can never be read again, also not from a backup."""
        self.bury(*owners)
        self._write(f"DELETE FROM keys WHERE owner IN ({', '.join('?' * len(owners))})", *owners)

    def destroy_epoch(self, owner: str, epoch: int) -> None:
        """Destroy one key of ``owner``, whose data is under another one by now."""
        self._write("DELETE FROM keys WHERE owner = ? AND epoch = ?", owner, epoch)

    def _destroy_again(self) -> set[str]:
        """Destroy the keys that were destroyed and are there all the same, from a backup; whose they were."""
        if self._tombstones is None:
            return set()
        rows = self._read("SELECT owner, min(epoch) FROM keys WHERE owner <> 'check' GROUP BY owner")
        found = {owner: buried for owner, epoch in rows if (buried := self._tombstones.buried_epoch(owner)) >= epoch}
        for owner, buried in found.items():
            self._write("DELETE FROM keys WHERE owner = ? AND epoch <= ?", owner, buried)
        return set(found)

    def _check(self) -> None:
        rows = self._read("SELECT wrapped FROM keys WHERE owner = 'check'")
        if rows:
            self._unwrap("check", 0, rows[0][0])
        else:
            self._write("INSERT INTO keys VALUES (?, ?, ?)", "check", 0, self._wrap("check", 0, bytes(32)))

    def _aad(self, owner: str, epoch: int) -> bytes:
        return f"{self._workspace}/{owner}/{epoch}".encode()

    def _wrap(self, owner: str, epoch: int, key: bytes) -> bytes:
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, key, self._aad(owner, epoch))

    def _unwrap(self, owner: str, epoch: int, wrapped: bytes) -> bytes:
        try:
            return self._cipher.decrypt(wrapped[:12], wrapped[12:], self._aad(owner, epoch))
        except InvalidTag:
            raise WrongKey("This workspace is encrypted with another key: set COMEXP_KEY_FILE to the file that holds its key.") from None

    def _connect(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, isolation_level=None)
        for pragma in ("journal_mode=DELETE", "secure_delete=ON", "synchronous=FULL"):
            db.execute(f"PRAGMA {pragma}").fetchall()
        return db

    def _read(self, sql: str, *params: object) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, closing(self._connect()) as db:
            return db.execute(sql, params).fetchall()

    def _write(self, sql: str, *params: object) -> None:
        with self._lock, closing(self._connect()) as db:
            db.execute(sql, params)
