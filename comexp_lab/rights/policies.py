"""The registry of policy versions: what people were shown, byte for byte, and from when on it applies.

The versions that come with the package are data (``policies/registry.toml``); an operator adds his own in a folder of the
same form (``$COMEXP_POLICIES``). The first version of a product applies from its effective date. Every later one applies once it
is published, at the next start of the lab, which is an entry of the ledger; a material one is told to everybody once (Comexp
policy 12, T-Rex Label policy 4.6).
"""

from __future__ import annotations

import difflib
import hashlib
import os
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path

from comexp_lab.api import Language, PolicyOut, PolicyText, Purpose
from comexp_lab.errors import Conflict, Error, NotFound
from comexp_lab.rights.ledger import Entry, Ledger
from comexp_lab.rights.recall import Recall

SHIPPED = Path(__file__).with_name("policies")
PUBLISHED, TOLD = "policy published", "notice given"
TEMPLATE = "policy changed"

Tell = Callable[[str, dict[str, str], str], object]  # template, fields, id of the notice: tells everybody, once for each id


@dataclass(frozen=True)
class Change:
    """A material version: from when it applies, and when people were told, if they were."""

    policy: str
    purposes: frozenset[Purpose]
    published: datetime
    applies: datetime
    told: datetime | None


def _read(folder: Path) -> list[tuple[Path, PolicyOut]]:
    document = tomllib.loads((folder / "registry.toml").read_text("utf-8"))
    return [(folder, PolicyOut(**row)) for row in document["version"]]


def operator_folder() -> Path:
    """Where the operator registers versions of his own."""
    if given := os.environ.get("COMEXP_POLICIES"):
        return Path(given).expanduser()
    from platformdirs import user_config_path

    return user_config_path("comexp") / "policies"


def registered(ledger: Ledger, notices: list[str]) -> Policies:
    """The package's versions and the operator's; if his cannot be read, the notices say so and the package's remain."""
    own = operator_folder()
    try:
        return Policies(ledger, (SHIPPED, own) if (own / "registry.toml").exists() else (SHIPPED,))
    except Error as error:
        notices.append(error.detail)
    except (OSError, ValueError, KeyError, TypeError) as error:
        notices.append(f"The policies in {own} cannot be read, and are not shown: {str(error).splitlines()[0]}")
    return Policies(ledger)


