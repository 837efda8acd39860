"""A tar is read in place, by Python's own writer as an oracle, and refused in one line when it is hostile."""

from __future__ import annotations

import io
import random
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from comexp_lab.errors import BadArchive
from comexp_lab.formats.trees import tree_of_paths
from comexp_lab.media.tar import TarTree, is_tar

FILES = {"a/one.jpg": b"1" * 700, "a/two.txt": b"", "ü/" + "long " * 60 + ".png": bytes(range(256)) * 40}


def tar_of(files: dict[str, bytes], form: int = tarfile.PAX_FORMAT, change: Callable[[tarfile.TarInfo], None] = lambda info: None) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            change(info)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_members_are_those_that_went_in(form: int) -> None:
    tree = TarTree(io.BytesIO(tar_of(FILES | {"__MACOSX/x": b"", "b/inner.zip": b"PK"}, form)))
    assert {name: tree.read(name) for name in tree.names()} == FILES
    assert [tree.size(name) for name in tree.names()] == [len(data) for data in FILES.values()]
    assert tree.notes == [("b/inner.zip", "an archive inside the archive is not opened: add it by itself")]
    with tree.open("a/one.jpg") as one, tree.open("a/one.jpg") as two:
        one.seek(690)
        assert (two.read(2), one.read(), one.read()) == (b"11", b"1" * 10, b"")


def test_it_is_found_out_from_the_first_block(tmp_path: Path) -> None:
    data = tar_of(FILES)
    assert is_tar(data[:512]) and not is_tar(b"ustar" * 200) and not is_tar(data[:100])
    (tmp_path / "photos.bin").write_bytes(data)
    assert set(tree_of_paths([tmp_path / "photos.bin"]).names()) == set(FILES)


def kind(letter: bytes) -> Callable[[tarfile.TarInfo], None]:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname, info.size = letter, "/etc/hostname", 0

    return change


HOSTILE = {
    "up": (tar_of({"a/../../x.jpg": b"x"}), "points outside"),
    "absolute": (tar_of({"/etc/x.jpg": b"x"}), "points outside"),
    "backslash": (tar_of({"a\\x.jpg": b"x"}), "backslash"),
    "control": (tar_of({"a\nx.jpg": b"x"}), "control"),
    "twice": (tar_of({"a.jpg": b"x", "A.JPG": b"y"}), "differ in nothing"),
    "file and folder": (tar_of({"a": b"x", "a/b": b"y"}), "both a file and a folder"),
    "deep": (tar_of({"a/" * 40 + "x": b""}), "nested deeper"),
    "symlink": (tar_of({"x.jpg": b""}, change=kind(tarfile.SYMTYPE)), "link, a device"),
    "hard link": (tar_of({"x.jpg": b""}, change=kind(tarfile.LNKTYPE)), "link, a device"),
    "device": (tar_of({"x.jpg": b""}, change=kind(tarfile.CHRTYPE)), "link, a device"),
    "cut": (tar_of({"x.jpg": b"x" * 5000})[:2000], "cut off|damaged"),
    "huge header": (tar_of({"x": b"", "y" * 3_000_000: b""}), "larger than 1 MB"),
    "broken header": (tar_of({"x.jpg": b"x"})[:512].replace(b"0000644", b"zzzzzzz") + bytes(1024), "damaged"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tars_are_refused_in_one_line(name: str) -> None:
    data, words = HOSTILE[name]
    with pytest.raises(BadArchive, match=words) as caught:
        TarTree(io.BytesIO(data))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_too_many_members_are_refused() -> None:
    with pytest.raises(BadArchive, match="more than 50"):
        TarTree(io.BytesIO(tar_of({f"{n}.jpg": b"" for n in range(60)})), max_members=50)


def test_no_mutation_gets_anything_but_files_or_a_refusal() -> None:
    good, chance = tar_of(FILES), random.Random(5)
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.choice((1, 4, 40))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            tree = TarTree(io.BytesIO(bytes(data[: chance.choice((len(data), chance.randrange(len(data))))])))
            for name in tree.names():
                assert len(tree.read(name)) == tree.size(name)
        except BadArchive as error:
            assert "\n" not in str(error)
