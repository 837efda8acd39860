"""Commands of the data rights that ask, object, agree or tell."""

from __future__ import annotations

import sys
from email import message_from_binary_file
from email.policy import default
from pathlib import Path
from typing import Any

import click

from comexp_lab.cli.group import open_lab, print_json
from comexp_lab.cli.rights import rights

dataset_option = click.option("--dataset", help="Only for this one.")
language_option = click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)


@rights.command("purposes")
@click.pass_obj
def rights_purposes(workspace: Path | None) -> None:
    """What data is used for, on which basis, and whether that is open now."""
    for each in open_lab(workspace).rights.purposes:
        click.echo(f"{each.name:<12} {each.basis:<20} {each.closed or 'open'}")


@rights.command("object")
@click.argument("purpose")
@dataset_option
@click.pass_obj
def rights_object(workspace: Path | None, purpose: str, dataset: str | None) -> None:
    """Close a purpose at once, and stop what runs for it."""
    click.echo(repr(open_lab(workspace).rights.object(purpose, dataset)))


@rights.command("lift")
@click.argument("purpose")
@dataset_option
@click.pass_obj
def rights_lift(workspace: Path | None, purpose: str, dataset: str | None) -> None:
    """Take an objection back."""
    open_lab(workspace).rights.lift(purpose, dataset)


@rights.command("agree")
@click.argument("purpose")
@language_option
@click.pass_obj
def rights_agree(workspace: Path | None, purpose: str, language: Any) -> None:
    """Say yes to a purpose that needs your consent."""
    click.echo(repr(open_lab(workspace).rights.agree(purpose, language, method="command line")))


@rights.command("withdraw")
@click.argument("purpose")
@click.pass_obj
def rights_withdraw(workspace: Path | None, purpose: str) -> None:
    """Take consent back."""
    open_lab(workspace).rights.withdraw(purpose, method="command line")


@rights.command("consents")
@click.option("--receipt", metavar="PURPOSE", help="Print the receipt of the newest for this purpose, as JSON-LD.")
@click.pass_obj
def rights_consents(workspace: Path | None, receipt: str | None) -> None:
    """All consents ever given, oldest first."""
    found = open_lab(workspace).rights.consents
    if receipt is not None:
        found.reverse()
        click.echo(found[receipt].receipt())
    for each in [] if receipt else found:
        click.echo(repr(each))


@rights.command("opt-out")
@click.option("--show", is_flag=True, help="Only say whether it was done.")
@click.pass_obj
def rights_opt_out(workspace: Path | None, show: bool) -> None:
    """Neither sell nor share my data (CCPA)."""
    found = open_lab(workspace).rights
    if not show:
        found.opt_out()
    click.echo(found.opted_out.text)


@rights.command("email")
@click.argument("address", required=False)
@language_option
@click.pass_obj
def rights_email(workspace: Path | None, address: str | None, language: Any) -> None:
    """Show the e-mail address, or give another. To have it erased: erase --email."""
    found = open_lab(workspace).rights
    if address is not None:
        found.set_email(address, language)
    click.echo(found.email or "No address: nobody has to give one.")


@rights.command("letters")
@click.pass_obj
def rights_letters(workspace: Path | None) -> None:
    """Letters to you, sent and waiting, and what you were told in the lab."""
    found = open_lab(workspace).rights
    for letter in found.letters:
        click.echo(f"{letter.queued:%Y-%m-%d}  letter  {letter.status:<8} {letter.template}  {letter.reason}")
    for notice in found.notices:
        click.echo(f"{notice.at:%Y-%m-%d}  notice  {notice.title or notice.template}: {notice.text or 'erased'}")


@rights.command("unsubscribe")
@click.argument("token")
@click.pass_obj
def rights_unsubscribe(workspace: Path | None, token: str) -> None:
    """End marketing to whoever got this token; "-" reads a mail whose subject it is: pipe the mailbox of unsubscribing here."""
    if token == "-":
        token = message_from_binary_file(sys.stdin.buffer, policy=default)["Subject"] or ""
    open_lab(workspace).rights.unsubscribe("".join(token.split()))


