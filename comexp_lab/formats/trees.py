"""Where the bytes of an import come from: a folder, single files, finished uploads, zips and tars, or several of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

from comexp_lab.errors import BadArchive, BadInput, NotFound
from comexp_lab.media.archive import ZIP_MAGIC, ZipTree
from comexp_lab.media.paths import open_file, resolve
from comexp_lab.media.tar import BLOCK, TarTree, is_tar

if TYPE_CHECKING:
    from comexp_lab.formats.base import FileTree
    from comexp_lab.store import Vault

MAX_FILES = 5_000_000
_PACKINGS = {b"\x1f\x8b": "gzip", b"7z\xbc\xaf": "7-Zip", b"Rar!": "RAR", b"\xfd7zXZ": "xz", b"BZh": "bzip2", b"(\xb5/\xfd": "zstd"}
_SKIPPED_FOLDERS = {"__MACOSX", "__pycache__", "node_modules"}


class FilesTree:
    """Named real files."""

    def __init__(self, files: dict[str, Path], notes: Iterable[tuple[str, str]] = ()) -> None:
        self._files = files
        self.notes = list(notes)

    def names(self) -> list[str]:
        return list(self._files)

    def size(self, name: str) -> int:
        return self._path(name).stat().st_size

    def open(self, name: str) -> BinaryIO:
        return open_file(self._path(name))

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def path(self, name: str) -> Path | None:
        return self._path(name)

    def _path(self, name: str) -> Path:
        if name not in self._files:
            raise NotFound(f"There is no file {name}.")
        return self._files[name]


class FolderTree(FilesTree):
    """All plain files below a folder, in order of name. Hidden ones are left out, and links that lead outside (with a note)."""

    def __init__(self, root: str | Path) -> None:
        self.root = resolve(root)
        super().__init__({})
        self._walk(self.root, "")

    def _walk(self, folder: Path, prefix: str) -> None:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda e: e.name)
        for entry in found:
            name = prefix + entry.name
            if entry.name.startswith(".") or not _printable(entry.name):
                continue
            if entry.is_symlink():
                self._link(Path(entry.path), name)
            elif entry.is_dir():
                if entry.name not in _SKIPPED_FOLDERS:
                    self._walk(Path(entry.path), name + "/")
            elif entry.is_file():
                self._add(name, Path(entry.path))

    def _link(self, link: Path, name: str) -> None:
        target = link.resolve()
        if target.is_relative_to(self.root) and target.is_file():
            self._add(name, target)
        else:
            self.notes.append((name, "a link that leads outside the folder, or to a folder, is not followed"))

    def _add(self, name: str, path: Path) -> None:
        if len(self._files) >= MAX_FILES:
            raise BadInput(f"The folder holds more than {MAX_FILES} files: add it in parts.")
        self._files[name] = path


class Stored(NamedTuple):
    """A finished upload."""

    blob: str
    key: bytes
    bytes: int


class UploadsTree:
    """Finished uploads, read from the vault."""

    def __init__(self, vault: Vault, files: dict[str, Stored]) -> None:
        self._vault, self._files = vault, files
        self.notes: list[tuple[str, str]] = []

    def names(self) -> list[str]:
        return list(self._files)

    def size(self, name: str) -> int:
        return self._file(name).bytes

    def open(self, name: str) -> BinaryIO:
        return self._vault.open(self._file(name).blob, self._file(name).key)

    def read(self, name: str) -> bytes:
        return self._vault.get(self._file(name).blob, self._file(name).key)

    def path(self, name: str) -> Path | None:
        return None

    def _file(self, name: str) -> Stored:
        if name not in self._files:
            raise NotFound(f"There is no upload {name}.")
        return self._files[name]


class Together:
    """Several trees as one. Where two have a file of the same name, the later one's is numbered."""

    def __init__(self, trees: list[FileTree]) -> None:
        self._where: dict[str, tuple[FileTree, str]] = {}
        self.notes = [note for tree in trees for note in getattr(tree, "notes", [])]
        for tree in trees:
            for name in tree.names():
                self._where[free_name(name, self._where.__contains__)] = (tree, name)

    def names(self) -> list[str]:
        return list(self._where)

    def size(self, name: str) -> int:
        tree, inner = self._find(name)
        return tree.size(inner)

    def open(self, name: str) -> BinaryIO:
        tree, inner = self._find(name)
        return tree.open(inner)

    def read(self, name: str) -> bytes:
        tree, inner = self._find(name)
        return tree.read(inner)

    def path(self, name: str) -> Path | None:
        tree, inner = self._find(name)
        return tree.path(inner)

    def _find(self, name: str) -> tuple[FileTree, str]:
        if name not in self._where:
            raise NotFound(f"There is no file {name}.")
        return self._where[name]


def free_name(name: str, taken: Callable[[str], bool]) -> str:
    """``name``, or ``stem-2.ext`` and so on if it is taken."""
    if not taken(name):
        return name
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, dot + ending) if stem and "/" not in ending else (name, "")
    number = 2
    while taken(choice := f"{stem}-{number}{ending}"):
        number += 1
    return choice


def tree_of_paths(paths: Iterable[str | Path]) -> FileTree:
    """Folders, archives and single files that a user named, as one tree."""
    trees: list[FileTree] = []
    files: dict[str, Path] = {}
    for path in paths:
        found = resolve(path)
        if found.is_dir():
            trees.append(FolderTree(found))
        elif archive := _archive(open_file(found), found.name):
            trees.append(archive)
        else:
            files[free_name(found.name, files.__contains__)] = found
    if files:
        trees.append(FilesTree(files))
    return trees[0] if len(trees) == 1 else Together(trees)


def tree_of_uploads(vault: Vault, uploads: dict[str, Stored]) -> FileTree:
    """Finished uploads by name, archives opened, as one tree."""
    trees: list[FileTree] = []
    single: dict[str, Stored] = {}
    for name, stored in uploads.items():
        reader = vault.open(stored.blob, stored.key)
        if archive := _archive(reader, name):
            trees.append(archive)
        else:
            single[name] = stored
    if single:
        trees.append(UploadsTree(vault, single))
    return trees[0] if len(trees) == 1 else Together(trees)


def _archive(reader: BinaryIO, name: str) -> ZipTree | TarTree | None:
    """The tree in a zip or tar; None, and the reader is closed, if it is neither. BadArchive for packings that are not opened."""
    head = reader.read(BLOCK)
    if packing := next((packing for magic, packing in _PACKINGS.items() if head.startswith(magic)), None):
        reader.close()
        raise BadArchive(f"{name} is packed with {packing}, which is not opened here: pack it as zip, or as tar without compression.")
    if head[:4] in ZIP_MAGIC:
        return ZipTree(reader)
    if is_tar(head):
        return TarTree(reader)
    reader.close()
    return None


def _printable(name: str) -> bool:
    return not any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in name)
