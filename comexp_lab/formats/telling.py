"""Problems found by SQL, on their way into the report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from comexp_lab.formats.base import Report

LISTED = 1000


def tell(cur: Any, report: Report, query: str, severity: str = "skipped", count: int | None = None) -> int:
    """Report the rows (file, line, what) of a query: all are counted (unless ``count`` is known), the first thousand listed."""
    rows = cur.execute(f"SELECT file, line, what FROM ({query}) LIMIT {LISTED}").fetchall()
    for file, line, what in rows:
        report.add(file or "", what, line, severity)
    if len(rows) < LISTED:
        return len(rows)
    if count is None:
        count = int(cur.execute(f"SELECT count(*) FROM ({query})").fetchone()[0])
    report.count += count - LISTED
    return count
