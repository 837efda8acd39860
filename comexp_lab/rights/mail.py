"""Letters as bytes: fixed templates in three languages, headers that nobody can inject into, and the tokens to unsubscribe."""

from __future__ import annotations

import base64
import binascii
import hmac
import tomllib
import unicodedata
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, EmailPolicy
from email.utils import format_datetime
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, Literal
from urllib.parse import quote

from comexp_lab.api import Controller, Language, Model, Words
from comexp_lab.errors import BadInput, NotFound
from comexp_lab.rights.smtp import MailServer
from comexp_lab.store.keys import KeyStore

LONGEST_FIELD = 1000
PEPPER = "ledger/unsubscribing"  # its name in the key store


class LetterTemplate(Model):
    category: Literal["essential", "marketing"]
    fields: list[str]
    subject: Words
    body: Words


class _Unfolded(EmailPolicy):
    """The standard library turns an address that is longer than a line into encoded words, which no mail program can follow."""

    def fold_binary(self, name: str, value: Any) -> bytes:
        if name.lower().startswith("list-"):
            return f"{name}: {value}{self.linesep}".encode("ascii")
        return super().fold_binary(name, value)


UNFOLDED = _Unfolded(linesep=SMTP.linesep)


@cache
def _templates() -> tuple[dict[str, LetterTemplate], dict[str, Words]]:
    document = tomllib.loads((Path(__file__).with_name("policies") / "letters.toml").read_text("utf-8"))
    letters = {name: LetterTemplate(**row) for name, row in document["letter"].items()}
    return letters, {category: Words(**row) for category, row in document["footer"].items()}


def templates() -> dict[str, LetterTemplate]:
    return _templates()[0]


def template(name: str) -> LetterTemplate:
    """Raises BadInput for what is not in the closed list."""
    if name not in templates():
        raise BadInput(f"There is no letter {name!r}: there are {', '.join(templates())}.")
    return templates()[name]


def check(name: str, fields: Mapping[str, str]) -> None:
    """Raises BadInput unless exactly the fields of the template are there, each a line of plain text."""
    wanted = template(name).fields
    if sorted(fields) != sorted(wanted):
        raise BadInput(f"The letter {name!r} needs exactly {', '.join(wanted)}.")
    for key, value in fields.items():
        if not value.strip() or len(value) > LONGEST_FIELD:
            raise BadInput(f"The field {key!r} is empty or longer than {LONGEST_FIELD} characters.")
        if any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in value):
            raise BadInput(f"The field {key!r} must be one line without control characters.")


def words(name: str, fields: Mapping[str, str], language: Language) -> tuple[str, str]:
    """(subject, body) of a letter, without its footer. Raises BadInput."""
    check(name, fields)
    found = template(name)
    subject, body = (Template(getattr(part, language)).substitute(fields) for part in (found.subject, found.body))
    return subject, body


def compose(
    server: MailServer,
    controller: Controller,
    letter: str,
    name: str,
    fields: Mapping[str, str],
    to: str,
    language: Language,
    token: str | None,
    now: datetime,
) -> bytes:
    """The letter as it goes over the wire. Its Message-ID depends on the letter only, so that one sent twice is known as one."""
    subject, body = words(name, fields, language)
    link = f"{server.unsubscribe}/{token}"
    footer = Template(getattr(_templates()[1][template(name).category], language))
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(controller.name, addr_spec=server.sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = subject
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{letter}@{server.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    if token is not None:
        mailbox = f", <mailto:{server.mailto}?subject={quote(token)}>" if server.mailto else ""
        message["List-Id"] = f"<marketing.{server.domain}>"
        message["List-Unsubscribe"] = f"<{link}>{mailbox}"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    contact = {"controller": controller.name, "contact": controller.contact, "unsubscribe": link}
    message.set_content(f"{body}\n\n-- \n{footer.substitute(contact)}\n", cte="quoted-printable" if language == "en" else "base64")
    message["Content-Language"] = language  # not before: setting the content removes it
    return message.as_bytes(policy=UNFOLDED)


def pepper(keys: KeyStore) -> bytes:
    """What makes digests of addresses worthless to others: kept with the keys, made at first use, gone with the account's."""
    with suppress(NotFound):
        return keys.key(PEPPER)
    return keys.create(PEPPER)[1]


class Tokens:
    """Tokens that say which address is to be unsubscribed from which list, and say it to us only: they hold a keyed digest.

    Nothing is kept for them, they never expire, and none can be made or guessed without the pepper.
    """

    LIST = b"marketing"

    def __init__(self, pepper: bytes) -> None:
        self._pepper = pepper

    def digest(self, address: str) -> bytes:
        return hmac.digest(self._pepper, b"address\0" + address.casefold().encode(), "sha256")

    def make(self, address: str) -> str:
        digest = self.digest(address)
        return base64.urlsafe_b64encode(digest + self._proof(digest)).decode()

    def read(self, token: str) -> bytes:
        """The digest of the address. Raises NotFound for any token that was not made here."""
        try:
            raw = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raw = b""
        digest, proof = raw[:32], raw[32:]
        if not hmac.compare_digest(proof, self._proof(digest)):
            raise NotFound("There is no such letter.")
        return digest

    def _proof(self, digest: bytes) -> bytes:
        return hmac.digest(self._pepper, b"unsubscribe\0" + self.LIST + b"\0" + digest, "sha256")