@rights.command("requests")
@click.pass_obj
def rights_requests(workspace: Path | None) -> None:
    """All requests, with the next thing that the law wants done."""
    for each in open_lab(workspace).rights.requests:
        click.echo("  ".join(map(str, each._row())))


@rights.command("request")
@click.argument("type")
@click.option("--about", default="account", show_default=True, help="A dataset, a purpose, email or account.")
@click.option("--regime", "regimes", multiple=True, help="Whose law applies: gdpr, ccpa, ru152, cn.")
@click.option("--words", default="", help="What you want to say.")
@click.option("--freeze", is_flag=True, help="Freeze the dataset until it is answered.")
@click.pass_obj
def rights_request(workspace: Path | None, type: str, about: str, regimes: tuple[Any, ...], words: str, freeze: bool) -> None:
    """Ask for something in writing: access, portability, rectification, erasure, …"""
    said: dict[str, Any] = {"words": words} if words else {}
    click.echo(repr(open_lab(workspace).rights.request(type, about, regimes=regimes, freeze=freeze, **said)))


@rights.command("reply")
@click.argument("request")
@language_option
@click.pass_obj
def rights_reply(workspace: Path | None, request: str, language: Any) -> None:
    """The answer to a request in writing; it is named by the beginning of its id."""
    click.echo(open_lab(workspace).rights.requests[request[:8]].reply(language), nl=False)


@rights.command("cancel")
@click.argument("request")
@click.pass_obj
def rights_cancel(workspace: Path | None, request: str) -> None:
    """Take a request back, as long as nothing was done."""
    click.echo(repr(open_lab(workspace).rights.requests[request[:8]].cancel()))


@rights.command("retention")
@click.pass_obj
def rights_retention(workspace: Path | None) -> None:
    """How long what is kept, on which basis, and what happens then."""
    for each in open_lab(workspace).rights.retention:
        click.echo(f"{each.name:<24} {each.term:<60} {each.action:<8} {each.source}")


@rights.command("policies")
@click.option("--text", help="Print the text of this version.")
@click.option("--changes", help="Print what this version changed.")
@language_option
@click.pass_obj
def rights_policies(workspace: Path | None, text: str | None, changes: str | None, language: Any) -> None:
    """All versions of the policies."""
    found = open_lab(workspace).rights.policies
    if changes is not None:
        click.echo("\n".join(found[changes].changes(language)))
    else:
        click.echo("\n".join(map(repr, found)) if text is None else found[text].text(language))


@rights.command("privacy")
@click.pass_obj
def rights_privacy(workspace: Path | None) -> None:
    """Who answers for the data here, and how to reach him."""
    print_json(open_lab(workspace).rights.privacy.model_dump())


@rights.command("forms")
@click.pass_obj
def rights_forms(workspace: Path | None) -> None:
    """Every form that asks you for data: what for, what must be given, and what follows if it is not."""
    for each in open_lab(workspace).rights.forms:
        click.echo("  ".join(each._row()))


@rights.command("authorities")
@language_option
@click.pass_obj
def rights_authorities(workspace: Path | None, language: Any) -> None:
    """Where to complain."""
    click.echo("\n".join(open_lab(workspace).rights.authorities(language)))


@rights.command("history")
@click.pass_obj
def rights_history(workspace: Path | None) -> None:
    """What happened, newest first."""
    found = open_lab(workspace).rights.history
    for line in found.lines:
        click.echo(f"{line.n:>6}  {line.at:%Y-%m-%d %H:%M:%S}  {line.text}")
    click.echo(f"{found.head.size} entries, root {found.head.root}")


@rights.command("processing")
@click.argument("kind", type=click.Choice(["csv", "jsonld", "places"]), default="csv")
@click.pass_obj
def rights_processing(workspace: Path | None, kind: Any) -> None:
    """The record of processing activities (GDPR Art. 30)."""
    click.echo(open_lab(workspace).rights.processing(kind), nl=False)
