"""The wheel carries everything: installed without the repository it gives the panel, the service and the command line."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_wheel_in_a_clean_environment(tmp_path):
    env = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    env["PATH"] = f"{sysconfig.get_path('scripts')}{os.pathsep}{env['PATH']}"
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    wheel = next(tmp_path.glob("*.whl"))
    names = zipfile.ZipFile(wheel).namelist()
    assert any("labextensions/comexp-lab/static/remoteEntry" in name for name in names)
    assert {f"comexp_lab/widgets/static/{name}.js" for name in ("annotator", "run", "browser")} <= set(names)
    assert not [name for name in names if name.endswith(".map") or "node_modules" in name or "tests/" in name]
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "install", "-q", "--offline", "--no-deps", "--python", python, wheel], check=True, env=env
    )
    own = Path(sysconfig.get_path("purelib"))
    site = next((tmp_path / "venv" / "lib").glob("python*/site-packages"))
    for entry in own.iterdir():  # its dependencies, as if they had been installed: links, since they take gigabytes
        if "comexp" not in entry.name and entry.suffix != ".pth" and not (site / entry.name).exists():
            (site / entry.name).symlink_to(entry)
    code = "import comexp_lab as cx; lab = cx.open('w'); print(cx.__file__); print(lab.create_dataset('a')); import comexp_lab.widgets as w; w.RunCard(run='x')"
    told = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=tmp_path, env=env)
    assert told.returncode == 0 and str(site) in told.stdout and "0 samples" in told.stdout, told.stderr
    listed = subprocess.run([python, "-m", "jupyter", "labextension", "list"], capture_output=True, text=True, cwd=tmp_path, env=env)
    assert "comexp-lab" in listed.stdout + listed.stderr
    servers = subprocess.run(
        [python, "-m", "jupyter", "server", "extension", "list"], capture_output=True, text=True, cwd=tmp_path, env=env
    )
    assert "comexp_lab.jupyter" in servers.stdout + servers.stderr
    comexp = subprocess.run([tmp_path / "venv" / "bin" / "comexp", "--help"], capture_output=True, text=True, env=env)
    assert "auto-annotate" in comexp.stdout
