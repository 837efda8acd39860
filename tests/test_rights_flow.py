"""See it, take it away, destroy it: on a real workspace through the real service."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import comexp_lab as cx

CANARY = b"CANARY-7f3a9c-the-owner-of-this-text"


def canary_picture() -> bytes:
    out = io.BytesIO()
    noise = np.random.default_rng(1).integers(0, 255, (80, 90, 3), np.uint8)
    Image.fromarray(noise).save(out, "JPEG", comment=CANARY)
    return out.getvalue()


def hits(folder: Path, needle: bytes) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and needle in path.read_bytes()]


@pytest.fixture
def dataset(lab, tmp_path):
    source = tmp_path / "in"
    source.mkdir()
    (source / f"{CANARY.decode()}.jpg").write_bytes(canary_picture())
    ds = lab.create_dataset(f"set {CANARY.decode()}")
    ds.add(source)
    ds.label(ds.view.ids[0], CANARY.decode(), (1, 2, 30, 40), attributes={"note": CANARY.decode()})
    assert hits(source, CANARY), "positive control: the scan finds the canary where it is in the clear"
    return ds


def test_no_plaintext_rests_in_the_workspace(dataset, workspace):
    assert hits(workspace, CANARY) == []
    assert hits(workspace, canary_picture()[200:264]) == []


def test_inventory_names_every_kind(lab, dataset, workspace):
    found = lab.rights.inventory
    kinds = {row.kind for row in found.rows if row.dataset == dataset.id}
    assert {"images", "thumbnails", "labels", "label database and journal"} <= kinds
    images = next(row for row in found.rows if row.kind == "images")
    assert (images.items, images.bytes) == (1, len(canary_picture()))


def test_erasure_needs_the_name_and_the_newest_plan(lab, dataset):
    plan = lab.rights.plan_erasure(dataset)
    with pytest.raises(cx.BadInput, match="type the name"):
        plan.execute(confirm="yes")
    dataset.label(dataset.view.ids[0], "more", (1, 1, 2, 2))
    with pytest.raises(cx.Conflict, match="changed"):
        plan.execute(confirm=plan.hash)
    assert len(dataset) == 1


def test_erasure_is_final_and_proven(lab, dataset, workspace, tmp_path):
    kept = lab.create_dataset("kept")
    plan = lab.rights.plan_erasure(dataset)
    cipher = {path.name: path.read_bytes() for path in (workspace / "datasets" / dataset.id).rglob("*") if path.is_file()}
    proof = plan.execute(confirm=plan.name)
    assert all(proof.body["checks"].values()) and proof.verify()
    assert [d.name for d in lab.datasets] == [kept.name]
    with pytest.raises(cx.NotFound):
        lab.dataset(dataset.id)
    assert not (workspace / "datasets" / dataset.id).exists()
    remaining = b"".join(path.read_bytes() for path in workspace.rglob("*") if path.is_file())
    pieces = [data[len(data) // 2 :][:64] for data in cipher.values() if len(data) > 256]
    assert len(pieces) >= 3 and not any(piece in remaining for piece in pieces)
    path = proof.save(tmp_path / "certificate.json")
    good = subprocess.run(
        [sys.executable, "-m", "comexp_lab.cli", "verify", str(path)],
        capture_output=True,
        text=True,
        env=os.environ | {"COMEXP_WORKSPACE": "/nonexistent"},
    )
    assert good.returncode == 0 and "Genuine" in good.stdout, good.stderr
    path.write_text(path.read_text().replace('"bytes"', '"bytez"'))
    bad = subprocess.run([sys.executable, "-m", "comexp_lab.cli", "verify", str(path)], capture_output=True, text=True)
    assert bad.returncode == 1 and "forged or was changed" in bad.stderr
