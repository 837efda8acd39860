"""One connection of this process to the lab service of a workspace; starts it, and restarts it after a crash."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticSerializationError

from comexp_lab import transport
from comexp_lab.errors import BadInput, Unavailable

if TYPE_CHECKING:
    import httpx

Answer = TypeVar("Answer", bound=BaseModel)


def body(kind: type[Answer], **fields: Any) -> Answer:
    """A request, checked before it is sent. Raises BadInput in one line."""
    try:
        return kind(**fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{where or kind.__name__}: {first['msg']}.") from None


def as_json(sent: BaseModel) -> str:
    """The text of a request. Raises BadInput for what cannot be written down, such as a function."""
    try:
        return sent.model_dump_json()
    except PydanticSerializationError as error:
        raise BadInput(f"Only numbers, texts and lists can be sent: {error}.") from None


def whole_path(path: str | Path) -> str:
    """The path from the root of what a user named. Raises BadInput for what is no path."""
    if not isinstance(path, (str, Path)):
        raise BadInput(f"A path is a text or a Path, not a {type(path).__name__}.")
    if not str(path).strip():
        raise BadInput("This path is empty: name a file or folder, '.' for this one.")
    if "://" in str(path):
        raise BadInput(f"{str(path)[:80]} is an address: nothing is fetched from the net or sent there. Download it and name the file.")
    return str(Path(path).expanduser().absolute())


class Connection:
    """Requests to ``/api``. A call that finds no service starts one and is sent again."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._pid = 0

    def _connected(self) -> httpx.Client:
        with self._lock:
            if self._client is None or self._pid != os.getpid():
                self._client = transport.connect(transport.ensure_service(self.workspace), timeout_s=300.0)
                self._pid = os.getpid()
            return self._client

    def _reset(self) -> None:
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client = None

    def request(self, method: str, path: str, *, again: bool = False, **options: Any) -> httpx.Response:
        """The response of a successful call; raises the error that the service sent.

        ``again`` says that the call may be repeated if the service died while it worked on it (reads, and writes with
        an id of the client's). A call that never reached the service is always repeated.
        """
        import httpx

        repeatable = again or method == "GET"
        for _ in range(3):
            try:
                return transport.raise_for_problem(self._connected().request(method, f"/api{path}", **options))
            except (httpx.ConnectError, FileNotFoundError):
                self._reset()
            except (httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError):
                self._reset()
                if not repeatable:
                    raise Unavailable("The lab service stopped during this call; it may or may not be done: look, then repeat.") from None
        raise Unavailable("The lab service does not answer: see `comexp doctor`.")

    def get(self, path: str, answer: type[Answer], **params: Any) -> Answer:
        return answer.model_validate_json(self.request("GET", path, params=params or None).content)

    def get_list(self, path: str, answer: type[Answer], **params: Any) -> list[Answer]:
        return [answer.model_validate(item) for item in self.request("GET", path, params=params or None).json()]

    def send(self, method: str, path: str, body: BaseModel, answer: type[Answer], *, again: bool = False) -> Answer:
        response = self.request(method, path, content=as_json(body), headers={"content-type": "application/json"}, again=again)
        return answer.model_validate_json(response.content)

    def download(self, path: str, target: Path, progress: Callable[[int], None] | None = None) -> int:
        """Stream a response into ``target`` (written beside it first, then renamed); bytes written."""
        part = target.with_name(f".{target.name}.part")
        written = 0
        with self._connected().stream("GET", f"/api{path}") as response, part.open("wb") as out:
            transport.raise_for_problem(response)
            for piece in response.iter_bytes(1 << 20):
                written += out.write(piece)
                if progress:
                    progress(written)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
        return written
