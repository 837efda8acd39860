"""Models: files of strangers, the one form in which they are kept, names, arguments."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from comexp_lab.errors import BadCheckpoint, BadInput, NotAllowed, NotFound
from comexp_lab.learn import arguments, convert, model_file, weights
from comexp_lab.learn.registry import Registry
from comexp_lab.store import Workspace

YAMLS = {"detect": "yolo11n", "segment": "yolo11n-seg", "obb": "yolo11n-obb", "pose": "yolo11n-pose", "classify": "yolo11n-cls"}


def architecture(name: str) -> dict[str, Any]:
    from ultralytics.nn.tasks import yaml_model_load

    return yaml_model_load(f"{name}.yaml")


def plain_checkpoint(task: str, fused: bool = False) -> bytes:
    model = model_file.model_class(task)(architecture(YAMLS[task]), ch=3, nc=4, verbose=False)
    model.names = {0: "a", 1: "b", 2: "c", 3: "ü"}
    model.task = task
    if fused:
        model.eval().fuse(verbose=False)
    buffer = io.BytesIO()
    torch.save({"ema": None, "model": model.half(), "train_args": {"imgsz": 96, "task": task}, "date": "now"}, buffer)
    return buffer.getvalue()


class Canary:
    """Pickles to a call that would leave a file behind."""

    proof: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.proof}",)


@pytest.fixture
def proof(tmp_path: Path) -> Iterator[Path]:
    Canary.proof = tmp_path / "executed"
    yield Canary.proof
    assert not Canary.proof.exists()


@pytest.mark.parametrize("task", YAMLS)
def test_every_task_is_rebuilt_exactly(task: str) -> None:
    data = convert.repack(convert.load(plain_checkpoint(task, fused=task == "segment")), "here")
    description, model = model_file.unpack(data)
    assert (description.task, description.names, description.imgsz, description.origin) == (task, ["a", "b", "c", "ü"], 96, "here")
    assert model.names == {0: "a", 1: "b", 2: "c", 3: "ü"} and not model.training
    assert model_file.read_description(data) == description


def saved(content: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()


def poisoned(change: Any) -> bytes:
    """A good checkpoint whose model's YAML was changed."""
    from ultralytics.nn.tasks import DetectionModel

    model = DetectionModel(architecture("yolo11n"), ch=3, nc=4, verbose=False)
    change(model.yaml)
    return saved({"model": model})


def hostile() -> Iterator[tuple[str, bytes]]:
    yield "pickle", pickle.dumps(Canary())
    yield "zip of pickle", saved({"model": Canary()})
    yield "beside the model", saved({"model": None, "train_args": Canary()})
    yield "old format", legacy(Canary())
    yield "empty", b""
    yield "garbage", b"\x80\x02garbage" * 50
    yield "truncated", saved({"model": torch.zeros(10_000)})[:5000]
    yield "zip", zip_of({"a.txt": b"hello"})
    yield "zip bomb", zip_of({"archive/data.pkl": b"\0" * (64 << 20), "archive/version": b"3"})
    yield "no model", saved({"model": torch.zeros(3)})
    yield "a list", saved([1, 2, 3])
    yield "layers only", saved({"model": torch.nn.Linear(2, 2)})
    yield "activation", poisoned(lambda y: y.update(activation="__import__('os').system('touch x')"))
    yield "layer name", poisoned(lambda y: y["backbone"][0].__setitem__(2, "nn.Module"))
    yield "nested values", poisoned(lambda y: y["backbone"][0].__setitem__(3, [[[[[1]]]]]))
    yield "module path", poisoned(lambda y: y["backbone"][0].__setitem__(2, "torchvision.ops.MLP"))
    yield "other weights", poisoned(lambda y: y.update(scale="s"))


def legacy(content: Any) -> bytes:
    buffer = io.BytesIO()
    torch.save(content, buffer, _use_new_zipfile_serialization=False)
    return buffer.getvalue()