class Policies:
    """``folders``: where versions are registered, the package's own first."""

    def __init__(self, ledger: Ledger, folders: tuple[Path, ...] = (SHIPPED,)) -> None:
        self._ledger, self._recall = ledger, Recall(ledger, PUBLISHED, TOLD)
        found = sorted((known for folder in folders for known in _read(folder)), key=lambda known: known[1].effective)
        self._folders = {version.id: folder for folder, version in found}
        self._versions = {version.id: version for _, version in found}
        self._folded: Sequence[Entry] | None = None
        self._changes = list[Change]()
        if len(self._versions) != len(found):
            raise Error("Two versions of a policy have the same id: correct registry.toml.")

    def history(self, product: str | None = None) -> list[PolicyOut]:
        """All registered versions, oldest first for each product; ``published`` is when they began to apply, if they did."""
        published = {entry.facts["policy"]: entry.at for entry in self._entries(PUBLISHED)}
        first = {version.product: version.id for version in reversed(self._versions.values())}
        begun = {id: _midnight(self._versions[id].effective) for id in first.values()} | published
        rows = [version.model_copy(update={"published": begun.get(version.id)}) for version in self._versions.values()]
        return [row for row in rows if product in (None, row.product)]

    def version(self, id: str) -> PolicyOut:
        """Raises NotFound."""
        found = next((row for row in self.history() if row.id == id), None)
        if found is None:
            raise NotFound(f"There is no version {id!r} of a policy.")
        return found

    def current(self, product: str, at: datetime | None = None) -> PolicyOut:
        """The version that applied then; now by default. Raises NotFound."""
        then = at or datetime.now(UTC)
        found = [row for row in self.history(product) if (since := _applies(row)) and since <= then]
        if not found:
            raise NotFound(f"No policy of {product!r} applied then.")
        return found[-1]

    def text(self, id: str, language: Language = "en") -> tuple[Language, str]:
        """The registered bytes, and their language: the one asked for, else the authoritative one, else what there is.

        Raises Error if the file is not the text that was registered and published.
        """
        version = self.version(id)
        shown = next(choice for choice in (language, version.authoritative, *version.texts) if choice in version.texts)
        return shown, self._bytes(version, version.texts[shown], shown).decode("utf-8")

    def latest(self, product: str) -> PolicyOut:
        """The newest version that was published, even if its day is still to come. Raises NotFound."""
        found = [row for row in self.history(product) if row.published]
        if not found:
            raise NotFound(f"There is no policy of {product!r}.")
        return found[-1]

    def newer(self, id: str, than: str) -> bool:
        """Whether a version came after another one of the same product; also if that one is no longer registered."""
        if than not in self._versions:
            return True
        order = list(self._versions)
        return self._versions[id].product == self._versions[than].product and order.index(id) > order.index(than)

    def diff(self, old: str, new: str, language: Language = "en") -> list[str]:
        """What changed between two versions, as the lines of a unified diff."""
        (_, before), (_, after) = self.text(old, language), self.text(new, language)
        return list(difflib.unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm=""))

    def publish(self, id: str, tell: Tell) -> PolicyOut:
        """The operator puts a registered version into force. Doing it again changes nothing and tells nobody twice.

        Raises NotFound; Conflict if another text was published under this id, or the version is older than what applies.
        """
        version = self.version(id)
        hashes = {language: _digest(self._bytes(version, text, language)) for language, text in version.texts.items()}
        if version.published is None:
            if version.effective < self.latest(version.product).effective:
                raise Conflict(f"{id} is older than what applies: register the text as a new version.")
            facts = {"policy": id, "product": version.product, "effective": version.effective.isoformat(), "sha256": hashes}
            self._ledger.append(PUBLISHED, facts | {"material": version.material, "purposes": list(version.purposes)})
        self.announce(tell)
        return self.version(id)

    def enforce(self, tell: Tell) -> None:
        """Put into force whatever was registered and is newer than what applies. Raises Error if a text is not the registered one."""
        for version in self.history():
            if version.published is None and version.effective >= self.latest(version.product).effective:
                self.publish(version.id, tell)
        self.announce(tell)

    def announce(self, tell: Tell) -> None:
        """Tell everybody of material versions that they were not told of yet; also finishes what a crash interrupted."""
        for change in self.changes():
            if change.told is None and change.policy in self._versions:
                version = self._versions[change.policy]
                fields = {"policy": version.product, "version": version.version, "effective": version.effective.isoformat()}
                tell(TEMPLATE, fields, notice_id(version.id))

    def changes(self) -> list[Change]:
        """Material versions that were published, in that order."""
        entries = self._recall()
        if entries is not self._folded:
            told = {entry.facts["notice"]: entry.at for entry in reversed(entries) if entry.kind == TOLD}
            published = [entry for entry in entries if entry.kind == PUBLISHED and entry.facts["material"]]
            self._changes = [_change(entry, told) for entry in published]
            self._folded = entries
        return self._changes

    def _bytes(self, version: PolicyOut, text: PolicyText, language: Language) -> bytes:
        data = (self._folders[version.id] / text.file).read_bytes()
        published = [entry.facts["sha256"] for entry in self._entries(PUBLISHED) if entry.facts["policy"] == version.id]
        if {_digest(data)} != {text.sha256, *(hashes[language] for hashes in published if language in hashes)}:
            raise Error(f"The text of {version.id} is not the one that was registered: it is not shown. Put the file back.")
        return data

    def _entries(self, kind: str) -> Iterator[Entry]:
        return (entry for entry in self._recall() if entry.kind == kind)


def notice_id(policy: str) -> str:
    return f"policy-{policy}"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _applies(version: PolicyOut) -> datetime | None:
    return None if version.published is None else max(version.published, _midnight(version.effective))


def _change(entry: Entry, told: Mapping[str, datetime]) -> Change:
    facts = entry.facts
    applies = max(entry.at, _midnight(date.fromisoformat(facts["effective"])))
    return Change(facts["policy"], frozenset(facts["purposes"]), entry.at, applies, told.get(notice_id(facts["policy"])))
