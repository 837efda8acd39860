"""soon"""
from __future__ import annotations
def write(source, sink): return {}
