"""What lies around the workspace: found, and cleaned of what holds a needle, with everything else left as it was."""

from __future__ import annotations

import base64
import json
import os
import secrets
import sqlite3
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from comexp_lab.client.show import of_dataset, table
from comexp_lab.errors import BadInput, Unavailable
from comexp_lab.rights import needles, notebooks, surroundings
from comexp_lab.rights.scanner import Scanner
from comexp_lab.rights.surroundings import Place

CANARY = needles.canary()


@pytest.fixture(scope="module")
def scanner() -> Iterator[Scanner]:
    with Scanner([needles.text("canary", CANARY)]) as found:
        yield found


def output(text: str, **metadata: object) -> dict:
    return {"output_type": "display_data", "data": {"text/plain": text}, "metadata": metadata}


def packed(text: str) -> str:
    return base64.encodebytes(f"{'.' * 100}{text}".encode()).decode()


def book(*outputs: dict) -> nbformat.NotebookNode:
    cells = [
        nbformat.v4.new_markdown_cell("naïve – 中文"),
        nbformat.v4.new_code_cell("1 + 1", outputs=[nbformat.from_dict(o) for o in outputs]),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def widgets(**states: dict) -> dict:
    return {"application/vnd.jupyter.widget-state+json": {"version_major": 2, "version_minor": 0, "state": states}}


def view(model: str) -> dict:
    return {"output_type": "display_data", "metadata": {}, "data": {"application/vnd.jupyter.widget-view+json": {"model_id": model}}}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A person's home, with one needle in each kind of place."""
    root = tmp_path / "home" / "work"
    for folder in (root / ".ipynb_checkpoints", tmp_path / "home/.ipython/profile_default", tmp_path / "home/.jupyter/lab/workspaces"):
        folder.mkdir(parents=True)
    for folder in ("home/.local/share/Trash/files", "home/.local/share/Trash/info", "tmp/comexp-demo-1", "shm/comexp-job-1", "run"):
        (tmp_path / folder).mkdir(parents=True)
    text = nbformat.writes(book(output(packed(CANARY)), output("stays")))
    (root / "a.ipynb").write_text(text)
    (root / ".ipynb_checkpoints/a-checkpoint.ipynb").write_text(text)
    history(tmp_path / "home/.ipython/profile_default/history.sqlite")
    ystore(root / ".jupyter_ystore.db")
    (tmp_path / "home/.jupyter/lab/workspaces/x.jupyterlab-workspace").write_text(json.dumps({"data": {"file": CANARY}}))
    trash = tmp_path / "home/.local/share/Trash"
    (trash / "files/export.txt").write_text(CANARY)
    (trash / "info/export.txt.trashinfo").write_text("[Trash Info]\nPath=/x\n")
    (trash / "files/other.txt").write_text("stays")
    (tmp_path / "tmp/comexp-demo-1/labels.json").write_text(json.dumps([CANARY]))
    (tmp_path / "shm/comexp-job-1/a.npy").write_bytes(CANARY.encode())
    (root / "core.17").write_bytes(b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<H", 4) + bytes(80) + CANARY.encode())
    (root / "core").write_text("a user's own file: " + CANARY)
    (tmp_path / "run/service.log").write_text(f"opened {CANARY}\n")
    return tmp_path / "home"


def found(home: Path) -> list[Place]:
    above = home.parent
    return surroundings.places(
        home, server_root=home / "work", runtime=above / "run", temporary=above / "tmp", memory=above / "shm", environment={}
    )


def history(path: Path, mode: str = "DELETE") -> sqlite3.Connection:
    base = sqlite3.connect(path)
    base.execute(f"PRAGMA journal_mode = {mode}")
    base.execute("PRAGMA secure_delete = OFF")
    base.execute("CREATE TABLE history (session INTEGER, line INTEGER, source TEXT, source_raw TEXT, PRIMARY KEY (session, line))")
    base.execute("CREATE TABLE output_history (session INTEGER, line INTEGER, output TEXT, PRIMARY KEY (session, line))")
    for line in range(50):
        said = f"ds = lab['{CANARY}']" if line in (7, 33) else f"x = {line}"
        base.execute("INSERT INTO history VALUES (1, ?, ?, ?)", [line, said, said])
    base.execute("INSERT INTO output_history VALUES (1, 7, ?)", [packed(CANARY)])
    base.execute("INSERT INTO output_history VALUES (1, 8, 'stays')")
    base.commit()
    if mode == "DELETE":
        base.close()
    return base


def ystore(path: Path) -> None:
    base = sqlite3.connect(path)
    base.execute("CREATE TABLE yupdates (path TEXT NOT NULL, yupdate BLOB, metadata BLOB, timestamp REAL NOT NULL)")
    for name, data in (("file:1", b"first"), ("file:1", packed(CANARY).encode()), ("file:2", b"stays")):
        base.execute("INSERT INTO yupdates VALUES (?, ?, NULL, 0)", [name, data])
    base.commit()
    base.close()


def test_every_place_is_found_and_cleaned(home: Path, scanner: Scanner) -> None:
    """Control first; then each file with a hit is cleaned by its place; then only what the user wrote himself is left."""
    everything = found(home)
    assert {place.kind for place in everything} == {"notebooks", "history", "ystore", "layouts", "leftovers", "cores", "trash"}
    before = scanner.scan([place.path for place in everything], control=True)
    assert not before.missed
    kept = {path: path.read_bytes() for path in home.parent.rglob("*") if path.is_file() and path not in {hit.file for hit in before.hits}}
    for place in everything:
        for file in sorted({hit.file for hit in before.hits if hit.file.is_relative_to(place.path)}):
            if file.exists():
                assert surroundings.clean(place, file, scanner) >= 0
    after = scanner.scan([place.path for place in everything], controls=before.controls_found)
    assert {hit.file for hit in after.hits} == {home / "work/core"}
    (home / "work/core").unlink()
    assert scanner.scan([place.path for place in everything], controls=before.controls_found).clean
    gone = home / ".local/share/Trash/info/export.txt.trashinfo"
    assert {path: path.read_bytes() for path in kept if path != gone} == {path: data for path, data in kept.items() if path != gone}
    assert not gone.exists()


def test_only_places_that_exist_are_named_and_links_are_not(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / ".local/share").mkdir(parents=True)
    (tmp_path / ".local/share/Trash").symlink_to(tmp_path / "elsewhere")
    assert surroundings.places(tmp_path, temporary=tmp_path, memory=tmp_path, environment={}) == []


def test_what_other_workspaces_have_in_memory_is_none_of_ours(tmp_path: Path) -> None:
    own, other = (f"comexp-{os.getuid()}-{secrets.token_hex(8)}" for _ in range(2))
    for name in (f"{own}-run-1", f"{other}-run-1", f"{other}-fo-1", f"comexp-{os.getuid()}", "comexp-demo-1"):
        (tmp_path / "shm" / name).mkdir(parents=True)
    runtime = tmp_path / "run" / own.rpartition("-")[2]
    places = surroundings.places(tmp_path, runtime=runtime, temporary=tmp_path / "none", memory=tmp_path / "shm", environment={})
    assert {place.path.name for place in places} == {f"{own}-run-1", "comexp-demo-1"}


def test_outputs_with_a_needle_go_and_the_rest_stays_byte_for_byte(tmp_path: Path, scanner: Scanner) -> None:
    path = tmp_path / "a.ipynb"
    made = book(output("before"), output(packed(CANARY)), output("after"))
    path.write_text(nbformat.writes(made))
    path.chmod(0o640)
    assert notebooks.clean(path, scanner.holds) == 1
    del made.cells[1].outputs[1]
    assert path.read_text() == nbformat.writes(made)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("style", [{"indent": 2}, {"indent": None}, {"indent": 1, "ensure_ascii": False}, {"separators": (",", ":")}])
def test_another_programs_layout_is_kept(style: dict, tmp_path: Path, scanner: Scanner) -> None:
    path, made = tmp_path / "a.ipynb", json.loads(nbformat.writes(book(output(CANARY), output("stays"))))
    made = {"nbformat": made.pop("nbformat"), **made}
    path.write_text(json.dumps(made, **style) + "\n")
    assert notebooks.clean(path, scanner.holds) == 1
    del made["cells"][1]["outputs"][0]
    assert path.read_text() == json.dumps(made, **style) + "\n"


def test_a_notebook_without_a_needle_is_not_written(tmp_path: Path, scanner: Scanner) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text("\n " + nbformat.writes(book(output("x"))) + "  ")
    before = path.stat()
    assert notebooks.clean(path, scanner.holds) == 0
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_outputs_of_a_dataset_go_whatever_they_show(tmp_path: Path, scanner: Scanner) -> None:
    """The marks are those that the client and the widgets leave."""
    path, gone, stays = tmp_path / "a.ipynb", secrets.token_hex(16), secrets.token_hex(16)
    shown = [
        output(of_dataset(gone, table("x", ["name"], [["a.jpg"]]))),
        output(of_dataset(stays, "y")),
        output("z"),
        view("w1"),
        view("w2"),
    ]
    made = book(*shown)
    made.metadata["widgets"] = widgets(w1={"state": {"dataset": gone}}, w2={"state": {"dataset": stays}})
    path.write_text(nbformat.writes(made))
    assert notebooks.clean(path, scanner.holds, {gone}) == 3
    assert gone not in path.read_text() and stays in path.read_text() and "a.jpg" not in path.read_text()
    assert len(nbformat.read(path, 4).cells[1].outputs) == 3


def test_attachments_and_widget_states_go_with_the_outputs_that_show_them(tmp_path: Path, scanner: Scanner) -> None:
    path = tmp_path / "a.ipynb"
    made = book(view("w1"), view("w2"), view("w4"), view("w5"))
    made.cells[0]["attachments"] = {"a.png": {"image/png": packed(CANARY)}, "b.png": {"image/png": "stays"}}
    shown = {name: {"state": {"children": [f"IPY_MODEL_{other}"]}} for name, other in (("w3", "w1"), ("w4", "w3"), ("w5", "w2"))}
    made.metadata["widgets"] = widgets(w1={"state": {"value": packed(CANARY)}}, w2={"state": {"value": "stays"}}, **shown)
    path.write_text(nbformat.writes(made))
    assert notebooks.clean(path, scanner.holds) == 6
    after = nbformat.read(path, 4)
    assert list(after.cells[0].attachments) == ["b.png"] and not scanner.within(path)
    assert list(after.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]) == ["w2", "w5"]
    assert [next(iter(o.data.values()))["model_id"] for o in after.cells[1].outputs] == ["w2", "w5"]


def test_what_the_user_wrote_stays_and_is_told_by_the_scan(tmp_path: Path, scanner: Scanner) -> None:
    path = tmp_path / "a.ipynb"
    made = book()
    made.cells[1].source = f"open('{CANARY}')"
    path.write_text(nbformat.writes(made))
    assert notebooks.clean(path, scanner.holds) == 0 and scanner.within(path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"cells": []}', "[" * 200_000])
def test_what_is_no_notebook_is_refused_and_stays(text: str, tmp_path: Path, scanner: Scanner) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(text)
    with pytest.raises(BadInput):
        notebooks.clean(path, scanner.holds)
    assert path.read_text() == text


def test_a_link_in_the_place_of_a_notebook_is_not_followed(tmp_path: Path, scanner: Scanner) -> None:
    (tmp_path / "real.ipynb").write_text(nbformat.writes(book(output(CANARY))))
    (tmp_path / "a.ipynb").symlink_to(tmp_path / "real.ipynb")
    with pytest.raises(OSError):
        notebooks.clean(tmp_path / "a.ipynb", scanner.holds)
    with pytest.raises(BadInput):
        surroundings.clean(Place("notebooks", tmp_path), tmp_path / "a.ipynb", scanner)


def test_a_full_disk_leaves_the_old_notebook(tmp_path: Path, scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(nbformat.writes(book(output(CANARY))))
    before = path.read_bytes()

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("comexp_lab.rights.notebooks.os.fsync", full)
    with pytest.raises(OSError):
        notebooks.clean(path, scanner.holds)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_history_loses_its_rows_and_their_bytes(mode: str, tmp_path: Path, scanner: Scanner) -> None:
    path = tmp_path / "history.sqlite"
    kernel = history(path, mode)
    if mode == "WAL":
        assert (tmp_path / "history.sqlite-wal").stat().st_size  # a kernel has it open
    assert surroundings.history(path, scanner.holds) == 3
    assert not scanner.within(tmp_path)
    base = sqlite3.connect(path)
    assert base.execute("SELECT count(*) FROM history").fetchone() == (48,)
    assert base.execute("SELECT output FROM output_history").fetchall() == [("stays",)]
    base.close()
    kernel.close()


def test_rows_that_were_deleted_earlier_go_from_the_free_pages(tmp_path: Path, scanner: Scanner) -> None:
    path = tmp_path / "history.sqlite"
    history(path)
    base = sqlite3.connect(path)
    base.execute("PRAGMA secure_delete = OFF")
    base.execute("DELETE FROM history")
    base.execute("DELETE FROM output_history")
    base.commit()
    base.close()
    assert scanner.within(path)
    assert surroundings.clean(Place("history", path), path, scanner) == 0
    assert not scanner.within(path)


def test_a_database_that_somebody_writes_is_said_to_be_busy(tmp_path: Path, scanner: Scanner, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "history.sqlite"
    history(path)
    monkeypatch.setattr(surroundings, "WAIT_S", 0.1)
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("BEGIN EXCLUSIVE")
    with pytest.raises(Unavailable):
        surroundings.history(path, scanner.holds)
    base.close()


def test_the_store_of_edits_loses_whole_documents(tmp_path: Path, scanner: Scanner) -> None:
    ystore(tmp_path / ".jupyter_ystore.db")
    assert surroundings.ystore(tmp_path / ".jupyter_ystore.db", scanner.holds) == 2
    base = sqlite3.connect(tmp_path / ".jupyter_ystore.db")
    assert base.execute("SELECT path FROM yupdates").fetchall() == [("file:2",)]
    base.close()
    assert not scanner.within(tmp_path)


def test_files_that_hold_nothing_are_not_removed(home: Path, scanner: Scanner) -> None:
    for place in found(home):
        if place.kind == "trash":
            assert surroundings.clean(place, place.path / "files/other.txt", scanner) == 0
            assert (place.path / "files/other.txt").exists()


def test_files_outside_of_the_place_are_refused(home: Path, scanner: Scanner, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text(CANARY)
    with pytest.raises(BadInput):
        surroundings.clean(Place("trash", home / ".local/share/Trash"), tmp_path / "mine", scanner)
    assert os.path.exists(tmp_path / "mine")
