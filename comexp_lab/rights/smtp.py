"""The mail server of the operator, and what it answered: taken, later, never, or nobody knows.

Set by the environment::

    COMEXP_SMTP                smtps://user@host:465, smtp+starttls://user@host:587, or smtp://127.0.0.1:25 (loopback only)
    COMEXP_SMTP_FROM           the sender's address
    COMEXP_SMTP_PASSWORD_FILE  a file that only its owner can read; or COMEXP_SMTP_PASSWORD
    COMEXP_UNSUBSCRIBE_URL     https address where tokens of letters are answered; without it no marketing is sent
    COMEXP_UNSUBSCRIBE_MAILTO  a mailbox for the same, if there is one

The server must sign (DKIM) at least List-Unsubscribe and List-Unsubscribe-Post, as RFC 8058 demands: that is not done here.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from comexp_lab.errors import BadInput

if TYPE_CHECKING:
    from aiosmtplib import SMTP

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
SCHEMES: dict[str, tuple[Literal["tls", "starttls", "none"], int]] = {
    "smtps": ("tls", 465),
    "smtp+starttls": ("starttls", 587),
    "smtp": ("none", 25),
}


class Delayed(Exception):
    """Not taken for now. ``all``: it is not about this letter, so no other one would fare better."""

    def __init__(self, code: int, all: bool) -> None:
        super().__init__(code)
        self.code, self.all = code, all


class Refused(Exception):
    """Never taken: the server said no for good (5xx)."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Unknown(Exception):
    """The letter was handed over and the answer is missing: the server may have it or not."""


def parse_address(text: str) -> str:
    """A single plain address. Raises BadInput."""
    try:
        if len(text) > 254 or not text.isascii() or not text.isprintable() or '"' in text:
            raise ValueError
        if not (Address(addr_spec=text).username and Address(addr_spec=text).domain):
            raise ValueError
    except (ValueError, IndexError, MessageError):  # the parser of the standard library raises all of these
        raise BadInput("This is not an e-mail address: write it like name@example.org.") from None
    return text


@dataclass(frozen=True)
class MailServer:
    """Raises BadInput if it cannot be used safely: without TLS the letters never leave this machine."""

    host: str
    port: int
    tls: Literal["tls", "starttls", "none"]
    sender: str
    username: str = ""
    password: Callable[[], str | None] = lambda: None
    unsubscribe: str = ""
    mailto: str = ""
    timeout_s: float = 30.0

    def __post_init__(self) -> None:
        parse_address(self.sender)
        if self.mailto:
            parse_address(self.mailto)
        if self.tls == "none" and (self.host not in LOOPBACK or self.username):
            raise BadInput("Mail goes out over TLS only: set COMEXP_SMTP to smtps://… or smtp+starttls://….")
        if self.unsubscribe and (urlsplit(self.unsubscribe).scheme != "https" or not _plain(self.unsubscribe)):
            raise BadInput("COMEXP_UNSUBSCRIBE_URL must be an https address (RFC 8058).")

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


def from_environment(environ: Mapping[str, str] = os.environ) -> MailServer | None:
    """The configured server, or None: letters wait then, and are shown in the lab. Raises BadInput."""
    if not (url := environ.get("COMEXP_SMTP")):
        return None
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES or not parts.hostname or parts.password:
        raise BadInput("COMEXP_SMTP must look like smtps://user@host:465; the password goes into COMEXP_SMTP_PASSWORD_FILE.")
    tls, port = SCHEMES[parts.scheme]
    return MailServer(
        host=parts.hostname,
        port=parts.port or port,
        tls=tls,
        sender=environ.get("COMEXP_SMTP_FROM", ""),
        username=unquote(parts.username or ""),
        password=lambda: _password(environ),
        unsubscribe=environ.get("COMEXP_UNSUBSCRIBE_URL", "").rstrip("/"),
        mailto=environ.get("COMEXP_UNSUBSCRIBE_MAILTO", ""),
    )


class Wire:
    """An open connection to the server."""

    def __init__(self, smtp: SMTP, sender: str) -> None:
        self._smtp, self._sender = smtp, sender

    async def send(self, to: str, message: bytes, handing_over: Callable[[], object]) -> None:
        """``handing_over`` is called at the last moment at which the server surely has nothing. Raises Delayed, Refused, Unknown."""
        from aiosmtplib import SMTPException, SMTPResponseException

        try:
            await self._smtp.mail(self._sender)
            await self._smtp.rcpt(to)
        except SMTPResponseException as error:
            raise await self._verdict(error) from None
        except (SMTPException, OSError):
            raise Delayed(0, all=True) from None
        handing_over()
        try:
            await self._smtp.data(message)
        except SMTPResponseException as error:
            raise await self._verdict(error) from None
        except (SMTPException, OSError):
            raise Unknown from None

    async def _verdict(self, error: Exception) -> Delayed | Refused:
        from aiosmtplib import SMTPException, SMTPSenderRefused

        with suppress(SMTPException, OSError):
            await self._smtp.rset()
        code: int = error.code  # type: ignore[attr-defined]
        if code == 421 or isinstance(error, SMTPSenderRefused):
            return Delayed(code, all=True)
        return Refused(code) if code >= 500 else Delayed(code, all=False)


@asynccontextmanager
async def connect(server: MailServer) -> AsyncIterator[Wire]:
    """Raises Delayed if the server cannot be reached or does not let us in."""
    from aiosmtplib import SMTP, SMTPException

    smtp = SMTP(
        hostname=server.host,
        port=server.port,
        local_hostname=server.domain,  # the name of this machine is nobody's business
        timeout=server.timeout_s,
        use_tls=server.tls == "tls",
        start_tls=server.tls == "starttls",
        username=server.username or None,
        password=server.password() if server.username else None,
    )
    try:
        await smtp.connect()
    except (SMTPException, OSError) as error:
        raise Delayed(getattr(error, "code", 0), all=True) from None
    try:
        yield Wire(smtp, server.sender)
    finally:
        with suppress(SMTPException, OSError):
            await smtp.quit()
        smtp.close()


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and not set(text) & set(" <>,")


def _password(environ: Mapping[str, str]) -> str | None:
    if not (name := environ.get("COMEXP_SMTP_PASSWORD_FILE")):
        return environ.get("COMEXP_SMTP_PASSWORD")
    file = Path(name)
    try:
        if file.stat().st_mode & 0o077:
            raise BadInput("The file with the mail password can be read by others: chmod 600 it.")
        return file.read_text().strip()
    except OSError as error:
        raise BadInput(f"The file with the mail password cannot be read ({error.strerror}): correct COMEXP_SMTP_PASSWORD_FILE.") from None
