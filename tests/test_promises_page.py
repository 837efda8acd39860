"""docs/promises.md cannot rot: what it names is there, and no promise is without a test unless it says why."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOT_YET = "Not in this product yet: "


def rows(page: str) -> list[list[str]]:
    lines = [line for line in page.splitlines() if line.startswith("| ") and not line.startswith(("| # ", "| case "))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


@cache
def functions_in(name: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / f"{name}.py").read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def wrong(row: list[str]) -> list[str]:
    """What a row says that is not so."""
    named = [name for cell in row for name in re.findall(r"`([^`]+)`", cell)]
    modules, tests = [n for n in named if n.endswith(".py")], [n for n in named if "::" in n]
    found = [f"{row[0]}: there is no {name}" for name in modules if not (ROOT / "comexp_lab" / name).is_file()]
    found += [f"{row[0]}: there is no {name}" for name in tests if name.partition("::")[2] not in functions_in(name.partition("::")[0])]
    if any(cell.startswith(NOT_YET) for cell in row) == bool(tests):
        found.append(f"{row[0]}: a promise has a test, or a reason why there is none yet")
    return found


@pytest.fixture(scope="module")
def page() -> str:
    return (ROOT / "docs" / "promises.md").read_text("utf-8")


def test_every_promise_has_a_test_that_is_there_or_a_reason(page):
    assert [problem for row in rows(page) for problem in wrong(row)] == []
    numbers = [row[0] for row in rows(page) if row[0].isdigit()]
    assert numbers == [str(n) for n in range(1, 57)] and all(len(row) == 5 for row in rows(page) if row[0].isdigit())


@pytest.mark.parametrize(
    "row",
    [
        ["1", "C1", "it is kept", "`rights/gone.py`", "`test_house::test_arrows_go_down_only`"],
        ["1", "C1", "it is kept", "`rights/forms.py`", "`test_house::test_that_was_renamed`"],
        ["1", "C1", "it is kept", "`rights/forms.py`", ""],
    ],
)
def test_this_test_can_fail(row):
    assert wrong(row)
