"""``python -m comexp_lab.jobs.worker``: one run, in a process of its own.

On stdin comes one JSON object: the service's socket, the run, and the token that lets this worker in. Everything else is asked
for over the socket. Nothing is written but to the current folder, which is private and in memory.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import Any

from comexp_lab.errors import BadInput, Error
from comexp_lab.jobs import fence
from comexp_lab.jobs.link import Gone, Link, LogLines, leave_nothing, stop

OUT_OF_MEMORY = ("out of memory", "can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED", "not enough memory")


class Early:
    """A value that is fetched in a thread while something else goes on."""

    def __init__(self, fetch: Any) -> None:
        self._outcome: tuple[Any, BaseException | None] = (None, None)
        self._thread = threading.Thread(target=self._run, args=(fetch,), daemon=True)
        self._thread.start()

    def _run(self, fetch: Any) -> None:
        try:
            self._outcome = (fetch(), None)
        except Exception as error:  # handed to whoever asks for the value
            self._outcome = (None, error)

    def get(self) -> Any:
        self._thread.join()
        value, error = self._outcome
        if error is not None:
            raise error
        return value


def manifest_of(link: Link, spec: dict[str, Any]) -> Any:
    from comexp_lab.learn.manifest import Manifest
    from comexp_lab.store.blobs import FolderBlobs
    from comexp_lab.store.vault import Vault

    vault = Vault(FolderBlobs(Path(spec["vault"]))) if spec["vault"] else link
    return Manifest(link.table("samples"), link.table("labels"), spec["classes"], vault, spec["keypoints"])


def quiet(link: Link) -> None:
    """Ultralytics logs to the run, asks nobody on the network, and reports to nobody."""
    from ultralytics.utils import LOGGER, SETTINGS
    from ultralytics.utils.events import events

    SETTINGS.update(dict.fromkeys(("sync", "clearml", "comet", "dvc", "mlflow", "raytune", "tensorboard", "wandb"), False))
    events.enabled = False
    LOGGER.handlers[:] = [LogLines(link)]
    LOGGER.setLevel("INFO")
    LOGGER.propagate = False


def train(link: Link, spec: dict[str, Any], weights: Early, manifest: Early) -> dict[str, Any]:
    from comexp_lab.learn import training

    checkpoint = link.file("last") if spec["checkpoint"] else None
    best = (link.file("best"), spec["best"]) if spec["best"] else None
    params = spec["params"] | ({} if spec["vault"] else {"args": spec["params"]["args"] | {"workers": 0}})
    return {"best": training.train(manifest.get(), params, weights.get(), link, Path.cwd(), checkpoint, best)}


def predict(link: Link, spec: dict[str, Any], weights: Early, manifest: Early) -> dict[str, Any]:
    from comexp_lab.learn import predicting

    found = predicting.predict(manifest.get(), spec["params"], weights.get(), link, Path.cwd())
    link.progress(1.0, f"Writing {found.num_rows} labels")
    return link.labels(found)


def evaluate(link: Link, spec: dict[str, Any], weights: Early, manifest: Early) -> dict[str, Any]:
    from comexp_lab.learn import evaluating

    return evaluating.evaluate(manifest.get(), spec["params"], weights.get(), link, Path.cwd())


WORK = {"train": train, "predict": predict, "evaluate": evaluate}


def work(link: Link) -> dict[str, Any]:
    spec = link.spec()
    weights, manifest = Early(link.weights), Early(lambda: manifest_of(link, spec))
    link.progress(spec["progress"], "Loading Ultralytics")
    quiet(link)
    return WORK[spec["kind"]](link, spec, weights, manifest)


def advice(error: RuntimeError, params_batch: Any) -> Error:
    """What to do about an error of torch, in one line."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if any(words in str(error) for words in OUT_OF_MEMORY):
        half = f"batch={max(params_batch // 2, 1)}" if isinstance(params_batch, int) else "a smaller batch"
        return BadInput(f"The device ran out of memory: try {half}, or a smaller imgsz.")
    return Error(f"Ultralytics could not do it: {first}")


def main() -> None:
    hello = json.loads(sys.stdin.read())
    os.umask(0o077)
    fenced = fence.enter(Path.cwd())
    link = Link(Path(hello["socket"]), hello["run"], hello["token"])
    if not fenced:
        link.log("This kernel has no Landlock: that nothing is written outside the private folder is not enforced.")
    try:
        run(link)
    except Gone:
        stop()
    leave_nothing()


def run(link: Link) -> None:
    try:
        result = work(link)
    except Error as error:
        link.done(problem=error.problem())
    except MemoryError:
        link.done(problem=BadInput("The machine ran out of memory: try a smaller batch or imgsz.").problem())
    except (RuntimeError, ValueError, TypeError, AssertionError, KeyError, OSError) as error:
        for line in traceback.format_exc().splitlines()[-12:]:
            link.log(line)
        link.done(problem=advice(RuntimeError(str(error) or type(error).__name__), link.spec()["params"].get("batch")).problem())
    else:
        link.done(result=result)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)
