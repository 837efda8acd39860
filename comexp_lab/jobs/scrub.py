"""Lines of a log, without what nobody should read there: paths of this machine, and anything that looks like a key."""

from __future__ import annotations

import re

MOST_CHARACTERS = 500
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_PATH = re.compile(r"(?<![\w.:/])(?:~|/[\w.@+\-]+)(?:/[\w.@+\- ]*[\w.@+\-])+/?")
_SECRET = re.compile(r"(?<![\w/+])(?:[0-9a-fA-F]{32,}|[A-Za-z0-9+/_\-]{40,}={0,2})(?![\w/+])")
_NAMED = re.compile(r"(?i)\b((?:token|key|secret|password|authorization)\s*[=:]\s*|bearer\s+)(?:bearer\s+)?\S+")


def _last_part(match: re.Match[str]) -> str:
    return "…/" + match.group().rstrip("/").rpartition("/")[2]


def line(text: str) -> str:
    """One line, at most 500 characters."""
    text = _COLOURS.sub("", text).replace("\r", " ").replace("\n", " ").strip()
    text = _NAMED.sub(lambda match: f"{match.group(1)}…", text)
    return _SECRET.sub("…", _PATH.sub(_last_part, text))[:MOST_CHARACTERS]
