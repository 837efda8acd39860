"""Certificates on their own: one byte changed, forged with the right key and with another, checked without the workspace."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from comexp_lab.api import CertificateBody, CertificateFacts, ErasureCertificate, Operator
from comexp_lab.errors import BadInput, Conflict
from comexp_lab.rights import act, certificate, ledger
from comexp_lab.rights.inventory import LABEL_KINDS, MEDIA_KINDS
from comexp_lab.store import Workspace
from comexp_lab.verify import canonical, signed_part, verify_text

NOW = datetime(2026, 11, 22, 12, 0, 0, 250000, UTC)
FACTS = {
    "what": "dataset",
    "subject": "ab" * 16,
    "workspace": "0b3c9d1e-0000-4000-8000-000000000000",
    "request": "cd" * 16,
    "plan": "ef" * 32,
    "counts": {"images": 3, "images as uploaded, before they were turned": 1},
    "bytes": 2**40,
    "destroyed": [{"id": "12" * 16, "at": NOW}],
    "method": certificate.METHOD,
    "times": {"requested": NOW, "intended": NOW, "unreadable": NOW, "certified": NOW},
    "checks": {"key destroyed": True},
    "scan": {"version": "1", "roots": ["workspace", "~/.ipython"], "files": 5, "bytes": 6, "control": True, "needles": 7, "hits": 0},
    "exceptions": [{"what": "act of destruction", "basis": "152-FZ", "until": "2029-11-22"}],
    "backups": "Ciphertext only.",
    "models": {"deleted": ["34" * 16], "retrained": []},
    "recipients": [],
    "remedies": ["Роскомнадзор, https://rkn.gov.ru"],
}


@pytest.fixture(scope="module")
def issued(tmp_path_factory):
    with Workspace.open(tmp_path_factory.mktemp("issued") / "w") as ws:
        log = ledger.of(ws)
        for n in range(6):
            log.append("consent given", {"n": n}, private={"who": "somebody"})
        erased = log.append("erased", {"plan": FACTS["plan"]})
        log.append("erasure certified", {"plan": FACTS["plan"]})
        yield certificate.issue(ws, CertificateFacts.model_validate(FACTS), erased), log


@pytest.fixture(scope="module")
def good(issued):
    return issued[0].model_dump()


def test_a_certificate_is_genuine_in_every_layout_and_says_what_was_checked(issued, good):
    proof, log = issued
    CertificateBody.model_validate(proof.body)
    texts = [json.dumps(good), json.dumps(good, indent=2, ensure_ascii=False) + "\n", canonical(good), proof.model_dump_json(indent=1)]
    for text in texts:
        said = verify_text(text, log.public_key.upper())
        assert (
            [line.split(":")[0] for line in said] == ["key", "signature", "ledger", "entry"]
            and "8 entries" in said[2]
            and "number 6" in said[3]
        )
    assert log.public_key in verify_text(texts[0])[0]
    with pytest.raises(BadInput, match="another key"):
        verify_text(texts[0], "ab" * 32)


def test_every_changed_byte_is_refused_with_one_line(good):
    data = json.dumps(good, indent=1, ensure_ascii=False).encode()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << at % 8
        with pytest.raises(BadInput) as refused:
            verify_text(bytes(changed))
        assert "\n" not in str(refused.value)


@given(at=st.floats(0, 1, exclude_max=True), new=st.binary(max_size=3), cut=st.integers(0, 3))
def test_every_other_change_is_refused(issued, at, new, cut):
    data = issued[0].model_dump_json().encode()
    start = int(at * len(data))
    changed = data[:start] + new + data[start + cut :]
    if changed not in (data, data + b"\n"):
        with pytest.raises(BadInput):
            verify_text(changed)


def test_what_looks_the_same_is_not_the_same(good):
    text = json.dumps(good)
    key = good["public_key"]
    for bad in (
        text.replace(key, key.upper()),
        text.replace('{"body"', '{"body": 1, "body"'),
        text.replace('"bytes": ', '"bytes":  '),
        text.replace(str(2**40), f"{2**40}.0"),
        text + "\n\n",
        "﻿" + text,
        text[:-1] + ', "more": 1}',
        "{}",
        "[" * 100_000,
        "NaN",
        '{"body": {}, "public_key": 1, "signature": null}',
        '{"body": [], "public_key": "", "signature": ""}',
        b"\xff\xfe",
    ):
        with pytest.raises(BadInput):
            verify_text(bad)


def resigned(body: dict, log: ledger.Ledger) -> str:
    return json.dumps({"body": body, "signature": log.sign(canonical(body)), "public_key": log.public_key})


def elsewhere(body: dict, log: ledger.Ledger) -> dict:
    """A ledger of one entry, the seventh by its own account."""
    tree = ledger._Tree()
    tree.append_entry(body["entry"].encode())
    head = {"size": 1, "root": tree.get_root().hex(), "at": body["head"]["at"], "public_key": log.public_key}
    return {"head": head | {"signature": log.sign(signed_part(head))}, "inclusion": tree.prove_inclusion(1).serialize()}


def test_even_with_the_right_key_the_ledger_has_to_agree(issued, good):
    _, log = issued
    body = good["body"]
    verify_text(resigned(body, log))
    own = Ed25519PrivateKey.generate()
    forged_head = body["head"] | {"root": "00" * 32}
    forged_head |= {"signature": log.sign(signed_part(forged_head))}
    others_head = body["head"] | {
        "public_key": own.public_key().public_bytes_raw().hex(),
        "signature": own.sign(signed_part(body["head"])).hex(),
    }
    path = [*body["inclusion"]["path"][:-1], "00" * 32]
    for change, said in (
        ({"plan": "aa" * 32}, "something else"),
        ({"entry": log.line(0)}, "something else"),
        ({"entry": log.line(7), "inclusion": log.inclusion(7)}, "something else"),
        (elsewhere(body, log), "not in the ledger"),
        ({"entry": body["entry"].replace('"n":6', '"n":5')}, "not in the ledger"),
        ({"entry": "{}"}, "not a certificate"),
        ({"head": forged_head}, "not in the ledger"),
        ({"head": others_head}, "not signed with its key"),
        ({"head": body["head"] | {"public_key": others_head["public_key"]}}, "not signed with its key"),
        ({"head": body["head"] | {"size": 9}}, "not signed with its key"),
        ({"inclusion": body["inclusion"] | {"path": path}}, "not in the ledger"),
        ({"inclusion": {}}, "not in the ledger"),
        ({"inclusion": log.inclusion(5)}, "not in the ledger"),
        ({"inclusion": log.inclusion(6, 7)}, "not in the ledger"),
    ):
        with pytest.raises(BadInput, match=said):
            verify_text(resigned(body | change, log))


def test_the_ledger_knows_the_head_of_its_certificate(issued):
    proof, log = issued
    assert log.verify(CertificateBody.model_validate(proof.body).head) == 8


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", "Ann Example"),
        ("counts", {"ann@example.org": 1}),
        ("counts", {"/home/ann/cat.jpg": 1}),
        ("counts", {"images": -1}),
        ("scan", FACTS["scan"] | {"roots": ["/home/ann"]}),
        ("recipients", ["ann@example.org"]),
        ("destroyed", [{"id": "Ann", "at": NOW}]),
        ("plan", "short"),
        ("times", FACTS["times"] | {"certified": datetime(2026, 1, 1)}),
        ("extra", 1),
    ],
)
def test_a_certificate_has_no_room_for_personal_data(field, value):
    CertificateFacts.model_validate(FACTS)
    with pytest.raises(ValidationError):
        CertificateFacts.model_validate(FACTS | {field: value})


def test_the_command_needs_no_workspace(issued, good, tmp_path):
    file = tmp_path / "certificate.json"
    env = {name: value for name, value in os.environ.items() if not name.startswith("COMEXP")} | {"HOME": str(tmp_path / "nobody")}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "comexp_lab.cli", "verify", str(file), *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=env, cwd=tmp_path)

    file.write_text(json.dumps(good, indent=2))
    right = run("--key", issued[1].public_key)
    assert right.returncode == 0 and len(right.stdout.splitlines()) == 5 and right.stdout.endswith("Genuine.\n"), right.stderr
    file.write_bytes(file.read_bytes().replace(b'"hits": 0', b'"hits": \xff'))
    wrong = run()
    assert wrong.returncode == 1 and wrong.stdout == "" and wrong.stderr.count("\n") == 1 and "Error" in wrong.stderr
    assert os.listdir(tmp_path) == ["certificate.json"]


OPERATOR = Operator(
    name="ООО «Пример»",
    address="Москва, ул. Примерная, 1",
    registration="77-23-123456",
    contact="pd@example.ru",
    person="Иванов И. И.",
    post="директор",
)


def test_the_act_has_every_field_of_the_order_in_russian(issued):
    proof, _ = issued
    text = act.text(proof, OPERATOR, "Петров <Пётр>")
    lines = [line.split(": ", 1) for line in text.splitlines()[2:]]
    assert [int(name.split(".")[0]) for name, _ in lines] == list(range(1, 17)) and all(value.strip() for _, value in lines)
    for said in (
        *OPERATOR.model_dump().values(),
        "Петров <Пётр>",
        "изображения (3)",
        "comexp_lab",
        "ч. 1 ст. 14",
        "22.11.2026 15:00:00 МСК",
        "22.11.2029",
    ):
        assert said in text
    assert not re.search(r"\b(images|thumbnails|destroyed|key)\b", text), "nothing is left in English"
    page = act.html(proof, OPERATOR, "Петров <Пётр>", "withdrawal")
    assert "Петров &lt;Пётр&gt;" in page and "<Пётр>" not in page and 'lang="ru"' in page and "ч. 5 ст. 21" in page
    assert page.count("<tr>") == len(lines)


def test_the_export_from_the_log_has_its_five_fields(issued):
    proof, _ = issued
    head, *rows = csv.reader(io.StringIO(act.log_csv([proof, proof], OPERATOR, '=cmd|"x"')))
    assert len(head) == 5 and len(rows) == 2 and all(value for row in rows for value in row)
    assert rows[0][0] == '\'=cmd|"x"' and rows[0][4] == "22.11.2026 15:00:00 МСК"
    assert f"запрос {FACTS['request']}" in act.log_csv([proof], OPERATOR)
    assert act.log_csv([], OPERATOR).count("\n") == 1


def test_an_act_lacks_nothing(issued, monkeypatch, tmp_path):
    proof, _ = issued
    monkeypatch.setenv("COMEXP_OPERATOR", str(tmp_path / "operator.toml"))
    assert act.operator() == Operator()
    for name in Operator.model_fields:
        with pytest.raises(BadInput, match=f"is missing: set “{name}” in .*operator.toml.$"):
            act.text(proof, OPERATOR.model_copy(update={name: " "}))
    with pytest.raises(BadInput, match="no reason"):
        act.text(proof, OPERATOR, reason="whim")
    (tmp_path / "operator.toml").write_text('name = "ООО «Пример»"\n', "utf-8")
    assert act.operator().name == OPERATOR.name
    for bad in ("name = 1", "nam = ''", "name", b"\xff"):
        (tmp_path / "operator.toml").write_bytes(bad if isinstance(bad, bytes) else bad.encode())
        with pytest.raises(BadInput, match="operator.toml"):
            act.operator()


def test_no_act_from_a_forged_certificate_or_while_something_is_left(issued, good):
    _, log = issued
    with pytest.raises(BadInput, match="forged"):
        act.text(ErasureCertificate(**good | {"body": good["body"] | {"bytes": 1}}), OPERATOR)
    left = resigned(good["body"] | {"scan": good["body"]["scan"] | {"hits": 2}}, log)
    with pytest.raises(Conflict, match="2 traces"):
        act.text(ErasureCertificate.model_validate_json(left), OPERATOR)


def test_every_kind_that_is_stored_has_a_russian_name():
    kinds = set(re.findall(r"'([a-z][^'%]+)'(?: AS kind|, count)", MEDIA_KINDS + LABEL_KINDS))
    assert len(kinds) == 8 and kinds <= act.RUSSIAN.keys()


def test_what_is_kept_for_three_years_from_29_february():
    assert act._years_later(datetime(2028, 2, 29, 12, tzinfo=UTC), 3).date().isoformat() == "2031-02-28"
