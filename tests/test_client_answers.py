"""What a newcomer reads: one line that says what to do for a wrong call, and tables instead of fields."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import comexp_lab as cx
from comexp_lab.client.demo import shapes_zip
from comexp_lab.errors import BadInput, BadLabels, NotFound


@pytest.fixture
def street(lab: Any, tmp_path: Path) -> Any:
    dataset = lab.create_dataset("street")
    dataset.add(shapes_zip(tmp_path / "shapes.zip", count=4))
    return dataset


def test_wrong_calls_are_answered_in_one_line(lab: Any, street: Any, tmp_path: Path) -> None:
    lab.create_dataset("bare")
    (tmp_path / "file").write_text("x")
    (tmp_path / "empty").mkdir()
    for call, error, words in (
        (lambda: lab.dataset("sreet"), NotFound, "did you mean 'street'"),
        (lambda: lab.datasets["stret"], NotFound, "did you mean 'street'"),
        (lambda: lab.dataset("xyz"), NotFound, "there are 'street', 'bare'"),
        (lambda: lab.model("x"), NotFound, "there is none yet"),
        (lambda: lab.rights.plan_erasure("nowhere"), NotFound, "nowhere"),
        (lambda: lab.rights.plan_erasure("stret"), NotFound, "did you mean 'street'"),
        (lambda: street.erase(class_name="cirle"), NotFound, "did you mean 'circle'"),
        (lambda: street.erase(samples=[99]), BadInput, "None of these samples"),
        (lambda: lab.rights.plan_erasure(street, models="retain"), NotFound, "did you mean 'retrain'"),
        (lambda: lab.rights.object("usge"), NotFound, "did you mean 'usage'"),
        (lambda: lab.rights.object("store"), BadInput, "erase the dataset"),
        (lambda: lab.rights.agree("train"), BadInput, "not on consent"),
        (lambda: lab.rights.purposes["marketng"], NotFound, "did you mean 'marketing'"),
        (lambda: lab.rights.request("acess"), NotFound, "did you mean 'access'"),
        (lambda: lab.rights.processing("jsn"), NotFound, "did you mean 'jsonld'"),
        (lambda: lab.rights.restrict("sreet"), NotFound, "did you mean 'street'"),
        (lambda: cx.open(tmp_path / "file"), BadInput, "choose a folder"),
        (lambda: street.at("v9"), NotFound, "no version 'v9'"),
        (lambda: street.limit("ten"), BadInput, "limit: "),
        (lambda: street.where("spilt = 'val'").ids, BadInput, '"split"'),
        (lambda: street.evaluate("nothing"), NotFound, "no model 'nothing'"),
        (lambda: street.fine_tune("yolo11n.yaml", epoch=3), BadInput, "did you mean 'epochs'"),
        (lambda: street.fine_tune("yolo11n.yaml", device="gpu"), BadInput, "no device 'gpu'"),
        (lambda: street.fine_tune("yolo11n.yaml", view="split = 'val'"), BadInput, "No samples"),
        (lambda: street.evaluate("yolo11n.yaml"), NotFound, "train it first"),
        (lambda: lab.dataset("bare").fine_tune("yolo11n.yaml"), BadInput, "No samples"),
        (lambda: street.add([tmp_path / "file"]), BadInput, r"ds.add\(\*paths\)"),
        (lambda: street.add(), BadInput, "name files"),
        (lambda: street.add(tmp_path / "empty"), NotFound, "no files in what you named"),
        (lambda: street.add(tmp_path / "file"), BadLabels, "no images and no videos"),
        (lambda: street.add(tmp_path / "file", split="hold-out"), BadInput, "the splits are train, val and test"),
        (lambda: street.label(1, "", (1, 1, 5, 5)), BadInput, "class_name: "),
        (lambda: street.browse("spilt = 1"), BadInput, '"split"'),
        (lambda: street.where("spilt = 1").annotate(), BadInput, '"split"'),
        (lambda: lab.runs["nothing"], NotFound, "no run 'nothing'"),
        (lambda: lab.dataset(None), NotFound, "there are 'street', 'bare'"),
        (lambda: lab.dataset(""), NotFound, "there are 'street', 'bare'"),
        (lambda: lab.dataset("street/stats"), NotFound, "did you mean 'street'"),
        (lambda: lab.model(""), NotFound, "there is none yet"),
        (lambda: lab.run(""), NotFound, "there are '"),
        (lambda: lab.import_model(None), BadInput, "not a NoneType"),
        (lambda: cx.open(" "), BadInput, "path is empty"),
        *((lambda query=query: street.sql(query), BadInput, "There is no query") for query in ("", "  ", "-- nothing", ";")),
        (lambda: street.sql("SELECT 1; SELECT 2"), BadInput, "Only one statement"),
        (lambda: street.where(" "), BadInput, "A condition is a text"),
        (lambda: street.where(None), BadInput, "A condition is a text"),
        (lambda: street.fine_tune("yolo11n.yaml", view=""), BadInput, "A condition is a text"),
        (lambda: street.fine_tune("yolo11n.yaml", view=5), BadInput, "not a int"),
        (lambda: street.fine_tune("yolo11n.yaml", view=lab.dataset("bare").view), BadInput, "samples of 'bare', not of 'street'"),
        (lambda: street.fine_tune("yolo11n.yaml", callback=print), BadInput, "Only numbers, texts and lists"),
        (lambda: street.fine_tune("yolo11n.yaml", batch=-5), BadInput, "batch: "),
        (lambda: street.fine_tune("yolo11n.yaml", epochs=0), BadInput, "epochs: "),
        (lambda: street.fine_tune(tmp_path / "nothing.pt"), NotFound, "no file nothing.pt"),
        (lambda: street.auto_annotate("yolo11n.pt", conf=50), BadInput, "conf: "),
        (lambda: street.review("accepted", min_confidence=50), BadInput, "min_confidence: "),
        (lambda: lab.dataset("bare").undo(), NotFound, "nothing to take back yet"),
        (lambda: street.at(1).add(tmp_path), BadInput, "as it was at 1, which cannot be changed"),
        (lambda: street.at(1).label(1, "cat", (1, 1, 5, 5)), BadInput, "cannot be changed"),
        (lambda: street.at(1).undo(), BadInput, "cannot be changed"),
        (lambda: street.add(""), BadInput, "path is empty"),
        (lambda: street.add("https://example.org/a.jpg"), BadInput, "nothing is fetched from the net"),
        (lambda: street.add(tmp_path / "*.jpg"), BadInput, "glob"),
        (lambda: street.add(tmp_path / "file", labels=""), BadInput, "path is empty"),
        (lambda: lab.dataset("bare").export("coco", tmp_path / "out"), BadInput, "nothing to export"),
        (lambda: street.export("coco", tmp_path / "out", []), BadInput, "nothing to export"),
        (lambda: street.export("coco", None), BadInput, "not a NoneType"),
        (lambda: street.export("coco", tmp_path / "file" / "out"), BadInput, "cannot be written"),
        (lambda: street.export("coco", tmp_path / "file" / "out.zip"), BadInput, "cannot be written"),
    ):
        with pytest.raises(error, match=words) as caught:
            call()
        assert "\n" not in str(caught.value)
    assert (street.revision, len(street), len(lab.datasets)) == (1, 4, 2) and not (tmp_path / "out").exists()


def test_names_paths_and_numbers_as_people_write_them(lab: Any, street: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a/b", "..", "street/stats", "5"):
        assert lab.dataset(lab.create_dataset(name).name).name == name
    assert lab.dataset(5).name == "5"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert lab.create_dataset("a/b", exist_ok=True).add("~/shapes.zip").samples == 4 and street.export("coco", "~/out.zip").files == 5
    with pytest.raises(NotFound, match="train it first"):
        street.evaluate("yolo11n.yaml", device=0)


def test_a_notebook_shows_the_users_own_line_only(lab: Any) -> None:
    with pytest.raises(NotFound) as caught:
        lab.dataset("nowhere")
    first, second = caught.value._render_traceback_()
    assert first == f"NotFound: {caught.value}" and second.endswith(': lab.dataset("nowhere")')


def test_what_cannot_be_asked_is_said_and_not_raised(lab: Any, street: Any) -> None:
    wrong = street.where("spilt = 'val'")
    assert "spilt" in repr(wrong) and wrong._repr_html_() is None
    plan = lab.rights.plan_erasure("street")
    plan.execute("street")
    assert "no dataset" in repr(street) and street._repr_html_() is None


def test_the_past_is_counted_as_it_was(street: Any) -> None:
    street.freeze("v1")
    before = street.stats()
    street.label(1, "cat", (1, 2, 3, 4))
    assert street.at("v1").stats() == before and street.stats().labels == before.labels + 1
    assert f"at v1: 4 samples, {before.labels} labels" in repr(street.at("v1")) and len(street.at("v1")) == 4


def test_lists_are_tables_that_know_names(lab: Any, street: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    street.freeze("<b>")
    assert lab.datasets["street"].id == street.id == lab.datasets[0].id
    assert "classes" in street.class_table._repr_html_() and "classs" not in street.class_table._repr_html_()
    monkeypatch.setattr("comexp_lab.client.view.FIRST", 2)
    assert "4 samples): the first 2</strong>" in street.view._repr_html_() and "the first" not in street.limit(2)._repr_html_()
    assert lab.run(lab.runs.names()[0]).id == lab.runs[0].id
    assert lab.datasets._ipython_key_completions_() == ["street"]
    plan = street.limit(1).erase()
    r = lab.rights
    lists = (r.purposes, r.consents, r.requests, r.policies, r.erasures, r.letters, r.notices)
    rights = (r, r.inventory, r.history, plan, r.request("access"), *lists)
    assert (
        "1 pictures" not in repr(plan) and "nothing is touched yet" in repr(plan) and "marketing" in r.purposes._ipython_key_completions_()
    )
    for shown in (lab, lab.datasets, lab.models, lab.runs, street.versions, street.class_table, street.stats(), *rights):
        assert "<b>" not in shown._repr_html_() and "<div>" in shown._repr_html_()
    assert "&lt;b&gt;" in street.versions._repr_html_() and "No models yet" in lab.models._repr_html_()
