"""``python -m comexp_lab.browse.filler``: the bulk of a mirror is made in a process of its own, at low priority.

So the App answers at full speed while it fills. The first line of stdin is JSON (``uri``, ``database``, ``collection``,
``dataset``, ``made``: a name in MAKERS), the rest an Arrow stream of rows; each line of stdout is the number of documents that
one batch brought.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Any

from comexp_lab.browse.documents import documents, frame_documents
from comexp_lab.browse.mirror import Make, fill
from comexp_lab.errors import Unavailable

if TYPE_CHECKING:
    import pyarrow as pa

NICE = 15
MAKERS: dict[str, Make] = {"images": documents, "films": partial(documents, film=True), "frames": frame_documents}


def fill_apart(where: dict[str, str], schema: pa.Schema, batches: Iterable[pa.RecordBatch], on_count: Callable[[int], None]) -> None:
    """Send the batches to a filler and wait until all are in the database. Raises Unavailable."""
    import pyarrow as pa

    child = subprocess.Popen([sys.executable, "-P", "-m", "comexp_lab.browse.filler"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    counts = child.stdout

    def count() -> None:
        for line in counts:
            on_count(int(line))

    counting = threading.Thread(target=count, daemon=True)
    counting.start()
    try:
        child.stdin.write(json.dumps(where).encode() + b"\n")
        with pa.ipc.new_stream(child.stdin, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        child.stdin.close()
    except BrokenPipeError:
        pass  # its exit status tells
    except BaseException:
        child.kill()
        raise
    counting.join()
    if child.wait() != 0:
        raise Unavailable("The image browser could not take all samples: see browse.log, then open it again.")


def main() -> None:
    import pyarrow as pa
    from bson import ObjectId
    from pymongo import MongoClient

    os.nice(NICE)
    where: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    client: MongoClient[dict[str, Any]] = MongoClient(where["uri"])
    with client:
        target = client[where["database"]][where["collection"]]
        for count in fill(target, ObjectId(where["dataset"]), pa.ipc.open_stream(sys.stdin.buffer), MAKERS[where["made"]]):
            print(count, flush=True)


if __name__ == "__main__":
    main()
