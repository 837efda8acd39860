"""The access log: the seven facts that T-Rex Label policy 3.1 lists, of each request that a browser makes, and no others.

Of the address only the pattern of the route is kept: no query, no token, no id, no name. Of the referring website only its
name. It serves the operator of a server that several people reach, and is kept only where he sets ``COMEXP_ACCESS_LOG=1``.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

FIELDS = ("ip", "at", "request", "bytes", "status", "agent", "referrer")
LONGEST = 256


def wanted(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the operator wants one."""
    return environ.get("COMEXP_ACCESS_LOG") == "1"


def entry(ip: str, at: datetime, method: str, route: str, size: int, status: int, agent: str, referrer: str) -> dict[str, Any]:
    """A line of the log; ``route`` is a pattern such as ``/api/datasets/{dataset}``."""
    return {
        "ip": ip[:LONGEST],
        "at": at.isoformat(timespec="seconds"),
        "request": f"{method} {route}"[:LONGEST],
        "bytes": size,
        "status": status,
        "agent": agent[:LONGEST],
        "referrer": site(referrer)[:LONGEST],
    }


def site(referrer: str) -> str:
    """The website that a link was on: its path may name a notebook, its query may hold a token."""
    try:
        parts = urlsplit(referrer)
        return f"{parts.scheme}://{parts.hostname}" if parts.scheme in ("http", "https") and parts.hostname else ""
    except ValueError:
        return ""
