"""The loop of computer vision inside JupyterLab: upload, browse, annotate, fine-tune, auto-annotate, review, export."""

from __future__ import annotations

__version__ = "0.1.0"
