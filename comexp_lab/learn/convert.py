"""A stranger's ``.pt`` becomes a model file, in a child process that can do nothing but compute.

The child imports what it needs, locks itself in (``media.sandbox``), and only then reads the checkpoint, with
``weights_only=True`` and the list of known classes below. There is no second way: what does not load so is refused.
The rebuilt model must give the same numbers as the loaded one, or it is refused too.
"""

from __future__ import annotations

import enum
import importlib
import io
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path, PurePosixPath
from typing import Any

from comexp_lab.errors import BadCheckpoint, Error, from_problem

MOST_BYTES = 2 << 30
TIME_LIMIT_S = 180.0
CHILD_MEMORY = 4 << 30
MODULES = ("torch.nn.modules.", "ultralytics.nn.modules.")
HOME_OF_MODELS = "ultralytics.nn.tasks"
LOSSES = ("ultralytics.utils.loss", "ultralytics.utils.tal")
REFUSED = "This file is not a plain Ultralytics checkpoint: it was not opened. Train or export it again with Ultralytics."


def environment(folder: Path) -> dict[str, str]:
    """What a child that runs Ultralytics gets: no accounts, no downloads, nothing outside ``folder`` to write to."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if k in {"PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "PYTHONPATH"}
        or k.startswith(("CUDA_", "NVIDIA_", "OMP_", "MKL_"))
    }
    return kept | {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "XDG_CACHE_HOME": str(folder),
        "MPLCONFIGDIR": str(folder),
        "YOLO_CONFIG_DIR": str(folder),
        "YOLO_OFFLINE": "1",
        "YOLO_AUTOINSTALL": "0",
        "YOLO_VERBOSE": "0",
        "ULTRALYTICS_SAFE_LOAD": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def convert(checkpoint: bytes, folder: Path, origin: str = "") -> bytes:
    """The model file of an Ultralytics checkpoint; raises BadCheckpoint. ``folder`` is a private folder in memory."""
    if len(checkpoint) > MOST_BYTES:
        raise BadCheckpoint(f"The checkpoint is larger than {MOST_BYTES >> 30} GiB: export it without its optimizer state.")
    try:
        child = subprocess.run(
            [sys.executable, "-m", "comexp_lab.learn.convert", origin],
            input=checkpoint,
            capture_output=True,
            timeout=TIME_LIMIT_S,
            env=environment(folder),
            cwd=folder,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise BadCheckpoint("The checkpoint could not be read in time: it is damaged, or made to waste time.") from None
    if child.returncode == 0:
        return child.stdout
    try:
        raise from_problem(json.loads(child.stdout))
    except (ValueError, AttributeError):
        raise BadCheckpoint(REFUSED) from None


def limited_getattr(owner: Any, name: str) -> Any:
    """What checkpoints use ``getattr`` for: members of enums, and the forward methods of layers."""
    import torch

    if isinstance(owner, type) and issubclass(owner, enum.Enum) and name in owner.__members__:
        return owner[name]
    if name in {"forward", "forward_fuse"}:
        if isinstance(owner, type) and issubclass(owner, torch.nn.Module):
            return getattr(owner, name)
        if isinstance(owner, torch.nn.Module):
            return getattr(type(owner), name).__get__(owner)
    raise pickle.UnpicklingError(f"getattr of {name!r} is not allowed")


def known(name: str) -> Any:
    """The class that a checkpoint names, if it is one that checkpoints are made of; else None."""
    import numpy as np
    import torch
    from ultralytics.utils import IterableSimpleNamespace

    scalar = np.float64(0).__reduce__()[0]
    values = {
        "ultralytics.utils.IterableSimpleNamespace": IterableSimpleNamespace,
        "numpy.dtype": np.dtype,
        "ultralytics.yolo.utils.IterableSimpleNamespace": IterableSimpleNamespace,
        "builtins.getattr": limited_getattr,
        "numpy.core.multiarray.scalar": scalar,
        "numpy._core.multiarray.scalar": scalar,
        "numpy.dtypes.Float64DType": type(np.dtype(np.float64)),
        "pathlib.PosixPath": PurePosixPath,
        "pathlib.WindowsPath": PurePosixPath,
        "pathlib._local.PosixPath": PurePosixPath,
    }
    if name in values:
        return values[name]
    module, _, attribute = name.rpartition(".")
    if not (module.startswith(MODULES) or module == HOME_OF_MODELS or module in LOSSES):
        return None
    found = getattr(sys.modules.get(module), attribute, None)
    is_layer = isinstance(found, type) and issubclass(found, torch.nn.Module)
    return found if is_layer or (module in LOSSES and isinstance(found, type) and found.__module__ == module) else None


def load(checkpoint: bytes) -> Any:
    """The checkpoint's objects, made of known classes only; raises BadCheckpoint."""
    import numpy as np
    import torch

    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(checkpoint))
        allowed = [(known(name), name) for name in names]
        strangers = sorted(name for found, name in allowed if found is None)
        if strangers:
            raise BadCheckpoint(f"The checkpoint holds '{strangers[0][:80]}', which is not part of a model: it was not opened.")
        with torch.serialization.safe_globals([*allowed, type(np.dtype(np.float64)), type(np.dtype(np.int64))]):
            return torch.load(io.BytesIO(checkpoint), map_location="cpu", weights_only=True)
    except (RuntimeError, ValueError, EOFError, KeyError, TypeError, AttributeError, IndexError, pickle.UnpicklingError) as error:
        raise BadCheckpoint(REFUSED) from error


