"""What was erased, remembered outside of the workspace, so that a backup from before brings nothing back.

One line of JSON per erasure in a 0600 file beside the workspace's key (or in ``$COMEXP_TOMBSTONES``): HMAC-SHA256 of random
ids under the workspace's key, numbers of samples and classes, epochs; nothing that says anything about anybody. Every
opening of the workspace compares what it finds with this list and destroys again what is on it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
from pathlib import Path
from typing import Any

from comexp_lab.store.blobs import sync_folder


class Tombstones:
    """Thread-safe; durable when a method returns. A torn last line is no entry."""

    def __init__(self, path: Path, kek: bytes) -> None:
        self._path, self._pepper = path, hashlib.sha256(b"comexp tombstones" + kek).digest()
        self._lock = threading.Lock()
        self._lines: list[dict[str, Any]] = []
        self._marks = set[tuple[str, str]]()
        for line in path.read_bytes().split(b"\n") if path.exists() else []:
            if line.startswith(b"{") and line.endswith(b"}"):
                self._take(json.loads(line))

    def bury(self, kind: str, *ids: str) -> None:
        """Things of one kind (model, run) are gone for good."""
        self._append([{"kind": kind, "id": self.mark(one)} for one in ids if not self.buried(kind, one)])

    def bury_parts(
        self,
        dataset: str,
        epoch: int,
        samples: list[int],
        classes: list[int],
        sample_names: list[int],
        class_names: list[int],
        texts: list[dict[str, Any]],
    ) -> None:
        """Samples, classes, former names and texts are gone from a dataset; files of epochs before ``epoch`` still hold them.

        A text is the numbers of what it stood in, and the mark of its attribute.
        """
        line = {"kind": "parts", "id": self.mark(dataset), "epoch": epoch, "samples": samples, "classes": classes}
        self._append([line | {"sample_names": sample_names, "class_names": class_names, "texts": texts}])

    def keep_texts(self, dataset: str, epoch: int) -> None:
        """Nothing came to be under ``epoch``: former texts stay until the correction, which knows the new ones, is gone on with."""
        mark = self.mark(dataset)
        if any(line["kind"] == "parts" and (line["id"], line["epoch"]) == (mark, epoch) and line.get("texts") for line in self._lines):
            self._append([{"kind": "texts kept", "id": mark, "epoch": epoch}])

    def bury_name(self, dataset: str, epoch: int) -> None:
        """The former name of a dataset is gone; catalogs of epochs before ``epoch`` still hold it."""
        self._append([{"kind": "name", "id": self.mark(dataset), "epoch": epoch}])

    def renamed(self, dataset: str) -> int:
        """The epoch of the catalog from which on a dataset's former name is gone; 0 if it was never corrected."""
        return self._newest("name", dataset)

    def bury_logs(self, dataset: str, epoch: int) -> None:
        """Former values are gone from logs of runs of a dataset; catalogs of epochs before ``epoch`` may still hold them."""
        self._append([{"kind": "logs", "id": self.mark(dataset), "epoch": epoch}])

    def logs_clean(self, dataset: str) -> int:
        """The epoch of the catalog from which on former values are in no log; 0 if there never were any."""
        return self._newest("logs", dataset)

    def bury_keys(self, owners: dict[str, int]) -> None:
        """The keys of these owners are destroyed, up to and with an epoch."""
        self._append([{"kind": "key", "id": self.mark(owner), "epoch": epoch} for owner, epoch in owners.items()])

    def keep_head(self, head: dict[str, Any]) -> None:
        """A signed head of the ledger: one that comes back from a backup is shorter than it, or goes on in another way."""
        if head not in self.heads[-1:]:
            self._append([{"kind": "head", "id": "", "head": head}])

    @property
    def heads(self) -> list[dict[str, Any]]:
        """Oldest first."""
        return [line["head"] for line in self._lines if line["kind"] == "head"]

    def buried_epoch(self, owner: str) -> int:
        """Up to which epoch the keys of an owner were destroyed; 0 if none was."""
        return self._newest("key", owner)

    def buried(self, kind: str, one: str) -> bool:
        return (kind, self.mark(one)) in self._marks

    def parts(self, dataset: str, epoch: int) -> tuple[dict[str, list[Any]], int]:
        """What a file of ``epoch`` still holds and must not, by kind as in ``bury_parts``, and the epoch from which on it is clean."""
        mark = self.mark(dataset)
        found = [line for line in self._lines if line["kind"] == "parts" and line["id"] == mark and line["epoch"] > epoch]
        kinds = ("samples", "classes", "sample_names", "class_names")
        parts: dict[str, list[Any]] = {kind: sorted({number for line in found for number in line.get(kind, ())}) for kind in kinds}
        parts["texts"] = [text for line in found for text in line.get("texts", ())]
        return parts, max((line["epoch"] for line in found), default=epoch)

    def _newest(self, kind: str, one: str) -> int:
        mark = self.mark(one)
        return max((line["epoch"] for line in self._lines if line["kind"] == kind and line["id"] == mark), default=0)

    def mark(self, one: str) -> str:
        """What stands for an id or a name in the list."""
        return hmac.new(self._pepper, one.encode(), hashlib.sha256).hexdigest()

    def _append(self, lines: list[dict[str, Any]]) -> None:
        if not lines:
            return
        with self._lock:
            fresh = not self._path.exists()
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            torn = not fresh and self._path.read_bytes()[-1:] not in (b"\n", b"")
            data = b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)
            with open(self._path, "ab", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(b"\n" * torn + data)
                file.flush()
                os.fsync(file.fileno())
            if fresh:
                sync_folder(self._path.parent)
            for line in lines:
                self._take(line)

    def _take(self, line: dict[str, Any]) -> None:
        if line["kind"] == "texts kept":
            for earlier in self._lines:
                if earlier["kind"] == "parts" and (earlier["id"], earlier["epoch"]) == (line["id"], line["epoch"]):
                    earlier["texts"] = []
        self._lines.append(line)
        self._marks.add((line["kind"], line["id"]))


def place(workspace: str) -> Path:
    """Where the tombstones of a workspace are kept: not in it, and best not in its backups."""
    if given := os.environ.get("COMEXP_TOMBSTONES"):
        return Path(given).expanduser() / workspace
    from platformdirs import user_config_path

    return user_config_path("comexp") / "erased" / workspace
