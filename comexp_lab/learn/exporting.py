"""A model for the world outside: an Ultralytics checkpoint, or what Ultralytics can export it to, made in a child process."""

from __future__ import annotations

import importlib.util
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from comexp_lab.errors import BadInput, Error, from_problem
from comexp_lab.learn.convert import environment
from comexp_lab.transport import memory_dir

# what each format needs beside our own dependencies, and how its file is called
FORMATS: dict[str, tuple[tuple[str, ...], str]] = {
    "safetensors": ((), ".safetensors"),
    "pt": ((), ".pt"),
    "torchscript": ((), ".torchscript"),
    "onnx": (("onnx",), ".onnx"),
}
TIME_LIMIT_S = 600.0


def check(format: str) -> str:
    """The file ending of a format that can be written here; raises BadInput with what to install."""
    if format not in FORMATS:
        raise BadInput(f"Models cannot be exported as '{format[:40]}': choose one of {', '.join(FORMATS)}.")
    missing = [package for package in FORMATS[format][0] if importlib.util.find_spec(package) is None]
    if missing:
        raise BadInput(f"Exporting as {format} needs a package that is not installed: pip install {' '.join(missing)}.")
    return FORMATS[format][1]


def export(data: bytes, format: str, imgsz: int) -> bytes:
    """The model file ``data`` in another format."""
    check(format)
    if format == "safetensors":
        return data
    folder = Path(tempfile.mkdtemp(prefix="comexp-export-", dir=memory_dir()))
    command = [sys.executable, "-m", "comexp_lab.learn.exporting", format, str(imgsz)]
    try:
        child = subprocess.run(command, input=data, capture_output=True, timeout=TIME_LIMIT_S, env=environment(folder), cwd=folder)
    except subprocess.TimeoutExpired:
        raise Error(f"The export as {format} took longer than {TIME_LIMIT_S:.0f} s and was stopped.") from None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if child.returncode == 0:
        return child.stdout
    try:
        raise from_problem(json.loads(child.stdout))
    except ValueError:
        raise Error(f"Ultralytics could not export this model as {format}.") from None


def checkpoint(model: Any, imgsz: int) -> bytes:
    """What ``YOLO("model.pt")`` reads."""
    import torch
    from ultralytics import __version__

    model.args = {"task": model.task, "imgsz": imgsz, "model": "", "data": ""}
    buffer = io.BytesIO()
    torch.save({"model": model.half(), "train_args": model.args, "version": __version__, "license": "AGPL-3.0"}, buffer)
    return buffer.getvalue()


def write(data: bytes, format: str, imgsz: int) -> bytes:
    from comexp_lab.learn import model_file

    description, model = model_file.unpack(data)
    plain = checkpoint(model, description.imgsz)
    if format == "pt":
        return plain
    from ultralytics import YOLO

    Path("model.pt").write_bytes(plain)
    return Path(YOLO("model.pt", task=description.task).export(format=format, imgsz=imgsz, device="cpu")).read_bytes()


def main() -> int:
    out = os.dup(1)
    os.dup2(2, 1)
    try:
        answer, code = write(sys.stdin.buffer.read(), sys.argv[1], int(sys.argv[2])), 0
    except Error as error:
        answer, code = json.dumps(error.problem()).encode(), 3
    with os.fdopen(out, "wb") as file:
        file.write(answer)
    return code


if __name__ == "__main__":
    raise SystemExit(main())
