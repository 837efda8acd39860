"""The address, the letters to it and the notices in the lab."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from comexp_lab.api.base import Model
from comexp_lab.api.rights.consents import Language


class Notice(Model):
    """What was told in the lab itself. Without text once the account's key is destroyed."""

    id: str
    at: datetime
    template: str
    title: str | None
    text: str | None


class Letter(Model):
    """``waiting`` may say why; ``dropped`` and ``refused`` are final, like ``sent``."""

    id: str
    template: str
    queued: datetime
    status: Literal["waiting", "sent", "dropped", "refused"]
    reason: str = ""


class UnsubscribePage(Model):
    """What the address in a letter shows. Looking at it changes nothing."""

    list: Literal["marketing"]
    unsubscribed: bool


class EmailIn(Model):
    address: str = Field(max_length=254)
    language: Language = "en"


class EmailOut(Model):
    """The address, if one was given, and the mail to it. ``server``: whether the operator set up mail at all."""

    address: str | None
    letters: list[Letter]
    notices: list[Notice]
    server: bool
