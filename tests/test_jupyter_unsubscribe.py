"""One click in a mail program: a real letter through a real mail server, its address asked of a real Jupyter server over TLS."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import uvicorn
from aiosmtpd.controller import Controller as MailController
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from jupyter_server.serverapp import ServerApp
from test_jupyter_proxy import free_port
from traitlets.config import Config

from comexp_lab.cli import main
from comexp_lab.jupyter.public import MOST_A_MINUTE, Gate
from comexp_lab.service.app import build
from comexp_lab.service.lab import Lab
from comexp_lab.transport import socket_path

NEWS = {"headline": "New in the lab", "text": "Masks can be drawn."}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.mails.append(envelope.content)
        return "250 OK"


def certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .sign(key, hashes.SHA256())
    )
    cert, pem = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    no = serialization.NoEncryption()
    pem.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, no))
    return cert, pem


def in_thread(serve) -> threading.Thread:
    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[SimpleNamespace]:
    """A mail server, a lab that knows it, and Jupyter before the lab, all for real."""
    folder, monkey = tmp_path_factory.mktemp("site"), pytest.MonkeyPatch()
    box, port = Mailbox(), free_port()
    mail = MailController(box, hostname="127.0.0.1", port=free_port())
    mail.start()
    cert, key = certificate(folder)
    monkey.setenv("COMEXP_SMTP", f"smtp://127.0.0.1:{mail.port}")
    monkey.setenv("COMEXP_SMTP_FROM", "lab@lab.example")
    monkey.setenv("COMEXP_UNSUBSCRIBE_MAILTO", "stop@lab.example")
    monkey.setenv("COMEXP_UNSUBSCRIBE_URL", f"https://127.0.0.1:{port}/user/anna/comexp/u")
    lab = Lab(folder / "workspace")
    lab.begin()
    service = uvicorn.Server(uvicorn.Config(build(lab), uds=str(socket_path(folder / "workspace")), log_level="critical", lifespan="off"))
    serving = in_thread(service.run)
    config = Config()
    config.ServerApp.update(
        root_dir=str(folder),
        base_url="/user/anna/",
        port=port,
        certfile=str(cert),
        keyfile=str(key),
        open_browser=False,
        allow_root=True,
        allow_unauthenticated_access=False,
        jpserver_extensions={"comexp_lab.jupyter": True},
    )
    config.IdentityProvider.token = "a-token"
    app = ServerApp(config=config)
    app.init_signal = lambda: None
    said: list[str] = []
    loop, ready = asyncio.new_event_loop(), threading.Event()

    def run() -> None:
        asyncio.set_event_loop(loop)
        app.initialize(argv=[], find_extensions=False)
        app.log.setLevel("DEBUG")
        for name in ("ServerApp", "tornado.access", "tornado.general", "tornado.application"):
            logging.getLogger(name).addFilter(lambda record: said.append(record.getMessage()) or True)
        loop.call_soon(ready.set)
        loop.run_forever()

    jupyter = in_thread(run)
    assert ready.wait(30)
    trusted = ssl.create_default_context(cafile=str(cert))
    gate = next(
        r.target_kwargs for g in app.web_app.default_router.rules for r in getattr(g.target, "rules", []) if "gate" in r.target_kwargs
    )
    yield SimpleNamespace(lab=lab, letters=lab.rights.letters, box=box, trusted=trusted, said=said, gate=gate["gate"])
    asyncio.run_coroutine_threadsafe(app._cleanup(), loop).result(30)
    loop.call_soon_threadsafe(loop.stop)
    jupyter.join(10)
    service.should_exit = True
    serving.join(10)
    lab.close()
    mail.stop()
    monkey.undo()


@pytest.fixture
def letter(site):
    """A marketing letter that arrived: sent by the lab itself, as soon as it was queued."""
    site.box.mails.clear()
    site.gate._times.clear()
    site.letters.set_address("anna@mail.example")
    site.lab.rights.consents.give("marketing")
    site.letters.enqueue("product news", NEWS)
    until(lambda: site.box.mails)
    return message_from_bytes(site.box.mails[0])


@pytest.fixture
def client(site):
    """As a mail program: no cookies, no login, no headers of a browser, and no redirect is followed."""
    with httpx.Client(verify=site.trusted, timeout=20, follow_redirects=False) as client:
        yield client


def until(done, within_s: float = 10) -> None:
    deadline = time.monotonic() + within_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def address(letter) -> str:
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return re.search(r"<(https://[^>]+)>", letter["List-Unsubscribe"]).group(1)


def test_one_click_unsubscribes_at_once(site, letter, client):
    answer = client.post(address(letter), data=ONE_CLICK)
    assert answer.status_code == 200 and "Больше" not in answer.text and "no more news" in answer.text
    assert site.lab.rights.consents.state("marketing") == "withdrawn"
    assert "set-cookie" not in answer.headers
    site.letters.enqueue("product news", NEWS)
    until(lambda: site.letters.outbox()[-1].status == "dropped")
    assert len(site.box.mails) == 1
    head = site.lab.rights.ledger.head()
    assert client.post(address(letter), data=ONE_CLICK).status_code == 200
    assert site.lab.rights.ledger.head() == head, "twice is once"


def test_a_mail_to_the_mailbox_unsubscribes_too(site, letter):
    """RFC 2369: some mail programs write to the mailto instead; who reads that mailbox pipes its mail into one command."""
    mailto = urlsplit(re.search(r"<(mailto:[^>]+)>", letter["List-Unsubscribe"]).group(1))
    assert mailto.path == "stop@lab.example"
    command = ["-w", str(site.lab.workspace.path), "rights", "unsubscribe"]
    mail = EmailMessage()
    mail["To"], mail["Subject"] = mailto.path, "Re: something else"
    said = CliRunner().invoke(main, [*command, "-"], input=mail.as_bytes())
    assert said.exit_code == 1 and "no such letter" in said.output and site.lab.rights.consents.state("marketing") == "given"
    mail.replace_header("Subject", parse_qs(mailto.query)["subject"][0])
    said = CliRunner().invoke(main, [*command, "-"], input=mail.as_bytes())
    assert said.exit_code == 0, said.output
    assert site.lab.rights.consents.state("marketing") == "withdrawn"


def test_looking_changes_nothing_and_asks_nobody(site, letter, client):
    head = site.lab.rights.ledger.head()
    for method in ("GET", "HEAD", "GET"):
        answer = client.request(method, address(letter))
        assert answer.status_code == 200 and answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["referrer-policy"] == "no-referrer" and answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"] and "set-cookie" not in answer.headers
    assert 'method="post"' in client.get(address(letter)).text and "退订" in client.get(address(letter)).text
    assert site.lab.rights.ledger.head() == head and site.lab.rights.consents.state("marketing") == "given"


@pytest.mark.parametrize("form", [{}, {"List-Unsubscribe": "yes"}, {"x": "y" * 5000, **ONE_CLICK}])
def test_only_the_form_of_the_standard_acts(site, letter, client, form):
    assert client.post(address(letter), data=form).status_code == 400
    assert site.lab.rights.consents.state("marketing") == "given"


def test_other_tokens_and_other_verbs_do_nothing(site, letter, client):
    url = address(letter)
    bent = url[:-10] + ("A" if url[-10] != "A" else "B") + url[-9:]
    for wrong in (bent, url[:-4], url.rpartition("/")[0] + "/x", url.rpartition("/")[0] + "/..%2f..%2fapi%2fdatasets"):
        assert client.post(wrong, data=ONE_CLICK).status_code == 404
    for method in ("PUT", "PATCH", "DELETE"):
        assert client.request(method, url).status_code == 405
    assert site.lab.rights.consents.state("marketing") == "given"


def test_nothing_else_is_open(letter, client):
    base = address(letter).partition("/u/")[0]
    for path in ("api/lab", "api/rights/email", "internal/unsubscribe/x", "u", "u/", "u/x/y"):
        assert client.get(f"{base}/{path}").status_code in (302, 403, 404)
        assert client.post(f"{base}/{path}", data=ONE_CLICK).status_code in (302, 403, 404)


def test_it_is_limited(site, letter, client):
    answers = [client.post(address(letter)[:-10] + f"{n:08d}==", data=ONE_CLICK).status_code for n in range(MOST_A_MINUTE + 2)]
    assert answers.count(404) == MOST_A_MINUTE and answers[-2:] == [429, 429]
    gate = Gate(2)
    assert [gate.passes(at) for at in (0, 1, 2, 60.5, 61.5, 61.6)] == [True, True, False, True, True, False]


def test_the_token_is_in_no_log(site, letter, client):
    token = address(letter).rpartition("/")[2]
    for wanted in (client.get(address(letter)), client.post(address(letter), data={}), client.put(address(letter))):
        assert wanted.status_code in (200, 400, 405)
    client.get(address(letter).partition("/u/")[0] + "/api/lab")
    assert any("/comexp/api/" in line for line in site.said), "the log is heard"
    assert not any(token[:20] in line for line in site.said)
