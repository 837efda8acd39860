"""The architecture, as a test: arrows go down only, the public names are the promised ones, imports are cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import comexp_lab
from comexp_lab import errors

PACKAGE = Path(comexp_lab.__file__).parent
BASE = {"errors", "api", "bag", "transport", "verify", "_version"}
MAY = {
    "store": set(),
    "media": {"store"},
    "formats": {"store", "media"},
    "browse": {"store", "media"},
    "learn": {"store", "media"},
    "jobs": {"store", "media", "learn"},
    "rights": {"store", "media", "formats"},
    "service": {"store", "media", "formats", "browse", "learn", "jobs", "rights"},
    "client": {"widgets", "demo"},
    "widgets": set(),
    "jupyter": set(),
    "cli": {"client"},
    "demo": set(),
}
HEAVY = {"torch", "ultralytics", "fiftyone", "duckdb", "pyarrow", "pandas", "cv2", "ray", "datumaro", "IPython"}


def imports(file: Path) -> set[str]:
    """Modules of ours that a file imports, as their part below the package ("store", "errors")."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("comexp_lab"):
            parts = node.module.split(".")
            names = [parts[1]] if len(parts) > 1 else [alias.name for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name.split(".")[1] for alias in node.names if alias.name.startswith("comexp_lab.")]
        found |= {name for name in names if not name.startswith("__")}
    return found


def violations(package: Path) -> list[str]:
    bad = []
    for file in package.rglob("*.py"):
        part = file.relative_to(package).parts[0].removesuffix(".py")
        if part in BASE or part == "__init__":
            continue
        allowed = MAY[part] | BASE | {part}
        bad += [f"{file.relative_to(package)} imports {name}" for name in imports(file) - allowed]
    return sorted(bad)


def test_arrows_go_down_only():
    assert violations(PACKAGE) == []


def test_the_arrow_test_can_fail(tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "bad.py").write_text("def f():\n    from comexp_lab.service.app import build\n")
    assert violations(tmp_path) == ["store/bad.py imports service"]


BANNED = {  # called anywhere in the package, but for the files named
    "extractall": {},
    "extract_archive": {},
    "os.system": {},
    "torch.load": {"learn/convert.py"},  # in its sandbox, weights only
    "pickle.load": {},
    "pickle.loads": {},
    "yaml.load": {},
    "launch_app": {},
    "DatabaseService": {},
    "ServerService": {},
    "eval": {},
    "exec": {},
    "allow_pickle": {},
    "shell": {},
}
OPENS = {"open", "Path", "os.open", "read_bytes", "read_text", "write_bytes", "write_text", "FileResponse"}
HANDLERS = [f"service/{name}.py" for name in ("about", "app", "datasets", "models", "rights", "runs", "samples", "uploads")]


def calls(file: Path) -> Iterator[str]:
    """What a file calls: ``open``, ``torch.load``, the bare names of methods, and telling keywords that are not False."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            yield name
            if isinstance(node.func, ast.Attribute) and node.func.attr not in ("eval", "exec", "open"):
                yield node.func.attr
            yield from (key.arg for key in node.keywords if key.arg in ("shell", "allow_pickle") and ast.unparse(key.value) != "False")


def test_nothing_unpacks_unpickles_or_runs_what_strangers_wrote():
    found = sorted((name, str(file.relative_to(PACKAGE))) for file in PACKAGE.rglob("*.py") for name in calls(file))
    assert {(name, file) for name, file in found if name in BANNED and file not in BANNED[name]} == set()


def test_request_handlers_open_no_files():
    """Paths of users go through media.paths; a handler that opened one itself could be talked into any file."""
    assert {(name, file) for file in HANDLERS for name in calls(PACKAGE / file) if name in OPENS} == set()


def test_public_names():
    assert comexp_lab.__all__ == sorted(comexp_lab.__all__)
    for name in comexp_lab.__all__:
        assert getattr(comexp_lab, name) is not None
    classes = {name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, errors.Error)}
    assert classes <= set(comexp_lab.__all__)


def test_import_is_light():
    code = "import sys, comexp_lab; print(sorted(m for m in sys.modules if m.split('.')[0] in %r))" % (HEAVY | {"httpx", "pydantic"})
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_the_client_needs_nothing_heavy():
    code = f"import sys, comexp_lab.client; print(sorted({{m.split('.')[0] for m in sys.modules}} & {HEAVY!r}))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_errors_survive_the_wire():
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.Error):
            back = errors.from_problem(kind("what and what to do", file="a.json").problem())
            assert type(back) is kind, name
            assert str(back) == "what and what to do" and back.facts == {"file": "a.json"}
