"""``comexp import`` and its Python twin: a dataset is made if it is new, and goes again if the import is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from comexp_lab.cli import main
from comexp_lab.client.demo import shapes_zip
from comexp_lab.errors import BadInput, BadLabels, NotFound


def test_a_refused_import_leaves_no_dataset_behind(lab: Any, workspace: Path, tmp_path: Path) -> None:
    def run(*words: Any) -> tuple[int, str]:
        said = CliRunner().invoke(main, ["-w", str(workspace), "import", *map(str, words)])
        return said.exit_code, said.output

    bad = tmp_path / "bad.txt"
    bad.write_text("hello")
    for words, code, told in (
        (["new", bad], 1, "Error: There are no images and no videos"),
        (["new", tmp_path / "missing.jpg"], 2, "does not exist"),
        (["new"], 1, "Error: There is nothing to import"),
        (["new", "--labels", bad], 1, "Error: "),
        (["new", bad, "--format", "cocoo"], 1, "cocoo"),
    ):
        assert run(*words)[0] == code and told in run(*words)[1] and not lab.datasets
    for source, error in ((bad, BadLabels), (tmp_path / "missing.jpg", NotFound), ([bad], BadInput), (None, BadInput)):
        with pytest.raises(error):
            lab.add("new", source)
        assert not lab.datasets

    lab.create_dataset("mine")
    assert "no images" in run("mine", bad)[1] and lab.datasets.names() == ["mine"]
    good = shapes_zip(tmp_path / "shapes.zip", count=2)
    assert run("mine", good)[0] == 0 and len(lab.create_dataset("mine", exist_ok=True)) == 2
    assert run("new", good)[0] == 0 and len(lab.dataset("new")) == 2
    assert lab.add("new", good).duplicates == 2 and run("new", bad)[0] == 1 and len(lab.dataset("new")) == 2
