"""Whatever the service says about rights is said in Russian and Chinese as well: the panel translates it sentence by sentence."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from comexp_lab import api, errors
from comexp_lab.rights import act, erasure, inventory, letters, mail, purposes, replies, telling
from comexp_lab.rights.consents import NOT_OPEN
from comexp_lab.rights.erasure import planning

ROOT = Path(__file__).parent.parent
RIGHTS = ROOT / "comexp_lab/rights"
TABLE = json.loads((ROOT / "labextension/src/words/sentences.json").read_text("utf-8"))
# Modules whose refusals a person can meet in the panel, and sentences in them that only a program can.
MET = """act.py archive/datasets.py archive/learnt.py archive/reading.py archive/rows.py consents.py correction.py erasure/__init__.py
erasure/planning.py erasure/steps.py policies.py remains.py restoring.py ../bag.py ../service/rights.py""".split()
PROGRAMS = {
    "{} is no reason of destruction: choose one of {}.",
    "Name the archive: a path or an upload.",
    "{} is older than what applies: register the text as a new version.",
    "No policy of {} applied then.",
    "There is no policy of {}.",
    "There is already a dataset {}: restore it under another name, rename={{}: 'another'}.",  # the panel has a form for it
}
SAYING = {"tell", "_say", "_drop", "_shared", "_row", *errors.__dict__}


PATTERNS = [re.compile(".+".join(map(re.escape, re.split(r"\{\w+\}", row["en"])))) for row in TABLE]


def translated(text: str) -> bool:
    """As the panel finds it: the places hold something, and a sentence of the table fits."""
    return any(pattern.fullmatch(text.replace("{}", "x")) for pattern in PATTERNS)


def words_of(node: ast.expr) -> str:
    """A text as the table has it, with {} for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr():
            return "".join(words_of(part) for part in node.values)
        case ast.BinOp(op=ast.Add()):
            return words_of(node.left) + words_of(node.right)
    return "{}"


def said_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in SAYING or name == "append" and "notices" in ast.unparse(node.func):
                yield from (text for each in [*node.args, *(key.value for key in node.keywords)] if " " in (text := words_of(each)))


def test_every_refusal_that_a_person_can_meet_is_translated() -> None:
    said = {text for name in MET for text in said_in(RIGHTS / name)}
    assert len(said) > 60, "they are found at all"
    assert sorted(text for text in said - PROGRAMS if not translated(text)) == []
    assert PROGRAMS <= said, "nothing is left out that is not there"


def test_whatever_is_said_by_a_table_is_translated() -> None:
    said = [*telling.KINDS.values(), *telling.STEPS.values(), telling.CORRECTION, *replies.EVENTS.values(), *replies.TYPES.values()]
    said += [*NOT_OPEN.values(), *planning.STAYS.values(), *erasure.WORKING.values(), erasure.OUT_OF_TIME, letters.NO_SERVER]
    said += [*act.DETAILS.values(), *mail.templates(), *api.ErasurePlanIn.model_fields["what"].annotation.__args__]
    said += [row["en"] for row in replies.WORDS["kinds"].values()]
    for purpose in purposes.register().values():
        said += [purpose.needed, purpose.retention, *purpose.data, *purpose.recipients]
    for query in (inventory.MEDIA_KINDS, inventory.LABEL_KINDS, inventory.SAMPLES, inventory.CLASS):
        said += re.findall(r"'([a-z][^'%]+)'(?: AS kind|, count|, 1)", query)
    assert sorted({text for text in said if text} - {row["en"] for row in TABLE}) == []


def test_a_translation_has_the_places_of_the_original() -> None:
    for row in TABLE:
        assert set(row) == {"en", "ru", "zh"} and all(text.strip() for text in row.values()), row["en"]
        assert set(re.findall(r"\{\w+\}", row["ru"] + row["zh"])) <= set(re.findall(r"\{\w+\}", row["en"])), row["en"]
    assert len({row["en"] for row in TABLE}) == len(TABLE), "each is there once"


def test_written_replies_and_the_panel_use_the_same_words() -> None:
    panel = {row["en"]: row for row in TABLE}
    for row in [*replies.WORDS["types"].values(), *replies.WORDS["kinds"].values()]:
        assert panel[row["en"]] == row


def constants(text: str) -> dict[str, str]:
    lines = re.findall(r'^([A-Z_, ]+) = ((?:"[a-z -]+"(?:, )?)+)$', text, re.M)
    return {name: kind for names, kinds in lines for name, kind in zip(names.split(", "), json.loads(f"[{kinds}]"), strict=True)}


def test_every_kind_of_entry_has_words_of_its_own() -> None:
    texts = [path.read_text("utf-8") for path in sorted(RIGHTS.rglob("*.py"))]
    every = {name: kind for text in texts for name, kind in constants(text).items()}
    found = [(text, given) for text in texts for given in re.findall(r'ledger\.append\((?:([A-Z_]+)|"([a-z -]+)")', text)]
    kinds = {word or constants(text).get(name, every[name]) for text, (name, word) in found}
    assert len(kinds) > 15 and kinds - set(telling.KINDS) == {"erasure step"}, "whose words are in STEPS"