def zip_of(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def test_hostile_files_are_refused_and_nothing_runs(proof: Path) -> None:
    for name, data in hostile():
        with pytest.raises(BadCheckpoint) as caught:
            convert.repack(convert.load(data), "")
        assert "\n" not in caught.value.detail and len(caught.value.detail) < 200, name


def test_getattr_in_a_checkpoint_reaches_nothing_else() -> None:
    assert convert.limited_getattr(torch.nn.ReLU, "forward") is torch.nn.ReLU.forward
    for owner, name in ((os, "system"), (torch.nn.ReLU, "__init__"), (torch.nn.ReLU, "__subclasses__"), ("", "format"), (int, "forward")):
        with pytest.raises(pickle.UnpicklingError):
            convert.limited_getattr(owner, name)
    for name in (
        "os.system",
        "builtins.eval",
        "builtins.exec",
        "torch.load",
        "torch.hub.load",
        "subprocess.Popen",
        "ultralytics.utils.checks.check_requirements",
        "ultralytics.nn.tasks.torch_safe_load",
        "torch.nn.modules.module.os",
    ):
        assert convert.known(name) is None, name


def test_conversion_in_its_child(tmp_path: Path, proof: Path) -> None:
    """The whole way: a child that has locked itself in, for a good file, a bad one, and one that is too big."""
    data = convert.convert(plain_checkpoint("detect"), tmp_path, "good.pt")
    assert model_file.read_description(data).origin == "good.pt"
    with pytest.raises(BadCheckpoint, match="'posix.system'"):
        convert.convert(saved({"model": Canary()}), tmp_path)


def test_the_child_can_only_compute(tmp_path: Path) -> None:
    code = (
        "import json, os, socket, sys\n"
        "from comexp_lab.learn import convert\n"
        "import torch; convert.lock_in(1000); can = {}\n"
        "def attempt(name, act):\n"
        "    try: act(); can[name] = True\n"
        "    except (OSError, RuntimeError): can[name] = False\n"
        "attempt('read', lambda: open('/etc/passwd').read())\n"
        "attempt('write', lambda: open(sys.argv[1], 'w'))\n"
        "attempt('connect', lambda: socket.socket())\n"
        "attempt('fork', os.fork)\n"
        "attempt('exec', lambda: os.execv('/bin/true', ['true']))\n"
        "attempt('compute', lambda: torch.rand(64, 64) @ torch.rand(64, 64))\n"
        "print(json.dumps(can))\n"
    )
    out = subprocess.check_output([sys.executable, "-c", code, str(tmp_path / "x")], text=True, env=os.environ | {"OMP_NUM_THREADS": "1"})
    assert json.loads(out) == {"read": False, "write": False, "connect": False, "fork": False, "exec": False, "compute": True}


def test_the_official_weights(shared: Path, tmp_path: Path) -> None:
    """Identical numbers before and after conversion."""
    original = (shared / "weights" / "yolo11n.pt").read_bytes()
    data = convert.convert(original, tmp_path)
    description, model = model_file.unpack(data)
    loaded = convert.load(original)
    reference = (loaded.get("ema") or loaded["model"]).float().eval()
    picture = torch.rand((1, 3, 320, 256), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert torch.equal(model(picture)[0], reference(picture)[0])
    assert description.names[:2] == ["person", "bicycle"] and len(description.names) == 80


def test_damaged_model_files() -> None:
    good = convert.repack(convert.load(plain_checkpoint("classify")), "")
    header = int.from_bytes(good[:8], "little")
    for bad in (b"", good[:4], good[: header // 2], b"\xff" * 64, good[:8] + b"[" * header + good[8 + header :]):
        with pytest.raises(BadCheckpoint):
            model_file.read_description(bad)


def test_names_of_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "mine.pt").write_bytes(b"x")
    monkeypatch.setenv("COMEXP_WEIGHTS", f"{tmp_path / 'nowhere'}{os.pathsep}{folder}")
    with Workspace.open(tmp_path / "workspace") as workspace:
        registry = Registry(workspace)
        model = weights.import_bytes(convert.repack(convert.load(plain_checkpoint("classify")), ""), "cats.safetensors", registry)

        def find(name: str, **options: Any) -> weights.Source:
            return weights.find(name, registry, **{"allow_downloads": False, **options})

        assert find("mine.pt") == find("mine") == weights.Source("file", str(folder / "mine.pt"))
        assert find(str(folder / "mine.pt")).kind == "file"
        assert find("cats") == find("cats.pt") == find(model.id) == weights.Source("model", model.id)
        assert find("yolo11n.yaml").kind == find("yolov8s-seg.yaml").kind == find("yolo26n-pose.yaml").kind == "architecture"
        assert find("yolo11m.pt", allow_downloads=True) == weights.Source("release", "yolo11m.pt")
        with pytest.raises(NotFound, match="COMEXP_WEIGHTS"):
            find("yolo11m.pt")
        for name in ("evil.yaml", "../yolo11n.yaml", "nothing", "/no/such/file.pt", "yolo11n.yaml.yaml", "yolo11n.pt/../../x.pt"):
            with pytest.raises(NotFound):
                find(name)
        with pytest.raises(NotAllowed):
            find(str(folder / "mine.pt"), allow_paths=False)
        again = weights.import_bytes(registry.data(model.id), "cats.safetensors", registry)
        assert len(registry.all()) == 1 or again.id != model.id
        registry.delete(model.id)
        with pytest.raises(NotFound):
            registry.get(model.id)


def test_the_same_checkpoint_is_converted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = plain_checkpoint("classify")
    with Workspace.open(tmp_path / "workspace") as workspace:
        first = weights.import_bytes(data, "a.pt", Registry(workspace))
        monkeypatch.setattr(weights, "convert", None)
        assert weights.import_bytes(data, "b.pt", Registry(workspace)).id == first.id


def test_arguments() -> None:
    from ultralytics.utils import DEFAULT_CFG_DICT

    assert DEFAULT_CFG_DICT.keys() >= arguments.ALLOWED
    good = {"lr0": 0.01, "optimizer": "AdamW", "mosaic": 0, "cos_lr": True, "freeze": [0, 1], "cache": "ram", "amp": False}
    assert arguments.check(good) == good
    for bad in (
        {"data": "x"},
        {"model": "x"},
        {"project": "/x"},
        {"cache": "disk"},
        {"cfg": "x.yaml"},
        {"resume": True},
        {"pretrained": "x.pt"},
        {"optimizer": "os.system"},
        {"lr0": "0.1"},
        {"lr0": True},
        {"cos_lr": 1},
        {"freeze": ["x"]},
        {"augmentations": []},
        {"save_dir": "/x"},
        {"val": False},
    ):
        with pytest.raises(BadInput):
            arguments.check(bad)


def test_every_layer_that_we_allow_is_a_layer() -> None:
    from ultralytics.nn import tasks

    for name in model_file.LAYERS:
        found = getattr(torch.nn, name[3:]) if name.startswith("nn.") else getattr(tasks, name)
        assert isinstance(found, type) and issubclass(found, torch.nn.Module)


def test_yaml_files_of_ultralytics_pass(tmp_path: Path) -> None:
    """All architectures of our tasks that can be asked for by name describe themselves with what we allow."""
    from ultralytics.utils import ROOT

    refused = []
    for file in sorted((ROOT / "cfg/models").glob("*/yolo*.yaml")):
        if weights.architecture_exists(file.name) and not any(word in file.name for word in ("world", "yoloe", "-sem", "-depth")):
            try:
                model_file.checked_architecture(yaml.safe_load(file.read_text()))
            except BadCheckpoint as error:
                refused.append((file.name, error.detail))
    assert refused == []


def test_export_as_a_checkpoint_that_ultralytics_reads(tmp_path: Path) -> None:
    from ultralytics import YOLO

    from comexp_lab.learn import exporting

    data = convert.repack(convert.load(plain_checkpoint("detect")), "")
    (tmp_path / "back.pt").write_bytes(exporting.export(data, "pt", 96))
    theirs = YOLO(str(tmp_path / "back.pt"))
    _, ours = model_file.unpack(data)
    picture = torch.rand((1, 3, 96, 96), generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        assert torch.equal(theirs.model.float().eval()(picture)[0], ours(picture)[0])
    assert theirs.names == ours.names
    again = convert.repack(convert.load((tmp_path / "back.pt").read_bytes()), "")
    assert model_file.unpack(again)[0].names == list(ours.names.values())
    assert exporting.export(data, "safetensors", 96) == data
    with pytest.raises(BadInput, match="choose one of"):
        exporting.check("../evil")
    if importlib.util.find_spec("onnx") is None:
        with pytest.raises(BadInput, match="pip install onnx"):
            exporting.check("onnx")
