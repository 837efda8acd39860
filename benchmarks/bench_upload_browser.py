"""1,000 pictures of about 170 kB from a real Chromium through a real JupyterLab into the encrypted store.

    python benchmarks/bench_upload_browser.py [rounds]

Timed by the browser, from the first request to the last answer, which says that all is durable and encrypted; the import
comes afterwards. "sidebar" is the command that people use (one tar put together without reading; goal: ≥ 60 MB/s), "one by one"
is an upload for each file, six at once. In turn with them, from the same page: a bare Tornado handler that writes what
it gets and syncs it, in the same pieces; and in this process: AES-GCM and a synced file.
"""

from __future__ import annotations

import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bare_chromium import Page
from bare_chromium import page as opened
from bench_media import photographs
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lab_rig import TOKEN, Server, lab
from store_rig import argument, machine

from comexp_lab.store.vault import CHUNK, seal

FILES, SIZE = 1000, 170_000
PIECE = 16 << 20
PART = 4 << 20
SINK = """
import asyncio, os, sys, uuid
from tornado import web
class Sink(web.RequestHandler):
    async def post(self):
        await asyncio.to_thread(self.keep)
    def keep(self):
        path = os.path.join(sys.argv[2], uuid.uuid4().hex)
        with open(path + ".part", "wb") as file:
            file.write(self.request.body)
            file.flush()
            os.fsync(file.fileno())
        os.rename(path + ".part", path)
        folder = os.open(sys.argv[2], os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
async def main():
    web.Application([("/", Sink)]).listen(int(sys.argv[1]), "127.0.0.1", max_buffer_size=1 << 28)
    await asyncio.Event().wait()
asyncio.run(main())
"""
TOOLS = """() => {
  const noise = new Uint8Array(170000).map((_, i) => (i * 2654435761) >>> 13);
  const blob = n => new Blob([new TextEncoder().encode(String(n)), noise.subarray(6)]);
  window.eachOf = async (count, atOnce, send) => {
    let next = 0;
    const began = performance.now();
    const lane = async () => { while (next < count) { await send(next++); } };
    await Promise.all(Array.from({length: atOnce}, lane));
    return performance.now() - began;
  };
  const xsrf = () => document.cookie.split('; ').find(entry => entry.startsWith('_xsrf=')).slice(6);
  window.ours = (url, count) => window.eachOf(count, 6, async n => {
    const body = blob(n);
    const headers = {'Tus-Resumable': '1.0.0', 'Upload-Length': String(body.size), 'Upload-Metadata': 'filename ' + btoa(n + '.jpg'),
      'Content-Type': 'application/offset+octet-stream', 'X-XSRFToken': xsrf()};
    const answer = await fetch(url, {method: 'POST', body, headers, credentials: 'same-origin'});
    if (answer.status !== 201 || Number(answer.headers.get('Upload-Offset')) !== body.size) { throw new Error(String(answer.status)); }
  });
  window.bare = (url, count, size, atOnce) => {
    const bodies = size ? new Blob([new Uint8Array(size)]) : null;
    return window.eachOf(count, atOnce, async n => { await fetch(url, {method: 'POST', body: bodies ?? blob(n), mode: 'no-cors'}); });
  };
}"""
TIMED = """() => {
  const ours = performance.getEntriesByType('resource').filter(entry => entry.name.includes('/comexp/api/uploads'));
  return Math.max(...ours.map(entry => entry.responseEnd)) - Math.min(...ours.map(entry => entry.startTime));
}"""


@contextmanager
def sink(folder: Path) -> Iterator[str]:
    """The address of a bare handler that syncs what it gets."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SINK, str(port), str(folder)])
    try:
        yield f"http://localhost:{port}/"
    finally:
        process.terminate()
        process.wait()


def sidebar(page: Page, server: Server, folder: Path) -> float:
    """Seconds of the upload that the sidebar's own command makes; waits for its import."""
    before = len(server.api("comexp/api/runs"))
    page.evaluate("performance.clearResourceTimings()")
    page.choose("void window.jupyterapp.commands.execute('comexp:upload-files')", sorted(folder.iterdir()))
    while len(server.api("comexp/api/runs")) == before:
        time.sleep(0.2)
    took = page.evaluate(f"({TIMED})()")
    while server.api("comexp/api/runs")[0]["status"] in ("queued", "running"):
        time.sleep(0.2)
    assert server.api("comexp/api/runs")[0]["result"]["samples"] == FILES
    return float(took) / 1e3


def sealed(folder: Path, total: int) -> float:
    """AES-GCM of chunks as the vault has them, synced part by part."""
    cipher, data, began = AESGCM(bytes(32)), os.urandom(CHUNK), time.perf_counter()
    with (folder / "sealed").open("wb") as file:
        for index in range(total // CHUNK):
            file.write(seal(cipher, "0" * 32, index, data))
            if index % (PART // CHUNK) == 0:
                file.flush()
                os.fdatasync(file.fileno())
        file.flush()
        os.fsync(file.fileno())
    return time.perf_counter() - began


def main() -> None:
    rounds = argument(1, 3)
    with lab() as server, opened() as page, tempfile.TemporaryDirectory() as scratch, sink(Path(scratch)) as bare:
        folder = server.root / "pictures"
        folder.mkdir()
        files = [data.ljust(SIZE, b"\0")[:SIZE] if len(data) < SIZE else data for data in photographs(FILES)]
        for number, data in enumerate(files):
            (folder / f"{number:04}.jpg").write_bytes(data)
        whole = sum(map(len, files))
        page.call("Page.enable")
        page.call("Page.navigate", url=f"{server.url}lab?token={TOKEN}&reset")
        page.wait_for("document.querySelector('#jp-main-dock-panel') && !document.querySelector('#jupyterlab-splash')")
        page.evaluate(f"({TOOLS})()")
        speed: dict[str, list[float]] = {}
        for _ in range(rounds):
            for name, total, seconds in (
                ("sidebar", whole, lambda: sidebar(page, server, folder)),
                ("  bare handler, pieces of 16 MB", PIECE * 10, lambda: page.evaluate(f"bare('{bare}', 10, {PIECE}, 1)") / 1e3),
                ("  AES-GCM and a synced file", whole, lambda: sealed(Path(scratch), whole)),
                ("one by one", FILES * SIZE, lambda: page.evaluate(f"ours('{server.url}comexp/api/uploads', {FILES})") / 1e3),
                ("  bare handler, file by file", FILES * SIZE, lambda: page.evaluate(f"bare('{bare}', {FILES}, 0, 6)") / 1e3),
            ):
                speed.setdefault(name, []).append(total / 1e6 / seconds())
                print(f"  {name:34} {speed[name][-1]:6.0f} MB/s; {machine()}", flush=True)
        print(f"{FILES} files, {whole / 1e6:.0f} MB, {rounds} rounds")
        for name, values in speed.items():
            print(f"  {name:34} {statistics.median(values):6.0f} MB/s   best {max(values):6.0f}")


if __name__ == "__main__":
    main()
