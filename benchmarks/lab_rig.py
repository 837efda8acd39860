"""What benchmarks through JupyterLab share: a real server under /user/ann%40home/ in a clean folder, and its lab service."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parent.parent / "tests"))  # behind this folder, before the installed packages

from jupyterlab import CHROMIUM, QUIET, TOKEN, Server, chromium, jupyterlab, open_lab  # noqa: E402

__all__ = ["CHROMIUM", "QUIET", "TOKEN", "Server", "chromium", "lab", "open_lab"]


@contextmanager
def lab(prepare: Callable[[Path], object] = lambda workspace: None) -> Iterator[Server]:
    """JupyterLab with the extension, started after ``prepare`` has filled the workspace."""
    with tempfile.TemporaryDirectory(prefix="bench-lab-") as folder:
        root = Path(folder)
        os.environ.update(XDG_CONFIG_HOME=str(root / "config"), COMEXP_RUNTIME_DIR=str(root / "run"))
        os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
        prepare(root / "workspace")
        with jupyterlab(root) as server:
            yield server
