"""A worker may write to its own folder and nowhere else, and reach nobody by TCP: the kernel sees to it (Landlock).

This is why no picture, label or weight of a training can end up as a plain file on a disk, whatever a library does. On a kernel
without Landlock nothing is enforced, and the worker's log says so.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_PATH_BENEATH = 1
_NO_NEW_PRIVS = 38
_WRITES = sum(1 << bit for bit in (1, 4, 5, 6, 7, 8, 9, 10, 11, 12))  # write, remove, make; reading and running stay free
_WRITE_FILE = 1 << 1
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_BIND_AND_CONNECT_TCP = 3


class _Ruleset(ctypes.Structure):
    _fields_ = (("fs", ctypes.c_uint64), ("net", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def enter(folder: Path) -> bool:
    """Fence in this thread and all that it starts; True if the kernel can. Call it before there are other threads."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    writes = _WRITES | (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0)
    rules = _Ruleset(writes, _BIND_AND_CONNECT_TCP if version >= 4 else 0)
    size = ctypes.sizeof(rules) if version >= 4 else 8
    ruleset = libc.syscall(_CREATE, ctypes.byref(rules), ctypes.c_size_t(size), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    devices = _WRITE_FILE | (_TRUNCATE if version >= 3 else 0)
    for path, allowed in ((folder, writes), (Path("/dev/shm"), writes), (Path("/dev"), devices), (Path("/proc"), devices)):
        _allow(libc, ruleset, path, allowed)
    done = libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 and libc.syscall(_RESTRICT, ruleset, ctypes.c_uint32(0)) == 0
    os.close(ruleset)
    return bool(done)


def _allow(libc: ctypes.CDLL, ruleset: int, path: Path, allowed: int) -> None:
    if not path.is_dir():
        return
    parent = os.open(path, os.O_PATH | os.O_CLOEXEC)
    rule = _Beneath(allowed, parent)
    libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), ctypes.c_uint32(0))
    os.close(parent)
