"""``comexp``: the same verbs as the Python API, for the terminal and for scripts."""

from comexp_lab.cli import asking, loop, rights
from comexp_lab.cli.group import main

__all__ = ["asking", "loop", "main", "rights"]
