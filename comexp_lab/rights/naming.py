"""Names of what is erased, where our own words say them: in runs of its dataset, in their logs, and in models.

There a hit can be decided: a whole word of letters with digits or marks ("IMG_1.jpg", "Anna K.", "a@b.ru") that nothing which
stays is called by means what is erased. So names count that are too short to be looked for in every byte (``traces.TELLING``).
A word of letters only could mean anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from comexp_lab.rights.mentions import NO_BLANKS, PLAIN, Indexed, Stays
from comexp_lab.store.swap import Swap, in_catalog, texts

if TYPE_CHECKING:
    from comexp_lab.store import Workspace

SHORTEST = 4
ERASED = "erased"
MOST_TRIED = 1000


def distinctive(name: str) -> bool:
    """Whether it is no word that is there anyway."""
    return len(name) >= SHORTEST and bool(re.search(r"[^\W\d_]", name)) and not (PLAIN.fullmatch(name) or NO_BLANKS.search(name))


class Naming:
    """``names`` of what is erased from a dataset. ``stays``: those of them that something else is called by, too."""

    def __init__(self, workspace: Workspace, dataset: str, names: Collection[str], stays: Stays) -> None:
        self._workspace, self._dataset, self._stays = workspace, dataset, stays
        self._names = list(filter(distinctive, dict.fromkeys(names)))
        self._indexed = Indexed(self._names)

    def control(self) -> bool:
        """Whether they would be found."""
        return all(name in self._within(f"({name}: 1)") for name in self._names[:MOST_TRIED])

    def left(self) -> set[str]:
        """Those that are still said."""
        found = {name for text in texts(self._workspace.catalog, self._dataset) for name in self._within(text)}
        return found - self._stays(found) if found else found

    def strike(self) -> None:
        """Put a neutral word in their place, and write the catalog anew; may be done again."""
        if left := self.left():
            for name in left:
                in_catalog(self._workspace.catalog, self._dataset, _swap(name))
            self._workspace.rewrite_catalog()

    def _within(self, text: str) -> set[str]:
        return {name for name in self._indexed.near(text) if _swap(name).text(text) != text}


def _swap(name: str) -> Swap:
    return Swap(name, ERASED, of_file=True)
