"""The source code of what runs here, for whoever uses it over a network (AGPL-3.0 §13)."""

from __future__ import annotations

import io
import sysconfig
import zipfile
from pathlib import Path

import comexp_lab

PACKAGE = Path(comexp_lab.__file__).parent
CHECKOUT = PACKAGE.parent
SHIPPED = Path(sysconfig.get_path("data")) / "share" / "comexp-lab" / "source"
SKIPPED = {"__pycache__", "node_modules", "lib", ".yarn", "static"}


def archive() -> bytes:
    """A zip of the Python package and of the TypeScript it was built from."""
    front = CHECKOUT / "labextension"
    rest = CHECKOUT if (front / "package.json").exists() else SHIPPED
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for file in files(PACKAGE):
            target.write(file, f"comexp_lab/{file.relative_to(PACKAGE)}")
        for file in files(rest / "labextension"):
            target.write(file, f"labextension/{file.relative_to(rest / 'labextension')}")
        for name in ("pyproject.toml", "hatch_build.py", "LICENSE", "README.md"):
            if (rest / name).exists():
                target.write(rest / name, name)
    return out.getvalue()


def files(folder: Path) -> list[Path]:
    """The sources below a folder, without what was built or downloaded."""
    found: list[Path] = []
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name not in SKIPPED:
            found += files(entry)
        elif entry.is_file():
            found.append(entry)
    return found
