"""A label edit in the annotator, in a real Chromium through a real JupyterLab, with 860,001 boxes there.

    python benchmarks/bench_edit_browser.py [edits]

A box is moved by the annotator's own keys and with the mouse, in turn, each held as long as a person does. Timed in the page:
from the call of its ``fetch`` until the acknowledged answer is read (goal: p50 ≤ 30 ms), and until the network had the answer:
what lies between is the page's own drawing, which Chromium does first after a key or a button. In turn with it: the same edit
over the unix socket, and Jupyter's own /api/status fetched by the same page.
"""

from __future__ import annotations

import random
import re
import uuid
from pathlib import Path
from typing import Any

from lab_rig import Server, chromium, lab, open_lab
from store_rig import BOXES, argument, fill, machine, spread, timed

from comexp_lab import transport
from comexp_lab.store import Workspace

WATCH = """() => {
  const plain = window.fetch;
  window.took = [];
  window.fetch = async (input, init) => {
    const began = performance.now();
    const response = await plain(input, init);
    if (init?.method === 'POST' && String(input?.url ?? input).endsWith('/labels')) {
      const json = response.json.bind(response);
      response.json = async () => {
        const data = await json();
        const ms = performance.now() - began;
        const network = performance.getEntriesByName(response.url).at(-1).responseEnd - began;
        performance.clearResourceTimings();
        window.took.push({ms, network, ok: response.ok, revision: data.revision, detail: data.detail});
        window.told?.();
        return data;
      };
    }
    return response;
  };
}"""
TAKEN = """number => new Promise(done => {
  window.told = () => window.took.length > number && done();
  window.told();
})"""
HELD_MS = 70
STATUS = """async url => {
  const began = performance.now();
  await (await fetch(url, {credentials: 'same-origin'})).json();
  return performance.now() - began;
}"""


def prepare(workspace: Path) -> None:
    with Workspace.open(workspace) as ws:
        fill(ws.create_dataset("street"))


def annotate(page: Any, server: Server) -> None:
    """Open the annotator in a tab and select a box."""
    page.add_init_script(f"({WATCH})()")
    open_lab(page, server)
    page.get_by_role("tab", name="Comexp").first.click()
    page.locator(".cx-Dataset-head").first.click()
    page.get_by_role("button", name="Annotate").first.click()
    page.locator(".cx-AnnotatorTab canvas").first.wait_for()
    page.locator(".cx-AnnotatorTab .class .count", has_text=re.compile("[0-9]")).first.wait_for(timeout=120_000)  # its boxes are there
    page.locator(".cx-AnnotatorTab .stage").focus()
    page.keyboard.press("]")


def middle(page: Any, server: Server, dataset: str) -> tuple[float, float]:
    """Where the middle of the selected box is on the screen."""
    label = server.api(f"comexp/api/datasets/{dataset}/samples/1")["labels"][0]
    box = page.locator(".cx-AnnotatorTab .stage").bounding_box()
    scale = min((box["width"] - 32) / 640, (box["height"] - 32) / 480)
    x, y, w, h = label["bbox"]
    left, top = box["x"] + (box["width"] - 640 * scale) / 2, box["y"] + (box["height"] - 480 * scale) / 2
    return left + (x + w / 2) * scale, top + (y + h / 2) * scale


def by_key(page: Any, number: int) -> None:
    page.keyboard.press("Alt+ArrowRight" if number % 40 < 20 else "Alt+ArrowLeft", delay=HELD_MS)


def by_mouse(page: Any, server: Server, dataset: str, number: int) -> None:
    x, y = middle(page, server, dataset)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 3, y + 3)
    page.wait_for_timeout(HELD_MS)
    page.mouse.move(x + 6 - 12 * (number % 4 // 2), y + 3)
    page.mouse.up()


def main() -> None:
    edits = argument(1, 200)
    with lab(prepare) as server, chromium() as page:
        annotate(page, server)
        dataset = server.api("comexp/api/datasets")[0]["id"]
        socket: list[float] = []
        status: list[float] = []
        pick = random.Random(0)
        with transport.connect(transport.socket_path(server.workspace)) as http:
            for number in range(edits):
                if number % 2:
                    by_mouse(page, server, dataset, number)
                else:
                    by_key(page, number)
                page.evaluate(TAKEN, number)
                status.append(page.evaluate(STATUS, f"{server.url}api/status") / 1e3)
                change = {"op": "set", "label": pick.randint(BOXES // 2, BOXES), "set": {"bbox": [number % 300, 5, 20, 30]}}
                body = {"client_id": str(uuid.uuid4()), "edits": [change], "message": ""}
                socket.append(timed(lambda body=body: http.post(f"/api/datasets/{dataset}/labels", json=body).raise_for_status()))  # type: ignore[misc]
                page.wait_for_timeout(pick.randint(0, 300))
        took = page.evaluate("window.took")
        print(f"{edits} edits with {BOXES} boxes; {machine()}")
        for name, seconds in {
            "browser and Jupyter": [one["ms"] / 1e3 for one in took],
            "  by key": [one["ms"] / 1e3 for one in took[::2]],
            "  by mouse": [one["ms"] / 1e3 for one in took[1::2]],
            "  network alone": [one["network"] / 1e3 for one in took],
            "unix socket": socket,
            "/api/status": status,
        }.items():
            median, late, worst = spread(seconds)
            print(f"  {name:20} p50 {median:6.1f} ms   p95 {late:6.1f} ms   highest {worst:6.1f} ms")
        refused = [one for one in took if not one["ok"]]
        assert len(took) == edits and not refused, f"{len(refused)} of {len(took)} edits were refused: {refused[:3]}"
        assert len({one["revision"] for one in took}) == edits, "two edits share a revision"


if __name__ == "__main__":
    main()
