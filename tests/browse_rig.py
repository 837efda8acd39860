"""A lab with pictures that a test can recognise on a screen, open in FiftyOne behind a door like Jupyter's."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import psutil

from comexp_lab import transport
from comexp_lab.api import BrowseIn, BrowseOut, Edit, LabelIn, ViewSpec

KEPT = {"content-type", "content-length", "range", "if-none-match", "if-match", "accept", "last-event-id", "cache-control"}
COLORS = [(200, 30, 40), (30, 160, 60), (40, 70, 200), (220, 180, 30), (150, 40, 160), (20, 170, 180)]


def pictures(folder: Path) -> None:
    """One picture of each colour, 320 × 240."""
    from PIL import Image

    folder.mkdir()
    for number, color in enumerate(COLORS):
        Image.new("RGB", (320, 240), color).save(folder / f"picture {number}.jpg", quality=95)


def every_kind() -> list[LabelIn]:
    return [
        LabelIn(class_name="cat", kind="box", bbox=(20, 30, 100, 80)),
        LabelIn(class_name="ship", kind="rotated", points=[200, 120, 90, 40, 0.4]),
        LabelIn(class_name="lake", kind="polygon", rings=[[10, 150, 90, 160, 60, 220], [30, 170, 50, 170, 40, 190]]),
        LabelIn(class_name="face", kind="keypoints", points=[50, 50, 2, 80, 90, 1, 0, 0, 0]),
        LabelIn(class_name="day", kind="tag"),
        LabelIn(class_name="cat", kind="box", bbox=(150, 100, 90, 80), state="suggested", confidence=0.75, source="model:m"),
    ]


def film(path: Path, codec: str, frames: int = 60, rate: int = 20) -> None:
    """A yellow square that moves over blue by 3 pixels a frame, after a first frame that is red; 320 × 240."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt, stream.options = 320, 240, "yuv420p", {"g": "10"}
        for number in range(frames):
            picture = np.full((240, 320, 3), COLORS[2] if number else COLORS[0], np.uint8)
            picture[80:140, 20 + 3 * number : 80 + 3 * number] = COLORS[3]
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def films(dataset: Any, folder: Path) -> None:
    """Two of them, in each the square as a track."""
    folder.mkdir()
    film(folder / "drive.mp4", "libx264")
    film(folder / "walk.webm", "libvpx-vp9", frames=40)
    dataset.add(folder)
    at = [LabelIn(class_name="square", bbox=(20 + 3 * frame, 80, 60, 60), track=7, frame=frame) for frame in range(40)]
    dataset.edit([Edit(op="add", sample=sample, value=value) for sample in (1, 2) for value in at])


def fill(dataset: Any, folder: Path) -> None:
    pictures(folder)
    dataset.add(folder)
    dataset.edit([Edit(op="add", sample=sample, value=value) for sample in range(1, len(COLORS) + 1) for value in every_kind()])


def wait_for(what: Callable[[], Any], within_s: float, every_s: float = 0.05) -> float:
    """Seconds until ``what`` is true; fails if that takes too long."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < within_s, "it did not happen in time"
        time.sleep(every_s)
    return time.monotonic() - began


class Street:
    """The dataset, its mirror, and ways to talk to FiftyOne as the App does."""

    def __init__(self, lab: Any, workspace: Path, folder: Path, name: str = "Street 1", fill: Callable[[Any, Path], None] = fill) -> None:
        self.workspace, self.lab = workspace, lab
        self.dataset = lab.create_dataset(name)
        fill(self.dataset, folder)
        self.opened = self.open()

    def open(self, view: ViewSpec | None = None) -> BrowseOut:
        return self.send("POST", "/browse", BrowseIn(dataset=self.dataset.id, view=view or ViewSpec()))

    def send(self, method: str, path: str, body: Any = None) -> BrowseOut:
        with transport.connect(transport.socket_path(self.workspace)) as client:
            content = body.model_dump_json() if body is not None else None
            answer = client.request(method, f"/api{path}", content=content, headers={"content-type": "application/json"})
            return BrowseOut.model_validate_json(transport.raise_for_problem(answer).content)

    @property
    def now(self) -> BrowseOut:
        return self.send("GET", f"/browse/{self.opened.id}")

    def ready(self, within_s: float = 60.0) -> None:
        wait_for(lambda: self.now.status in {"ready", "failed"}, within_s)
        assert self.now.status == "ready", self.now.message

    @property
    def notice(self) -> dict[str, Any]:
        return json.loads((transport.runtime_dir(self.workspace) / "fo.json").read_text())

    def fo(self, token: str | None = None) -> httpx.Client:
        """FiftyOne's own addresses, over the socket, with the token."""
        notice = self.notice
        client = transport.connect(transport.browse_socket_path(self.workspace))
        client.headers["X-Comexp-Browse"] = notice["token"] if token is None else token
        client.base_url = f"http://fo/{notice['segment']}/{self.opened.id}/"
        return client

    def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        with self.fo() as fo:
            return fo.post("graphql", json={"query": query, "variables": variables}).json()

    def document(self, sample: int) -> dict[str, Any]:
        """A sample as the App gets it."""
        query = """query q($dataset: String!, $view: BSONArray!) {
            samples(dataset: $dataset, view: $view, first: 100, paginationData: false) {
                ... on SampleItemStrConnection { edges { node { ... on ImageSample { sample } } } } } }"""
        edges = self.graphql(query, dataset=self.opened.path.rsplit("/", 1)[1].replace("%20", " "), view=[])["data"]["samples"]["edges"]
        return next((e["node"]["sample"] for e in edges if e["node"]["sample"]["sample"] == sample), {})


class Door:
    """What the Jupyter extension does, as far as FiftyOne is concerned: strips the base URL, adds the token."""

    def __init__(self, workspace: Path, base: str = "/user/ann%40home/") -> None:
        import uvicorn

        self.base, self.workspace = base, workspace
        self.asked: list[tuple[str, str, int]] = []
        self._server = uvicorn.Server(uvicorn.Config(self._app, log_level="warning", lifespan="off", interface="asgi3"))
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}{base}"
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)

    async def _app(self, scope: Any, receive: Any, send: Any) -> None:
        from starlette.requests import Request
        from starlette.responses import StreamingResponse

        request = Request(scope, receive)
        notice = json.loads((transport.runtime_dir(self.workspace) / "fo.json").read_text())
        headers = {k: v for k, v in request.headers.items() if k in KEPT} | {"X-Comexp-Browse": notice["token"]}
        socket_ = str(transport.browse_socket_path(self.workspace))
        client = httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=socket_), timeout=None)
        url = "http://fo/" + scope["raw_path"].decode()[len(self.base + "comexp/fo/") :]
        url += f"?{request.url.query}" if request.url.query else ""
        built = client.build_request(request.method, url, headers=headers, content=await request.body())
        upstream = await client.send(built, stream=True)
        self.asked.append((request.method, request.url.path, upstream.status_code))

        async def body() -> Any:
            try:
                async for piece in upstream.aiter_raw():
                    yield piece
            except (httpx.HTTPError, asyncio.CancelledError):
                return
            finally:
                await client.aclose()

        kept = {k: v for k, v in upstream.headers.items() if k not in {"transfer-encoding", "connection", "date"}}
        await StreamingResponse(body(), upstream.status_code, kept)(scope, receive, send)


def listening(pid: int) -> list[Any]:
    """TCP addresses that a process listens on."""
    return [c.laddr for c in psutil.Process(pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
