"""What the door costs: the same requests through Jupyter and straight to the service's socket, interleaved.

An upload of 170 MB (goal: ≥ 150 MB/s through the door into a service that only counts bytes), and small GETs
(goal: ≤ 3 ms more at the median). The service behind is a bare ASGI app, so that only the way is measured.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

from comexp_lab.transport import socket_path

SIZE = 170_000_000
ROUNDS = 5
GETS = 200
TOKEN = "a-token-of-this-benchmark"  # noqa: S105
SINK = """
import sys, uvicorn
async def app(scope, receive, send):
    more = True
    while more:
        more = (await receive()).get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})
uvicorn.run(app, uds=sys.argv[1], log_level="critical", lifespan="off")
"""


def upload(client: httpx.Client, url: str) -> float:
    """MB/s of one PATCH."""
    piece = b"x" * (1 << 20)
    count, rest = divmod(SIZE, len(piece))
    body = (piece if index < count else piece[:rest] for index in range(count + 1))
    start = time.perf_counter()
    client.patch(url, content=body, headers={"Content-Length": str(SIZE)}).raise_for_status()
    return SIZE / 1e6 / (time.perf_counter() - start)


def get(client: httpx.Client, url: str) -> float:
    """Median milliseconds of small GETs."""
    times = []
    for _ in range(GETS):
        start = time.perf_counter()
        client.get(url).raise_for_status()
        times.append(1000 * (time.perf_counter() - start))
    return statistics.median(times)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["COMEXP_RUNTIME_DIR"] = str(Path(folder, "run"))
        socket = socket_path(Path(folder, "workspace"))
        sink = subprocess.Popen([sys.executable, "-c", SINK, str(socket)])
        options = ["--allow-root", "--no-browser", "--port=18899", f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"]
        environ = os.environ | {"COMEXP_WORKSPACE": str(Path(folder, "workspace"))}
        command = [sys.executable, "-m", "jupyter_server", *options, "--ServerApp.jpserver_extensions={'comexp_lab.jupyter': True}"]
        jupyter = subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL)
        try:
            compare(socket)
        finally:
            jupyter.terminate()
            sink.terminate()
            jupyter.wait()
            sink.wait()


def compare(socket: Path) -> None:
    straight = httpx.Client(transport=httpx.HTTPTransport(uds=str(socket)), base_url="http://lab/api/", timeout=60)
    door = httpx.Client(base_url="http://127.0.0.1:18899/comexp/api/", headers={"Authorization": f"token {TOKEN}"}, timeout=60)
    wait(door)
    results: dict[str, list[float]] = {"up straight": [], "up door": [], "get straight": [], "get door": [], "get jupyter": []}
    for _ in range(ROUNDS):
        results["up straight"].append(upload(straight, "uploads/1"))
        results["up door"].append(upload(door, "uploads/1"))
        results["get straight"].append(get(straight, "settings"))
        results["get door"].append(get(door, "settings"))
        results["get jupyter"].append(get(door, "../../api/status"))
    middle = {name: statistics.median(values) for name, values in results.items()}
    share, best = middle["up door"] / middle["up straight"], max(results["up door"])
    print(f"upload of 170 MB: {middle['up door']:.0f} MB/s through Jupyter (best {best:.0f}), {share:.2f}x of the bare socket")
    more = middle["get door"] - middle["get straight"]
    print(f"small GET p50: {middle['get door']:.2f} ms through Jupyter, {middle['get straight']:.2f} ms straight, {more:.2f} ms more")
    print(f"Jupyter's own /api/status for comparison: {middle['get jupyter']:.2f} ms")


def wait(client: httpx.Client) -> None:
    for _ in range(300):
        try:
            if client.get("settings").status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit("Jupyter did not start")


if __name__ == "__main__":
    main()
