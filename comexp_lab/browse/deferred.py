"""What FiftyOne imports only for plots and embeddings, which its server never makes here, is loaded when it is used.

That is a quarter of the time that ``import fiftyone`` takes.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

NEEDLESS = "sklearn"


class Deferred(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        withdraw()
        return getattr(importlib.import_module(self.__name__), name)


class Finder(MetaPathFinder, Loader):
    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return ModuleSpec(name, self, is_package=True) if name.split(".")[0] == NEEDLESS else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Deferred(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


def withdraw() -> None:
    """Whoever imports it from now on gets the real one."""
    sys.meta_path[:] = [finder for finder in sys.meta_path if not isinstance(finder, Finder)]
    for name in [name for name, module in sys.modules.items() if isinstance(module, Deferred)]:
        del sys.modules[name]


@contextmanager
def deferred() -> Iterator[None]:
    """Inside, importing what is needless costs nothing."""
    if NEEDLESS not in sys.modules:
        sys.meta_path.insert(0, Finder())
    try:
        yield
    finally:
        withdraw()
