"""What runs in a kernel or a script: thin, talks to the lab service, owns nothing."""

from __future__ import annotations

from comexp_lab.client.dataset import Dataset
from comexp_lab.client.lab import Lab, open
from comexp_lab.client.model import Model
from comexp_lab.client.run import Run
from comexp_lab.client.view import View

__all__ = ["Dataset", "Lab", "Model", "Run", "View", "open"]
