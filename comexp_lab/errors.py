"""Every error a user can meet, one line each: what is wrong and what to do.

    Error (400)
    ├── BadInput (422)        the request or file cannot be used as it is
    │   ├── BadImage          an image or video that cannot be decoded safely
    │   ├── BadArchive        a zip that is damaged or hostile
    │   ├── BadLabels         a label file that is not what it claims to be
    │   └── BadCheckpoint     weights that are not a plain Ultralytics checkpoint
    ├── NotFound (404)        no such dataset, sample, run, model
    ├── Conflict (409)        somebody changed it first, or the name is taken
    │   └── WorkspaceBusy     another lab service owns the workspace
    ├── Restricted (423)      frozen by its owner
    ├── WrongKey (403)        the workspace is encrypted with another key
    ├── NotAllowed (403)      the caller may not do this
    ├── Full (507)            not enough disk space left to keep the promise of durability
    ├── Cancelled (409)       the user cancelled it
    └── Unavailable (503)     a part (lab service, FiftyOne, mongod) is not there at the moment

The lab service sends them as RFC 9457 problem+json; the client raises the same class again.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any, ClassVar


class Error(Exception):
    """Something the user can understand and mend; ``str(error)`` is one line."""

    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request could not be done"

    def __init__(self, detail: str, **facts: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts

    def problem(self) -> dict[str, Any]:
        """The error as an RFC 9457 problem document."""
        return {
            "type": f"urn:comexp:{type(self).__name__}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.facts,
        }

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows: the line of the user's own code, without the frames between it and the trouble."""
        return [f"{type(self).__name__}: {self}", *_own_line(self.__traceback__)]


class BadInput(Error):
    status = 422
    title = "This input cannot be used"


class BadImage(BadInput):
    title = "This image or video cannot be used"


class BadArchive(BadInput):
    title = "This archive cannot be used"


class BadLabels(BadInput):
    title = "This label file cannot be used"


class BadCheckpoint(BadInput):
    title = "These weights cannot be used"


class NotFound(Error):
    status = 404
    title = "Not found"


class Conflict(Error):
    status = 409
    title = "Conflict"


class WorkspaceBusy(Conflict):
    title = "The workspace is in use"


class Restricted(Error):
    status = 423
    title = "Frozen by its owner"


class WrongKey(Error):
    status = 403
    title = "Wrong key"


class NotAllowed(Error):
    status = 403
    title = "Not allowed"


class Full(Error):
    status = 507
    title = "Disk full"


class Cancelled(Error):
    status = 409
    title = "Cancelled"


class Unavailable(Error):
    status = 503
    title = "Not available"


def _own_line(trace: TracebackType | None) -> list[str]:
    import linecache

    ours, found = __file__.removesuffix("errors.py"), list[str]()
    while trace is not None:
        code = trace.tb_frame.f_code
        if not code.co_filename.startswith(ours):
            found = [f"  line {trace.tb_lineno}: {linecache.getline(code.co_filename, trace.tb_lineno).strip()}"]
        trace = trace.tb_next
    return found


def _tree(root: type[Error]) -> dict[str, type[Error]]:
    found = {root.__name__: root}
    for child in root.__subclasses__():
        found.update(_tree(child))
    return found


def from_problem(problem: dict[str, Any]) -> Error:
    """The exception that a problem document describes."""
    kind = str(problem.get("type", "")).removeprefix("urn:comexp:")
    facts = {k: v for k, v in problem.items() if k not in {"type", "title", "status", "detail"}}
    return _tree(Error).get(kind, Error)(str(problem.get("detail", "")), **facts)
