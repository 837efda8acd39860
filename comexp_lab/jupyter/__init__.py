"""The Jupyter server extension: the only door to the lab service for a browser. Start, authenticate, authorize, proxy."""

from __future__ import annotations

from typing import Any

from comexp_lab.jupyter.extension import ComexpApp


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "comexp_lab.jupyter", "app": ComexpApp}]
