"""Canaries in everything that is made of a dataset: each is found where it is before, and none anywhere after it was erased."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sqlite3
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import learn_rig as rig
import nbformat
import numpy as np
import psutil
import pytest
from PIL import Image

import comexp_lab as cx
from comexp_lab import transport
from comexp_lab.api import Edit
from comexp_lab.client.show import of_dataset
from comexp_lab.jobs.executors import folder_of
from comexp_lab.rights import needles
from comexp_lab.rights.scanner import Residue, Scanner
from comexp_lab.rights.surroundings import MARKED
from tests.browse_rig import film, wait_for
from tests.test_rights_scanner import Data as Person
from tests.test_rights_scanner import marked, sheet

TEXTS = ("file name", "EXIF", "attribute", "class name", "tag", "dataset name", "version name", "split folder")
KEPT = b"this belongs to another dataset, and stays"


@dataclass
class House:
    """A person's home with a lab in it, and what was put where. ``sealed``: for each kind, a way to read it; ``plain``: files."""

    root: Path
    lab: Any
    service: rig.Service
    canaries: dict[str, str]
    pictures: list[bytes]
    sealed: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    plain: dict[str, Path] = field(default_factory=dict)
    scanner: Scanner | None = None

    @property
    def workspace(self) -> Path:
        return self.root / "ws"

    @property
    def home(self) -> Path:
        return self.root / "home"

    def roots(self) -> list[Path]:
        """Everywhere: the workspace, sockets and logs, the home, temporary files, memory."""
        own = transport.mark(transport.runtime_dir(self.workspace))
        ours = [path for path in transport.memory_dir().glob("comexp*") if path.name.startswith(own) or not MARKED.fullmatch(path.name)]
        return [self.workspace, transport.runtime_dir(self.workspace), self.home, self.root / "tmp", *ours]

    def needles(self) -> list[needles.Needle]:
        texts = [needles.text(name, text) for name, text in self.canaries.items()]
        return [*texts, *(needles.content(f"picture {n}", data) for n, data in enumerate(self.pictures)), needles.marker("marker", 77)]

    def scan(self, *roots: Path, **options: Any) -> Residue:
        if self.scanner is None:
            self.scanner = Scanner(self.needles())
        return self.scanner.scan(roots or self.roots(), **options)

    def raw(self) -> set[str]:
        """Files that hold a canary as it is."""
        wanted = [text.encode() for text in self.canaries.values()] + [data[len(data) // 2 :][:64] for data in self.pictures]
        files = [path for root in self.roots() for path in ([root] if root.is_file() else root.rglob("*")) if path.is_file()]
        return {path.name for path in files if any(one in path.read_bytes() or one.decode("latin-1") in path.name for one in wanted)}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    root = tmp_path_factory.mktemp("house")
    for folder in ("home/notebooks/.ipynb_checkpoints", "tmp", "in"):
        (root / folder).mkdir(parents=True)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"HOME": root / "home", "TMPDIR": root / "tmp", "COMEXP_NOTEBOOKS": root / "home/notebooks"}.items():
            patch.setenv(name, str(value))
        for name in ("XDG_DATA_HOME", "IPYTHONDIR", "JUPYTER_CONFIG_DIR"):
            patch.delenv(name, raising=False)
        patch.setenv("COMEXP_TOMBSTONES", str(root / "erased"))
        lab = cx.open(root / "ws")
        try:
            yield (made := House(root, lab, rig.Service(root / "ws"), {name: needles.canary() for name in TEXTS}, []))
        finally:
            if made.scanner is not None:
                made.scanner.close()
            transport.stop_service(root / "ws")


def pictures(house: House, folder: Path) -> None:
    """Eight pictures with a marker in each, a text in their EXIF, the first one lying on its side; and a film."""
    person = Person("", "", Image.new("RGB", (1, 1)), b"", [], 77)
    folder.mkdir(parents=True)
    for number in range(8):
        tags = Image.Exif()
        tags[0x010E], tags[0x0112] = house.canaries["EXIF"], 6 if number == 0 else 1
        out = io.BytesIO()
        Image.fromarray(marked(person, number)).save(out, "JPEG", quality=90, exif=tags)
        house.pictures.append(out.getvalue())
        (folder / f"{house.canaries['file name']}-{number}.jpg").write_bytes(out.getvalue())
    film(folder / f"{house.canaries['file name']}.mp4", "libx264", frames=12)


def live(house: House) -> Any:
    """A dataset with canaries in every field, and all that the lab makes of it."""
    lab, service, texts = house.lab, house.service, house.canaries
    pictures(house, house.root / "in" / texts["split folder"])
    ds = lab.create_dataset(f"set {texts['dataset name']}")
    ds.add(house.root / "in")
    ids = ds.view.ids
    ds.edit([Edit(op="tag_sample", sample=ids[1], tags=[texts["tag"]])])
    labels = [ds.label(sample, texts["class name"], (200, 120, 240, 240), attributes={"note": texts["attribute"]}) for sample in ids[:8]]
    ds.freeze(texts["version name"])
    ds.edit([Edit(op="delete", label=labels[0])])
    ds.label(ids[0], texts["class name"], (200, 120, 200, 200))
    address = f"/datasets/{ds.id}"

    def bytes_of(path: str) -> bytes:
        return transport.raise_for_problem(service.client.get(f"/api{path}")).content

    def run(kind: str, **asked: Any) -> dict[str, Any]:
        ended = service.wait(service.post(kind, **asked)["id"])
        assert ended["status"] == "succeeded", ended
        return ended

    folder = house.workspace / "datasets" / ds.id
    (folder / "quarantine").mkdir(exist_ok=True)
    (folder / "quarantine" / "labels.duckdb").write_bytes((folder / "labels.duckdb").read_bytes())
    trained = run("/runs/train", dataset=ds.id, **rig.TINY | {"epochs": 1})
    model = f"/models/{trained['model']}"
    ask = {"dataset": ds.id, "model": trained["model"], "imgsz": 64}
    predicted, judged = run("/runs/predict", **ask, conf=0.0001), run("/runs/evaluate", **ask)
    exported = run(f"{address}/export", format="coco", view={})
    archived = run("/rights/archive", datasets=[ds.id])
    first = service.get("/runs")[-1]
    house.sealed = {
        "original": lambda: bytes_of(f"{address}/samples/{ids[1]}/media"),
        "upright copy": lambda: bytes_of(f"{address}/samples/{ids[0]}/media"),
        "film": lambda: bytes_of(f"{address}/samples/{ids[-1]}/media"),
        "thumbnail": lambda: bytes_of(f"{address}/samples/{ids[1]}/thumbnail"),
        "record": lambda: json.dumps(service.get(f"{address}/samples/{ids[1]}")).encode(),
        "labels": lambda: json.dumps(service.get(f"{address}/samples/{ids[2]}")["labels"]).encode(),
        "history": lambda: str(ds.sql("SELECT * FROM history").to_pylist()).encode(),
        "classes": lambda: json.dumps(service.get(f"{address}/classes")).encode(),
        "version": lambda: json.dumps(service.get(f"{address}/versions")).encode(),
        "dataset in the list": lambda: json.dumps(service.get(address)).encode(),
        "model": lambda: bytes_of(f"{model}/weights"),
        "model in the list": lambda: json.dumps(service.get(model)).encode(),
        "run of a training, with its log": lambda: json.dumps(service.get(f"/runs/{trained['id']}")).encode(),
        "predictions": lambda: json.dumps(service.get(f"/runs/{predicted['id']}")).encode(),
        "evaluation": lambda: json.dumps(service.get(f"/runs/{judged['id']}")).encode(),
        "import report": lambda: json.dumps(service.get(f"/runs/{first['id']}")).encode(),
        "finished export": lambda: bytes_of(f"/runs/{exported['id']}/download"),
        "archive": lambda: bytes_of(f"/runs/{archived['id']}/download"),
    }
    return ds


def around(house: House, ds: Any) -> None:
    """What a person who works with it leaves around, in the clear."""
    picture = base64.b64encode(house.pictures[1]).decode()
    home, put = house.home, house.plain
    shown = {"output_type": "display_data", "metadata": {}, "data": {"image/png": picture}}
    table = {"output_type": "display_data", "metadata": {}, "data": {"text/html": of_dataset(ds.id, house.canaries["attribute"])}}
    states = {"version_major": 2, "version_minor": 0, "state": {"w1": {"state": {"value": picture}}}}
    other = {"output_type": "display_data", "metadata": {}, "data": {"text/plain": KEPT.decode()}}
    book = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("ds", outputs=[nbformat.from_dict(each) for each in (shown, table, other)])]
    )
    widgets = nbformat.v4.new_notebook(metadata={"widgets": {"application/vnd.jupyter.widget-state+json": states}})
    pixels = np.asarray(Image.open(io.BytesIO(house.pictures[1])))
    packed = io.BytesIO()
    np.savez_compressed(packed, pixels=pixels)
    profile = home / ".ipython/profile_default"
    memory = transport.memory_dir() / f"{transport.mark(transport.runtime_dir(house.workspace))}left"
    files: dict[str, tuple[Path, bytes]] = {
        "output of a notebook": (home / "notebooks/a.ipynb", nbformat.writes(book).encode()),
        "checkpoint of a notebook": (home / "notebooks/.ipynb_checkpoints/a-checkpoint.ipynb", nbformat.writes(book).encode()),
        "state of a widget": (home / "notebooks/w.ipynb", nbformat.writes(widgets).encode()),
        "layout of JupyterLab": (home / ".jupyter/lab/workspaces/x.jupyterlab-workspace", json.dumps({"data": picture}).encode()),
        "temporary file": (house.root / "tmp/comexp-left/a.jpg", house.pictures[1]),
        "temporary gzip": (house.root / "tmp/comexp-left/a.bin.gz", gzip.compress(house.pictures[2])),
        "memory": (memory / "pixels.npz", packed.getvalue()),
        "trash": (home / ".local/share/Trash/files/export.jpg", house.pictures[3]),
        "core file": (home / "notebooks/core.17", b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<H", 4) + bytes(80) + house.pictures[4]),
        "log of the service": (
            transport.runtime_dir(house.workspace) / "old.log",
            b"imported " + house.canaries["file name"].encode() + b"-3.jpg and " + house.pictures[5],
        ),
        "log of FiftyOne": (
            transport.runtime_dir(house.workspace) / "fiftyone.log",
            b"shows set " + house.canaries["dataset name"].encode(),
        ),
    }
    for name, (path, data) in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        put[name] = path
    profile.mkdir(parents=True)
    for name, path, table_of, text in (
        ("history of IPython", profile / "history.sqlite", "history(session INT, line INT, source TEXT, source_raw TEXT)", picture),
        ("store of edits", home / "notebooks/.jupyter_ystore.db", "yupdates(path TEXT, yupdate BLOB, metadata BLOB)", house.pictures[1]),
    ):
        with sqlite3.connect(path) as base:
            base.execute(f"CREATE TABLE {table_of}")
            marks = {"history of IPython": (1, 1, text, text), "store of edits": ("a.ipynb", text, b"")}[name]
            base.execute(f"INSERT INTO {table_of.partition('(')[0]} VALUES ({', '.join('?' * len(marks))})", marks)
        base.close()
        put[name] = path


def at_work(house: House, ds: Any) -> list[dict[str, Any]]:
    """An endless training with a checkpoint, its private folder with mosaics as Ultralytics leaves them, one that waits, and FiftyOne."""
    service = house.service
    endless = {"epochs": 100_000, "args": rig.ARGS | {"patience": 100_000}}  # however long the rest takes
    long = service.post("/runs/train", dataset=ds.id, **rig.TINY | endless)
    waiting = service.post("/runs/predict", dataset=ds.id, model=service.get("/models")[0]["id"], imgsz=64)
    service.wait(long["id"], until=lambda row: len(row["metrics"]) >= 1)
    images = [np.asarray(Image.open(io.BytesIO(data))) for data in house.pictures[1:5]]
    folder = folder_of(house.workspace, long["id"])
    sheet(images, folder / "train_batch0.jpg")
    np.save(folder / "a.npy", images[0])
    (folder / "train.cache").write_bytes(house.canaries["file name"].encode())
    house.plain |= {"mosaic of a training": folder / "train_batch0.jpg", "pixels of a training": folder / "a.npy"}
    house.plain["cache of a training"] = folder / "train.cache"
    opened = service.post("/browse", dataset=ds.id, view={})
    wait_for(lambda: service.get(f"/browse/{opened['id']}")["status"] == "ready", 60)
    for process in psutil.process_iter(["cmdline", "name"]):
        words = process.info["cmdline"] or []
        if "--dbpath" in words and house.canaries["file name"].encode() in collected(Path(words[words.index("--dbpath") + 1])):
            house.plain["mirror of FiftyOne"] = Path(words[words.index("--dbpath") + 1])
    return [long, waiting]


def collected(folder: Path) -> bytes:
    found = b""
    for path in folder.rglob("*"):
        try:
            found += path.read_bytes() if path.is_file() else b""
        except OSError:
            continue
    return found


def test_of_what_was_erased_no_canary_is_left_anywhere(house: House) -> None:
    kept = house.lab.create_dataset("kept")
    ds = live(house)
    around(house, ds)
    runs = at_work(house, ds)
    for path in sorted((house.root / "in").rglob("*"), reverse=True):  # where it came from is the person's own
        path.rmdir() if path.is_dir() else path.unlink()
    (house.root / "in").rmdir()

    looked = {name: house.scan(path, control=True) for name, path in house.plain.items()}
    missed = {name: (house.plain[name].exists(), residue) for name, residue in looked.items() if not residue.hits}
    assert not missed, missed
    before = {name: read() for name, read in house.sealed.items()}
    assert all(before.values()) and len(house.plain) + len(house.sealed) + len(ciphers(house, ds)) >= 24
    assert before["original"] in house.pictures and house.canaries["attribute"].encode() in before["labels"] + before["history"]
    assert {"mosaic of a training", "mirror of FiftyOne"} <= looked.keys() and "marker" in looked["mosaic of a training"].controls_found
    ds.label(ds.view.ids[2], house.canaries["class name"], (10, 10, 20, 20))  # so that the journal holds something
    pieces = ciphers(house, ds)
    assert {"label database", "journal or log", "quarantine", "media", "vault"} <= {kind for kind, _ in pieces}
    found = frozenset[str]().union(*(residue.controls_found for residue in looked.values()))
    assert found >= {"file name", "attribute", "marker", "picture 1", "picture 2", "picture 3"}

    plan = house.lab.rights.plan_erasure(ds)
    proof = plan.execute(confirm=plan.name)
    assert proof.verify() and proof.body["scan"]["control"] and proof.body["scan"]["hits"] == 0 and proof.body["scan"]["needles"] >= 10

    after = house.scan(controls=found)
    assert not after.hits, {(hit.needle, hit.file.name, hit.how) for hit in after.hits}
    assert not house.raw()
    left = b"".join(path.read_bytes() for path in house.workspace.rglob("*") if path.is_file())
    assert not [kind for kind, piece in pieces if piece in left]
    for name, read in house.sealed.items():
        with pytest.raises(cx.NotFound):
            print(name, read())
    for run in runs:
        for path in (f"/runs/{run['id']}/resume", f"/runs/{run['id']}/cancel"):
            with pytest.raises(cx.NotFound):
                house.service.post(path)
    assert KEPT in (house.home / "notebooks/a.ipynb").read_bytes() and [each.id for each in house.lab.datasets] == [kept.id]
    time.sleep(0.5)
    assert not house.raw() and not house.service.get("/runs") and not house.service.get("/models")


def ciphers(house: House, ds: Any) -> list[tuple[str, bytes]]:
    """A piece of each sealed file that belongs to the dataset, by kind."""
    folder, found = house.workspace / "datasets" / ds.id, []
    for path in [*folder.rglob("*"), *(house.workspace / "vault").rglob("*")]:
        if path.is_file() and path.stat().st_size > 256:
            kind = "quarantine" if "quarantine" in path.parts else "media" if "media" in path.parts else "vault"
            if path.parent == folder:
                kind = "label database" if path.suffix == ".duckdb" else "journal or log"
            data = path.read_bytes()
            found.append((kind, data[len(data) // 2 :][:64] if kind != "journal or log" else data[-64:]))
    return found
