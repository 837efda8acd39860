"""Is anything left? Files are looked through for needles in every encoding they may have got, in a sandboxed process.

    before = scan(needles, roots, control=True)              # must find each: before.missed is empty
    ...                                                      # erase
    after = scan(needles, roots, controls=before.controls_found)
    after.clean, after.hits, after.notes

Looked into: raw bytes, names and link targets; base64 and hex; escapes of JSON, Python, URLs and HTML; UTF-16; gzip, zlib, bzip2, xz,
zstd, lz4; zip members, tar, npy and npz, torch files; Parquet and Arrow; SQLite with its free pages; pictures, by how they look.
Pickles are never unpickled. Not looked into: encrypted, 7z and rar archives and plain DuckDB databases (a note, and not ``clean``),
frames of videos, extended attributes.
"""

from __future__ import annotations

from comexp_lab.rights.scanner.residue import VERSION, Hit, Note, Residue
from comexp_lab.rights.scanner.scan import Scanner, scan

__all__ = ["VERSION", "Hit", "Note", "Residue", "Scanner", "scan"]
