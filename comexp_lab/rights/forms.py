"""The forms in which somebody gives data about himself, as data (``policies/forms.toml``): what for, what must be given, and why."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, get_args

from comexp_lab.api import FormField, FormOut, Language
from comexp_lab.rights import purposes


@cache
def document() -> dict[str, dict[str, Any]]:
    return tomllib.loads((Path(__file__).with_name("policies") / "forms.toml").read_text("utf-8"))


def forms() -> list[FormOut]:
    """All of them, with the notice that is shown at each (T-Rex Label policy 1.3, 4.4; GDPR Art. 13(2)(e))."""
    return [
        FormOut(
            form=name,
            purpose=row["purpose"],
            notices={language: purposes.notice_id(row["purpose"], language) for language in get_args(Language)},
            fields=[FormField(name=field, **told) for field, told in row["fields"].items()],
        )
        for name, row in document().items()
    ]