def same_output(one: Any, other: Any) -> bool:
    import torch

    if isinstance(one, torch.Tensor):
        return isinstance(other, torch.Tensor) and torch.equal(one.nan_to_num(), other.nan_to_num())
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(same_output(a, b) for a, b in zip(one, other, strict=True))
    return not isinstance(one, dict) or all(same_output(value, other.get(key)) for key, value in one.items())


def repack(checkpoint: Any, origin: str) -> bytes:
    """The model file of loaded checkpoint objects; raises BadCheckpoint if the model cannot be rebuilt exactly."""
    import torch

    from comexp_lab.learn import model_file

    model = (checkpoint.get("ema") or checkpoint.get("model")) if isinstance(checkpoint, dict) else None
    if not isinstance(model, torch.nn.Module) or not isinstance(getattr(model, "yaml", None), dict):
        raise BadCheckpoint("The file holds no Ultralytics model, only other things: give the .pt that training made.")
    arguments = checkpoint.get("train_args") if isinstance(checkpoint.get("train_args"), dict) else {}
    imgsz = arguments.get("imgsz", 640)
    description = model_file.describe_module(model, imgsz=imgsz if isinstance(imgsz, int) else 640, origin=origin)
    data = model_file.pack(description, model.state_dict())
    _, rebuilt = model_file.unpack(data)
    side = 64 if description.task == "classify" else 128
    probe = torch.rand((1, description.architecture.get("channels", 3), side, side), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        if not same_output(model.float().eval()(probe), rebuilt(probe)):
            raise BadCheckpoint("The model could not be rebuilt exactly from its own description, so it is not used.")
    return data


def warm_up() -> None:
    """Import all that loading, building and running a model imports on the way, while files can still be opened."""
    import torch
    import torchvision.transforms.functional  # noqa: F401  (pickled by classifiers)
    from ultralytics.utils.loss import v8DetectionLoss  # noqa: F401

    from comexp_lab.learn import model_file

    for module in ("conv", "block", "head", "transformer", "activation", "utils"):
        importlib.import_module(f"ultralytics.nn.modules.{module}")
    torch.set_num_threads(1)
    import yaml
    from ultralytics.utils import ROOT

    architecture = yaml.safe_load((ROOT / "cfg/models/11/yolo11.yaml").read_text()) | {"scale": "n"}
    description = model_file.describe({"task": "detect", "architecture": architecture, "names": ["a"]})
    checkpoint = io.BytesIO()
    model = model_file.build(description)
    torch.save({"model": model}, checkpoint)
    repack(load(checkpoint.getvalue()), "")


def lock_in(input_bytes: int) -> None:
    from comexp_lab.media import sandbox

    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    layers = sandbox.enter(mapped + CHILD_MEMORY + 8 * input_bytes)
    sandbox.arm(int(TIME_LIMIT_S))
    if "seccomp" not in layers and "landlock" not in layers and not os.environ.get("COMEXP_ALLOW_WEAK_SANDBOX"):
        raise BadCheckpoint("This machine offers no sandbox (seccomp or Landlock), so checkpoints of others are not opened on it.")


def main() -> int:
    out = os.dup(1)
    os.dup2(2, 1)
    checkpoint = sys.stdin.buffer.read()
    try:
        warm_up()
        lock_in(len(checkpoint))
        answer, code = repack(load(checkpoint), sys.argv[1] if len(sys.argv) > 1 else ""), 0
    except Error as error:
        answer, code = json.dumps(error.problem()).encode(), 3
    except (MemoryError, RecursionError):
        answer, code = json.dumps(BadCheckpoint(REFUSED).problem()).encode(), 3
    view = memoryview(answer)
    while view:
        view = view[os.write(out, view) :]
    return code


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)
