"""Outputs that mention what is erased: the rule, and real notebooks whose outputs go, with what they show of other things left alone."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import numpy as np
import pytest
from PIL import Image
from store_rig import open_workspace
from test_rights_erasure import Hands, erase
from test_rights_erasure import put as put_pictures

import comexp_lab as cx
from comexp_lab import transport
from comexp_lab.rights.mentions import Indexed, Mentions, tells
from comexp_lab.rights.office import Office


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("car", False),
        ("occluded", False),  # a plain word of eight letters
        ("traffic light", False),
        ("Ivan Sergeyevich Petrov", True),
        ("IMG_0001", True),
        ("2026-11-22", False),  # eight digits
        ("8 916 123-45-67", True),
        ("0.000001", False),
        ("a" * 64, True),
        ("张伟", False),
        ("张伟的照片", True),
        ("Ирина", False),
        ("Ирина К., дом 7", True),
    ],
)
def test_a_text_counts_if_it_cannot_be_chance(text: str, told: bool) -> None:
    assert tells(text) is told


NAME = "street_0042 north.jpg"
LONG = "camera-" + "7f" * 30 + ".jpg"


@pytest.mark.parametrize(
    "output",
    [
        f"image 1/1 /data/{NAME}: 640x480",
        f"['a.jpg', '{NAME}']",
        f"\x1b[31m{NAME}\x1b[0m",
        "street_0042%20north.jpg",
        "<td>street_0042 north.jpg</td><td>O&#x27;Neil</td>",
        "labels/street_0042 north.txt",
        "said Ivan O&#x27;Neil of 5th street",
        "\\u0418\\u0440\\u0438\\u043d\\u0430 \\u041a., \\u0434\\u043e\\u043c 7",
        "这是张伟的照片吗",
        f"{LONG[:47]}...",
        "0  1.jpg\n1  2.jpg\n2  3.jpg",
    ],
)
def test_it_is_found_in_the_ways_in_which_outputs_write_it(output: str) -> None:
    found = Mentions([NAME, LONG, "1.jpg", "2.jpg", "3.jpg"], ["Ivan O'Neil of 5th", "Ирина К., дом 7", "张伟的照片"])
    assert found.control() and found.inside({"data": {"text/html": [output]}})


@pytest.mark.parametrize("output", [f"x{NAME[:-4]}y", "street_0042 south.jpg", "1.jpg 2.jpg 1.jpg", "11.jpg 2.jpg 3.jpg", "image", ""])
def test_it_is_not_found_in_others(output: str) -> None:
    assert not Mentions([NAME, "1.jpg", "2.jpg", "3.jpg"], ["car"]).inside({"text": output})


def test_what_stands_in_what_stays_does_not_count() -> None:
    found = Mentions(["IMG_0001.jpg", "IMG_0002.jpg", "1.jpg", "2.jpg", "3.jpg"], (), lambda texts: texts & {"IMG_0001", "2.jpg"})
    assert not found.within("IMG_0001.jpg") and found.within("IMG_0002.jpg") and not found.within("1.jpg 2.jpg 3.jpg")


def test_a_hundred_thousand_names_are_found_at_once() -> None:
    found = Mentions((f"{number:012}.jpg" for number in range(100_000)), ())
    text = "nothing of it in here 0.123456 \n" * 30_000
    assert not found.within(text) and found.within(text + "000000099999.jpg")


# ---- real notebooks ----
SHOW = """import comexp_lab as cx
lab = cx.open({path!r})
ds, other = lab.datasets["private"], lab.datasets["public"]
table = ds.sql("SELECT s.name, s.sha256, l.attributes FROM samples s LEFT JOIN labels l ON l.sample = s.id WHERE s.name <> 'IMG_0001.jpg' ORDER BY s.name").to_pandas()"""
CELLS = {  # what is shown, and whether it goes
    "ds": True,
    "table": True,
    "print(table.name[0])": True,
    "list(table.name)[1]": True,
    "print(table.sha256[0])": True,
    "print([value for value in table.attributes if value])": True,
    "from IPython.display import Image; Image(data=open({picture!r}, 'rb').read())": True,
    "raise FileNotFoundError(table.name[1])": True,
    "print('car', 3, 'a car', 'person')": False,
    "print([run.detail.result['problems'] for run in lab.runs])": True,
    "other": False,
    "print(other.sql('SELECT name FROM samples').to_pandas())": False,
    "import sys; print('IMG_0001.jpg of both', sys.version)": False,
}


def put(folder: Path, *names: str) -> None:
    folder.mkdir()
    for name in names:
        noise = np.random.default_rng(abs(hash((str(folder), name))) % 2**32).integers(0, 255, (12, 16, 3), np.uint8)
        Image.fromarray(noise).resize((320, 240)).save(folder / name, quality=90)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("mentions")
    with pytest.MonkeyPatch.context() as patch:
        for name, folder in {"HOME": "home", "TMPDIR": "tmp", "COMEXP_NOTEBOOKS": "home/books", "COMEXP_TOMBSTONES": "erased"}.items():
            (root / folder).mkdir(parents=True, exist_ok=True)
            patch.setenv(name, str(root / folder))
        for name in ("XDG_DATA_HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"):
            patch.delenv(name, raising=False)
        yield root
        transport.stop_service(root / "ws")


def run(path: Path, first: str, **names: str) -> None:
    cells = [nbformat.v4.new_code_cell(code) for code in (first, *(cell.format(**names) if "{" in cell else cell for cell in CELLS))]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Our street_0042 north"), *cells])
    nbclient.NotebookClient(book, kernel_name="python3", allow_errors=True, ipython_hist_file="").execute()
    (path.parent / ".ipynb_checkpoints").mkdir(parents=True)
    for copy in (path, path.parent / ".ipynb_checkpoints" / f"{path.stem}-checkpoint.ipynb"):
        copy.write_text(nbformat.writes(book))


def outputs(path: Path) -> dict[str, bool]:
    """Which cells show something."""
    return {cell.source: bool(cell.outputs) for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"}


def test_outputs_of_real_notebooks_go_as_the_plan_says(home: Path) -> None:
    lab: Any = cx.open(home / "ws")
    put(home / "in", "IMG_0001.jpg", "IMG_0002.jpg", NAME)
    put(home / "more", "IMG_0001.jpg", "other_0009.jpg")
    (home / "in/broken_0077.jpg").write_bytes(b"\xff\xd8\xff not a picture")
    picture = str(home / "in" / NAME)
    ds, other = lab.create_dataset("private"), lab.create_dataset("public")
    ds.add(home / "in")
    other.add(home / "more")
    ds.label(ds.view.ids[1], "car", (10, 10, 50, 50), attributes={"owner": "Ivan O'Neil of 5th", "state": "parked"})
    path = home / "home/books/a.ipynb"
    run(path, SHOW.format(path=str(home / "ws")), picture=picture)
    copies = [path, path.parent / ".ipynb_checkpoints/a-checkpoint.ipynb"]
    sources = {cell.format(picture=picture) if "{" in cell else cell: gone for cell, gone in CELLS.items()}
    assert {cell for cell, shown in outputs(path).items() if shown} == sources.keys(), "everything shows something"
    with sqlite3.connect(home / "home/.ipython/profile_default/history.sqlite") as history:
        typed = len(history.execute("SELECT source FROM history").fetchall())
        history.execute("INSERT INTO history VALUES (99, 1, ?, ?)", [f"open({NAME!r})"] * 2)
    history.close()

    plan = lab.rights.plan_erasure(ds)
    by_text = [n for n, (cell, gone) in enumerate(sources.items(), 3) if gone and "Image(" not in cell]
    cells = ", ".join(map(str, by_text))
    told = {row.where for row in plan.rows if row.kind == "outputs in a notebook"}
    assert told == {f"{copy.relative_to(home / 'home/books')}, cells {cells}" for copy in copies}
    proof = plan.execute(confirm=plan.name)
    assert proof.verify() and proof.body["scan"]["hits"] == 0
    for copy in copies:
        after = outputs(copy)
        assert {cell: not after[cell] for cell in sources} == sources
        assert "street_0042 north" in copy.read_text(), "what was written by hand stays"
    with sqlite3.connect(home / "home/.ipython/profile_default/history.sqlite") as history:
        lines = [row[0] for row in history.execute("SELECT source FROM history")]
    history.close()
    assert not [line for line in lines if NAME in line] and len(lines) >= typed - 1


def test_names_that_are_nearly_the_same_are_not_all_compared() -> None:
    names = [f"a picture of somebody {number}.jpg" for number in range(2000)]
    assert list(Indexed(names).near("saved a picture of somebody 77.jpg (3 boxes)")) == [names[77]]
    assert Mentions(names).within("row 5: a picture of somebody 77") and not Mentions(names).within("a picture of somebody 7700")


@pytest.mark.parametrize("text", ["anna.k@mail.ru", "O'Neil-Smith", "page (of 12)"])
def test_a_text_with_marks_is_found_as_a_whole(text: str) -> None:
    look = Mentions(texts=[text])
    assert look.within(f"by {text}, today") and not look.within(f"by x{text}y, today")


@pytest.mark.parametrize("called_so", [True, False])
def test_a_name_that_something_else_has_too_keeps_nothing_from_being_certified(tmp_path: Path, called_so: bool) -> None:
    with open_workspace(tmp_path) as ws:
        for name, first in (("mine", 0), ("other", 0 if called_so else 7)):
            put_pictures(ws.create_dataset(name), 2, first)
        shown = ws.path / "of another.bin"
        shown.write_bytes(b"a very secret picture 1.png")
        office = Office(ws, Hands())
        told = office.erasures.get(erase(office, {"what": "dataset", "dataset": "mine"}))
        office.erasures.close()
        assert shown.name in told.trouble if not called_so else told.certificate
