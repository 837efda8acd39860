"""How quick and how small: import, opening a cold lab, the idle service.

Bars: ``import comexp_lab`` ≤ 0.3 s, ``cx.open()`` on a new workspace ≤ 2 s, idle lab service ≤ 150 MB. The peer in the same run is
the interpreter itself (``python -c pass``) and ``import ultralytics``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 5


def timed(code: str, env: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, env=env, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def open_cold(env: dict[str, str]) -> tuple[float, float]:
    """(seconds of ``cx.open()``, MB of the service ten seconds later)."""
    code = (
        "import time, tempfile, psutil, comexp_lab as cx\n"
        "start = time.perf_counter(); lab = cx.open(tempfile.mkdtemp() + '/w'); took = time.perf_counter() - start\n"
        "time.sleep(3); service = psutil.Process(lab.info.pid); print(took, service.memory_info().rss / 1e6); service.terminate()"
    )
    out = subprocess.run([sys.executable, "-c", code], check=True, env=env, capture_output=True, text=True).stdout
    took, size = out.split()
    return float(took), float(size)


def main() -> None:
    with tempfile.TemporaryDirectory() as home:
        env = os.environ | {"XDG_CONFIG_HOME": home, "COMEXP_RUNTIME_DIR": str(Path(home) / "run")}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        timed("import comexp_lab", env)
        bare = [timed("pass", env) for _ in range(ROUNDS)]
        ours = [timed("import comexp_lab", env) for _ in range(ROUNDS)]
        peer = [timed("import ultralytics", env) for _ in range(2)]
        opened = [open_cold(env) for _ in range(ROUNDS)]
    extra = statistics.median(ours) - statistics.median(bare)
    print(
        f"import comexp_lab: {extra:.3f} s over the bare interpreter (bar 0.3); {min(peer) / statistics.median(ours):.0f}x quicker than ultralytics"
    )
    print(f"cx.open() cold: median {statistics.median(t for t, _ in opened):.2f} s, best {min(t for t, _ in opened):.2f} s (bar 2.0)")
    print(f"idle lab service: {max(size for _, size in opened):.0f} MB (bar 150)")


if __name__ == "__main__":
    main()
