"""What a scan found, and what it did not see."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

VERSION = "comexp scanner 1"


@dataclass(frozen=True, slots=True)
class Hit:
    """``inside`` leads from the file to the needle, a step per layer: ``("zip at 0", "base64 at 210", "bytes at 7")``."""

    needle: str
    file: Path
    inside: tuple[str, ...]

    @property
    def how(self) -> str:
        return " → ".join(self.inside)


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a file. ``blind``: there may be more in it than was seen."""

    file: Path
    inside: tuple[str, ...]
    text: str
    blind: bool


@dataclass(slots=True)
class Residue:
    """The outcome of a scan. It names files: do not keep it longer than needed; :meth:`summary` names nothing.

    ``controls``: needles that a control scan found while they were still there. Only of those can a later scan say that they are gone.
    """

    needles: frozenset[str]
    control: bool
    controls: frozenset[str]
    hits: list[Hit] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    unreadable: list[tuple[Path, str]] = field(default_factory=list)
    files: int = 0
    bytes: int = 0
    seconds: float = 0.0
    cancelled: bool = False
    version: str = VERSION
    sandbox: str = ""

    @property
    def controls_found(self) -> frozenset[str]:
        """The needles that this scan found; what a control scan hands to the scan after it."""
        return frozenset(hit.needle for hit in self.hits)

    @property
    def missed(self) -> frozenset[str]:
        """Needles of which nothing can be claimed: no control scan has found them."""
        return self.needles - (self.controls_found if self.control else self.controls)

    @property
    def blind(self) -> list[Note]:
        return [note for note in self.notes if note.blind]

    @property
    def clean(self) -> bool:
        """Every needle could be found before, none is found now, and everything was looked at to the end."""
        looked = not (self.cancelled or self.unreadable or self.blind)
        return bool(self.needles) and not self.control and not self.missed and not self.hits and looked

    def summary(self) -> dict[str, object]:
        """For a certificate: counts only."""
        return {
            "scanner": self.version,
            "sandbox": self.sandbox,
            "needles": len(self.needles),
            "controls found": len(self.needles - self.missed),
            "residual": len(self.hits),
            "files": self.files,
            "bytes": self.bytes,
            "seconds": round(self.seconds, 3),
            "unreadable": len(self.unreadable),
            "not seen to the end": len(self.blind),
            "clean": self.clean,
        }
