"""The quickstart notebook, executed: the same code that a user sees."""

from __future__ import annotations

from comexp_lab.client.demo import run_quickstart


def test_the_whole_loop(tmp_path):
    parts: list[str] = []
    told = dict(run_quickstart(tmp_path / "workspace", parts.append))
    assert parts[0] == "1 Add data" and parts[-1] == "What happened"
    assert told["pictures imported"] == "160" and int(told["labels imported"]) > 300
    assert float(told["mAP50 on held-out shapes"]) >= 0.6
    assert told["erased with proof"] == "True"
