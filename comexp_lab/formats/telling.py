"""Problems found by SQL, on their way into the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comexp_lab.formats.base import Report

LISTED = 1000


def tell(cur: Any, report: Report, query: str, severity: str = "skipped") -> int:
    """Report the rows (file, line, what) of a query: all are counted, the first thousand listed."""
    count = int(cur.execute(f"SELECT count(*) FROM ({query})").fetchone()[0])
    if count:
        for file, line, what in cur.execute(f"SELECT file, line, what FROM ({query}) LIMIT {LISTED}").fetchall():
            report.add(file or "", what, line, severity)
        report.count += max(0, count - LISTED)
    return count
