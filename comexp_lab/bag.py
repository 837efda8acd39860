"""Whether an archive of ours is genuine and whole: offline, without a workspace, by anybody.

An archive is a BagIt 1.0 bag (RFC 8493) in a zip. ``manifest-sha256.txt`` has the SHA-256 of every file of the payload;
``signature.json`` is ``{"body", "signature", "public_key"}``: Ed25519 (RFC 8032) over the body as canonical
JSON (RFC 8785). The body has the SHA-256 of the manifest and of the files that describe the bag, so one signature covers it all.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from comexp_lab.errors import BadArchive
from comexp_lab.verify import canonical, fits

FORMAT = 1
MANIFEST, TAG_MANIFEST, SIGNATURE, MARK = "manifest-sha256.txt", "tagmanifest-sha256.txt", "signature.json", "bagit.txt"
SIGNED = (MARK, "bag-info.txt", MANIFEST, "README.txt", "ro-crate-metadata.json")
MOST = 1 << 30  # bytes of a file that describes the bag
PIECE = 1 << 20
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError)


class Files(Protocol):
    def names(self) -> list[str]: ...

    def open(self, name: str) -> BinaryIO: ...


@dataclass(frozen=True, slots=True)
class Bag:
    """What an archive says about itself. ``sums``: SHA-256 of each file of the payload, by its name in the bag (``data/…``)."""

    root: str
    sums: dict[str, str]
    about: dict[str, Any]
    public_key: str


def verify_archive(path: Path, public_key: str | None = None) -> list[str]:
    """What was checked, in plain words. Raises BadArchive if a byte is not as it was signed, or not by the expected key (hex)."""
    try:
        with zipfile.ZipFile(path) as opened:
            files = _Zip(opened)
            bag = read(files, public_key)
            check(files, bag)
    except _DAMAGE as error:
        raise BadArchive(f"The zip is damaged: {' '.join(str(error).split())[:120] or type(error).__name__}.") from None
    known = "the expected one" if public_key else f"{bag.public_key}; compare it with the one that the workspace shows, or give that one"
    made = f"archive: made {bag.about.get('made')}, nothing was changed"
    return [f"key: {known}", made, f"checksums: all {len(bag.sums)} files are as they were"]


def read(files: Files, public_key: str | None = None) -> Bag:
    """The bag in ``files``, its signature and what describes it checked, but not the payload. Raises BadArchive."""
    names = files.names()
    root = _root(names)
    held = {name.removeprefix(f"{root}/") for name in names}
    document = _document(files, root)
    body = document["body"]
    if body.get("format") != FORMAT:
        raise BadArchive("This archive was made by another version of comexp_lab: update the program.")
    if public_key is not None and document["public_key"] != public_key.lower():
        raise BadArchive("This archive was signed with another key than the expected one.")
    if not fits(document["public_key"], document["signature"], canonical(body)):
        raise BadArchive("This archive is forged or was changed: its signature does not fit.")
    described = {name for name in held if not name.startswith("data/")}
    if described != {*SIGNED, SIGNATURE, TAG_MANIFEST} or set(body["files"]) != set(SIGNED):
        raise BadArchive("The archive is not complete, or holds files that do not belong to it.")
    texts = {name: _small(files, f"{root}/{name}") for name in SIGNED}
    for name, text in texts.items():
        if hashlib.sha256(text).hexdigest() != body["files"][name]:
            raise BadArchive(f"{name} in the archive was changed: its checksum does not fit.")
    sums = _manifest(texts[MANIFEST])
    _refuse_difference(set(sums), held - described)
    return Bag(root, sums, body, document["public_key"])


def check(files: Files, bag: Bag, done: Callable[[int], None] = lambda size: None) -> None:
    """Read every byte of the payload; ``done`` gets the number of bytes after each piece. Raises BadArchive."""
    for name, expected in bag.sums.items():
        digest = hashlib.sha256()
        with files.open(f"{bag.root}/{name}") as file:
            while piece := file.read(PIECE):
                digest.update(piece)
                done(len(piece))
        if digest.hexdigest() != expected:
            raise wrong(name)


def wrong(name: str) -> BadArchive:
    return BadArchive(f"{name} in the archive was changed: its checksum does not fit.")


class _Zip:
    """A zip by Python's own reader: enough to look, as nothing is unpacked."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened

    def names(self) -> list[str]:
        found = [name for name in self._zip.namelist() if not name.endswith("/")]
        if len(found) != len(set(found)):
            raise BadArchive("Two files in the archive have the same name.")
        return found

    def open(self, name: str) -> BinaryIO:
        return self._zip.open(name)  # type: ignore[return-value]


def _root(names: Iterable[str]) -> str:
    """The one folder in which everything lies."""
    names = list(names)
    roots = [name.partition("/")[0] for name in names if re.fullmatch(rf"[^/]+/{MARK}", name)]
    if len(roots) != 1 or not all(name.startswith(f"{roots[0]}/") for name in names):
        raise BadArchive("This zip is not an archive of comexp_lab: it holds no bag.")
    return roots[0]


def _document(files: Files, root: str) -> dict[str, Any]:
    if f"{root}/{SIGNATURE}" not in files.names():
        raise BadArchive(f"This archive is not signed: {SIGNATURE} is missing.")
    try:
        document = json.loads(_small(files, f"{root}/{SIGNATURE}"))
        signed = dict(document["body"]["files"])
        if all(isinstance(text, str) for text in (document["public_key"], document["signature"], *signed.values())):
            return document  # type: ignore[no-any-return]
    except (ValueError, KeyError, TypeError, RecursionError):
        pass
    raise BadArchive(f"{SIGNATURE} in the archive is not a signature.")


def _manifest(text: bytes) -> dict[str, str]:
    sums: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").split("\n")[:-1]:
        digest, _, name = line.partition("  ")
        if not re.fullmatch(r"[0-9a-f]{64}", digest) or not name.startswith("data/") or name in sums:
            raise BadArchive(f"{MANIFEST} in the archive is damaged.")
        sums[name] = digest
    return sums


def _refuse_difference(listed: set[str], held: set[str]) -> None:
    if missing := sorted(listed - held):
        raise BadArchive(f"{missing[0]} is missing in the archive.")
    if strange := sorted(held - listed):
        raise BadArchive(f"{strange[0][:200]} in the archive is not in its list of files.")


def _small(files: Files, name: str) -> bytes:
    if name not in files.names():
        raise BadArchive(f"{name} is missing in the archive.")
    with files.open(name) as file:
        data = file.read(MOST + 1)
    if len(data) > MOST:
        raise BadArchive(f"{name} in the archive is too big.")
    return data
