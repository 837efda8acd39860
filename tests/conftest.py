"""What all tests share: a clean environment, where real data lies if there is any, and a real lab."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# The same examples every time, so that what a change does decides; COMEXP_SEARCH=100 looks for so many new ones.
settings.register_profile("same", derandomize=True)
settings.register_profile("search", print_blob=True)
settings.load_profile("search" if os.environ.get("COMEXP_SEARCH") else "same")

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def clean_environment() -> Iterator[None]:
    """No test touches the user's keys, sockets or settings."""
    home = Path(tempfile.mkdtemp(prefix="cx-"))
    os.environ["XDG_CONFIG_HOME"] = str(home / "config")
    os.environ["COMEXP_RUNTIME_DIR"] = str(home / "run")
    os.environ["YOLO_CONFIG_DIR"] = str(home / "yolo")
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    for name in ("COMEXP_WORKSPACE", "COMEXP_KEY_FILE", "COMEXP_WEIGHTS"):
        os.environ.pop(name, None)
    yield
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real data and weights; tests that need it are skipped where it is not there."""
    folder = Path(os.environ.get("COMEXP_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip("no real data beside the project: set COMEXP_SHARED")
    return folder


@pytest.fixture(scope="module", autouse=True)
def own_settings(clean_environment: None) -> Iterator[None]:
    """What the tests of one file set in the environment does not reach those of the next."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return tmp_path / "workspace"


@pytest.fixture
def lab(workspace: Path) -> Iterator[object]:
    """A lab with a real service of its own, over its real unix socket."""
    import comexp_lab as cx
    from comexp_lab import transport

    opened = cx.open(workspace)
    yield opened
    transport.stop_service(workspace)
