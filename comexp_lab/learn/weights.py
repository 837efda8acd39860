"""What a name of weights means: a file, a file in ``$COMEXP_WEIGHTS``, a model of the workspace, an architecture to train from
scratch, or, only if the user allowed downloads, one of Ultralytics' releases."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from comexp_lab.errors import BadInput, NotAllowed, NotFound
from comexp_lab.learn.convert import MOST_BYTES, convert
from comexp_lab.media import paths
from comexp_lab.transport import memory_dir

if TYPE_CHECKING:
    from comexp_lab.api import ModelOut
    from comexp_lab.learn.registry import Registry

RELEASE = "https://github.com/ultralytics/assets/releases/download/v8.4.0/"
RELEASED = re.compile(r"yolo(v8|v9|v10|11|12|26)[nstmlxbce](-seg|-pose|-obb|-cls)?\.pt")
ARCHITECTURE = re.compile(r"(yolo(?:v\d+|\d+))([a-z])?((?:-(?:seg|pose|obb|cls|p2|p6))*)\.yaml")
REMEDY = "put the file into a folder named by COMEXP_WEIGHTS"


@dataclass(frozen=True)
class Source:
    """Where weights come from: a model's id, a file's path, an architecture's or a release's name."""

    kind: Literal["model", "file", "architecture", "release"]
    value: str


def architecture_exists(name: str) -> bool:
    """Whether Ultralytics ships this model YAML (``yolo11n.yaml`` is ``yolo11.yaml`` at scale n). Its package is not imported."""
    match = ARCHITECTURE.fullmatch(name)
    spec = importlib.util.find_spec("ultralytics")
    if not match or not spec or not spec.origin:
        return False
    models = Path(spec.origin).parent / "cfg" / "models"
    plain = f"{match[1]}{match[3]}.yaml"
    return any(path.name in {name, plain} for path in models.glob("*/*.yaml"))


def in_folders(name: str) -> Path | None:
    """The file of this name in one of the folders of ``$COMEXP_WEIGHTS``."""
    if Path(name).name != name:
        return None
    folders = (Path(part).expanduser() for part in os.environ.get("COMEXP_WEIGHTS", "").split(os.pathsep) if part)
    names = (name,) if name.endswith((".pt", ".safetensors")) else (name, f"{name}.pt")
    return next((folder / each for folder in folders for each in names if (folder / each).is_file()), None)


def find(name: str, registry: Registry, *, allow_downloads: bool, allow_paths: bool = True) -> Source:
    """What the name means, without opening anything. Raises NotFound with one line that says where to put the file."""
    if os.sep in name or name.startswith("~"):
        path = Path(name).expanduser()
        if not allow_paths:
            raise NotAllowed("File paths cannot be used from the browser: upload the weights instead.")
        if not (path.is_absolute() and path.is_file()):
            raise NotFound(f"There is no file {path.name} at this path: give the whole path of a .pt file.")
        return Source("file", str(path))
    if name.endswith(".yaml"):
        if not architecture_exists(name):
            raise NotFound(f"'{name}' is not an architecture that comes with Ultralytics: try yolo11n.yaml.")
        return Source("architecture", name)
    if found := in_folders(name):
        return Source("file", str(found))
    for candidate in (name, name.removesuffix(".pt")):
        try:
            return Source("model", registry.get(candidate).id)
        except NotFound:
            continue
    return released(name, allow_downloads, [model.name for model in registry.all()])


def released(name: str, allow_downloads: bool, models: list[str]) -> Source:
    if not RELEASED.fullmatch(name):
        known = f"the models here are {', '.join(sorted(set(models))[:20])}; else " if models else ""
        raise NotFound(f"There is no model '{name[:80]}': {known}import the model, or {REMEDY}.")
    if not allow_downloads:
        raise NotFound(f"The weights {name} are not here: {REMEDY}, import it as a model, or allow downloads.")
    return Source("release", name)


def fetch(name: str) -> bytes:
    """Ultralytics' release of a name, over HTTPS."""
    import httpx

    with httpx.Client(follow_redirects=True, timeout=60.0) as client, client.stream("GET", RELEASE + name) as answer:
        if answer.status_code != 200 or answer.url.scheme != "https":
            raise NotFound(f"Ultralytics does not offer {name} (answer {answer.status_code}): {REMEDY}.")
        pieces, size = [], 0
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > MOST_BYTES:
                raise BadInput(f"The download of {name} is larger than {MOST_BYTES >> 30} GiB: it was stopped.")
            pieces.append(piece)
    return b"".join(pieces)


def read_file(path: Path) -> bytes:
    with paths.open_file(paths.resolve(path)) as file:
        if os.fstat(file.fileno()).st_size > MOST_BYTES:
            raise BadInput(f"{path.name} is larger than {MOST_BYTES >> 30} GiB: export it without its optimizer state.")
        return file.read()


def obtain(source: Source, registry: Registry) -> ModelOut:
    """The workspace's model for a source that is no architecture; a checkpoint is converted the first time it is met."""
    if source.kind == "model":
        return registry.get(source.value)
    if source.kind == "file":
        return import_bytes(read_file(Path(source.value)), Path(source.value).name, registry)
    return import_bytes(fetch(source.value), source.value, registry, via="Ultralytics' release ")


def import_bytes(data: bytes, file_name: str, registry: Registry, name: str | None = None, via: str = "") -> ModelOut:
    """The model made from a checkpoint or a model file; the same bytes give the same model again. Raises BadCheckpoint."""
    digest = hashlib.sha256(data).hexdigest()
    if name is None and (known := registry.made_from(digest)):
        return known
    origin = f"{via}{file_name[:100]} sha256:{digest}"
    made = check_model_file(data) if file_name.endswith(".safetensors") else in_memory_folder(data, origin)
    return registry.add(made, name or Path(file_name).stem[:200], origin=origin)


def check_model_file(data: bytes) -> bytes:
    """A model file that somebody brings: safetensors cannot run anything, its description is checked."""
    from comexp_lab.learn.model_file import read_description

    read_description(data)
    return data


def in_memory_folder(data: bytes, origin: str) -> bytes:
    folder = Path(tempfile.mkdtemp(prefix="comexp-convert-", dir=memory_dir()))
    try:
        return convert(data, folder, origin)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
