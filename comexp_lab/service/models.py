"""Models: the list, bringing one in, taking one away."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from comexp_lab.api import ModelExport, ModelImport, ModelOut
from comexp_lab.errors import BadInput
from comexp_lab.learn import exporting, weights
from comexp_lab.learn.registry import Registry
from comexp_lab.media import paths
from comexp_lab.service.lab import Lab, LabDep, refuse_paths
from comexp_lab.service.samples import SAFE

router = APIRouter(prefix="/models", tags=["models"])


@router.get("")
def list_models(lab: LabDep) -> list[ModelOut]:
    return Registry(lab.workspace).all()


@router.post("/import", status_code=201)
def import_model(lab: LabDep, request: Request, wanted: ModelImport) -> ModelOut:
    """Bring in a .pt or a model file, from a finished upload or (over the unix socket) a path. It is opened only in a sandbox."""
    refuse_paths(request, wanted.path)
    if wanted.path is not None:
        path = paths.resolve(wanted.path)
        data, name = weights.read_file(path), path.name
    else:
        data, name = uploaded(lab, wanted.upload)
    model = weights.import_bytes(data, name, Registry(lab.workspace), wanted.name)
    lab.hub.publish("run", change="models", model=model.id)
    return model


def uploaded(lab: Lab, upload: str | None) -> tuple[bytes, str]:
    """The bytes and the name of a finished upload."""
    if upload is None:
        raise BadInput("There is nothing to import: name an upload or a path.")
    from comexp_lab.formats.uploads import Uploads

    record, stored = Uploads(lab.workspace).finished([upload])[upload]
    return lab.workspace.vault.get(stored.blob, stored.key), record.name


@router.get("/{model}")
def get_model(lab: LabDep, model: str) -> ModelOut:
    """A model by id or by name."""
    return Registry(lab.workspace).get(model)


@router.get("/{model}/weights", response_class=Response)
def get_weights(lab: LabDep, model: str) -> Response:
    """The model file: safetensors with the description in its metadata."""
    registry = Registry(lab.workspace)
    found = registry.get(model)
    headers = attachment(found.name, ".safetensors")
    return Response(registry.data(found.id), media_type="application/octet-stream", headers=headers)


@router.post("/{model}/export", response_class=Response)
def export_model(lab: LabDep, request: Request, model: str, wanted: ModelExport) -> Response:
    """The model in another format (pt, onnx, torchscript, safetensors): as a download, or (over the unix socket) into a file."""
    refuse_paths(request, wanted.path)
    ending = exporting.check(wanted.format)
    registry = Registry(lab.workspace)
    found = registry.get(model)
    data = exporting.export(registry.data(found.id), wanted.format, wanted.imgsz)
    if wanted.path is None:
        return Response(data, media_type="application/octet-stream", headers=attachment(found.name, ending))
    paths.write(wanted.path, data)
    return Response(status_code=204)


def attachment(name: str, ending: str) -> dict[str, str]:
    plain = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    return {**SAFE, "Content-Disposition": f'attachment; filename="{plain}{ending}"'}


@router.delete("/{model}", status_code=204)
def delete_model(lab: LabDep, model: str) -> None:
    Registry(lab.workspace).delete(model)
    lab.hub.publish("run", change="models")
