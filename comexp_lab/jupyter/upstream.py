"""One request over a unix socket with both bodies streamed, on Tornado's own HTTP/1.1 and event loop.

Each request has its own connection: connecting to a unix socket takes microseconds, and a restarted service can never
be met by a stale connection. Writes wait for the socket and reads wait for the browser, so nothing piles up in memory.
"""

from __future__ import annotations

import asyncio
import socket
from asyncio import FIRST_COMPLETED
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tornado.http1connection import HTTP1Connection, HTTP1ConnectionParameters
from tornado.httputil import HTTPHeaders, HTTPMessageDelegate, RequestStartLine, ResponseStartLine
from tornado.iostream import IOStream, StreamClosedError

from comexp_lab.errors import Unavailable

CHUNK = 256 * 1024
NO_LIMIT = 1 << 50
OnHead = Callable[[ResponseStartLine, HTTPHeaders], Awaitable[None]]
OnChunk = Callable[[bytes], Awaitable[None]]
PARAMETERS = HTTP1ConnectionParameters(no_keep_alive=True, chunk_size=CHUNK, max_body_size=NO_LIMIT)


class Upstream:
    """A service behind a unix socket, started by ``start`` when nobody listens there.

    ``path`` is asked at each connection; ``start`` runs in a thread and may raise comexp_lab errors; None means that
    somebody else starts it.
    """

    def __init__(self, path: Callable[[], Path], start: Callable[[], object] | None, answer_within_s: float) -> None:
        self.path = path
        self._start = start
        self._starting: asyncio.Task[object] | None = None
        self.answer_within_s = answer_within_s

    async def connect(self) -> IOStream:
        """A connected stream; starts the service if needed. Raises Unavailable or what the start reported."""
        try:
            return await self._dial()
        except OSError:
            if self._start is None:
                raise Unavailable("The image browser is not running: open the dataset in FiftyOne again.") from None
        await self._started()
        try:
            return await self._dial()
        except OSError as error:
            raise Unavailable("The lab service stopped right after its start: try again.") from error

    async def _started(self) -> None:
        """Start the service once, however many requests wait for it."""
        if self._starting is None or self._starting.done():
            assert self._start is not None
            self._starting = asyncio.create_task(asyncio.to_thread(self._start))
        await asyncio.shield(self._starting)

    async def _dial(self) -> IOStream:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.setblocking(False)
        stream = IOStream(sock, read_chunk_size=CHUNK)
        try:
            await stream.connect(str(self.path()))  # type: ignore[arg-type]
        except (OSError, StreamClosedError) as error:
            stream.close()
            raise ConnectionError(str(error)) from error
        return stream


class Exchange:
    """One request and its answer. ``on_head`` and ``on_chunk`` are awaited, which is the back-pressure."""

    def __init__(self, stream: IOStream, on_head: OnHead, on_chunk: OnChunk) -> None:
        self._stream = stream
        self._connection = HTTP1Connection(stream, True, PARAMETERS)
        self._answer = _Answer(on_head, on_chunk)
        self._head: tuple[RequestStartLine, HTTPHeaders] | None = None
        self._reading: asyncio.Future[Any] | None = None

    def begin(self, method: str, target: str, headers: HTTPHeaders) -> None:
        """Say what is asked. It goes out with the first piece of the body, so that a small request is one message."""
        self._head = RequestStartLine(method, target, ""), headers

    async def send(self, chunk: bytes) -> None:
        """Send a piece of the body and wait until the service took it; dropped once the service has answered."""
        if self._head is not None:
            await self._send_head(self._head, chunk)
        elif not self._answer.begun.done():
            await self._wait_for(self._connection.write(chunk))

    async def _send_head(self, head: tuple[RequestStartLine, HTTPHeaders], chunk: bytes | None = None) -> None:
        """Send the request line and headers; the answer is read from now on."""
        self._head = None
        written = self._connection.write_headers(*head, chunk)
        self._reading = asyncio.ensure_future(self._connection.read_response(self._answer))
        self._reading.add_done_callback(lambda reading: reading.cancelled() or reading.exception())  # a break is seen by `ended`
        await self._wait_for(written)

    async def finish(self, answer_within_s: float) -> bool:
        """End the request and wait for the whole answer: False if the service broke off in the middle of it.

        Raises TimeoutError if no answer begins in time, Unavailable if the service went away before it.
        """
        if self._head is not None:
            await self._send_head(self._head)
        assert self._reading is not None
        if not self._answer.begun.done() and not self._stream.closed():
            self._connection.finish()
        self._answer.released.set()
        await asyncio.wait([self._answer.begun, self._reading], timeout=answer_within_s, return_when=FIRST_COMPLETED)
        try:
            if self._answer.begun.done():
                await asyncio.wait([self._answer.ended, self._reading], return_when=FIRST_COMPLETED)
                return self._answer.ended.done()
        finally:
            self.close()
        if self._reading.done():
            raise Unavailable("The service went away before it answered: try again.")
        raise TimeoutError

    def close(self) -> None:
        """Stop both directions; the service sees its client leave."""
        self._answer.released.set()
        self._stream.close()

    async def _wait_for(self, written: asyncio.Future[None]) -> None:
        """Until it is written, or the service has answered or died, which makes writing pointless."""
        if not written.done():
            await asyncio.wait([written, self._answer.begun], return_when=FIRST_COMPLETED)
        if written.done() and not written.cancelled():
            written.exception()  # the stream is closed: finish() tells why


class _Answer(HTTPMessageDelegate):
    """Where Tornado delivers the answer. It is passed on only after ``released``, when the request has been sent."""

    def __init__(self, on_head: OnHead, on_chunk: OnChunk) -> None:
        self._on_head = on_head
        self._on_chunk = on_chunk
        self.begun: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.ended: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self.released = asyncio.Event()

    async def headers_received(self, start_line: object, headers: HTTPHeaders) -> None:  # type: ignore[override]
        assert isinstance(start_line, ResponseStartLine)
        if start_line.code >= 200:
            self.begun.set_result(None)
            await self.released.wait()
            await self._on_head(start_line, headers)

    async def data_received(self, chunk: bytes) -> None:  # type: ignore[override]
        await self._on_chunk(chunk)

    def finish(self) -> None:
        self.ended.set_result(None)
