"""A disk that loses, changes or keeps files is found out, and the samples that need them are named."""

from __future__ import annotations

import os
from pathlib import Path

from click.testing import CliRunner
from PIL import Image

import comexp_lab as cx
from comexp_lab.cli import main


def damage(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


def test_missing_damaged_and_unknown_files_are_told_and_nothing_is_changed(lab, workspace: Path, tmp_path: Path) -> None:
    for number in range(4):
        Image.new("RGB", (64, 48), (number * 40, 9, 9)).save(tmp_path / f"{number}.png")
    dataset = lab.create_dataset("street")
    dataset.add(tmp_path)
    whole = lab.check()
    assert whole.files >= 8 and whole.bytes > 0 and whole.faults == []
    assert "all are whole" in str(whole)

    media = next((workspace / "datasets").glob("*/media"))
    files = sorted(file for file in media.glob("*/*") if len(file.name) == 32)
    files[0].unlink()
    damage(files[1])
    stray = files[2].with_name(files[2].parent.name + "0" * 30)
    stray.write_bytes(b"?" * 99)
    os.utime(stray, (1, 1))
    found = lab.check()
    assert {(fault.what, fault.blob) for fault in found.faults} == {
        ("missing", files[0].name),
        ("damaged", files[1].name),
        ("extra", stray.name),
    }
    assert all(fault.dataset == "street" for fault in found.faults)
    assert all(len(fault.samples) == 1 for fault in found.faults if fault.what != "extra")
    assert stray.exists() and files[1].exists()

    said = CliRunner().invoke(main, ["-w", str(workspace), "check"])
    assert said.exit_code == 1 and files[0].name in said.output and "missing" in said.output
    assert "3" in str(found) and "missing" in found._repr_html_()
    assert isinstance(cx.open(workspace).runs[0].status, str)
