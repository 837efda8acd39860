"""Commands of the data rights, each the twin of a call of ``lab.rights``."""

from __future__ import annotations

import sys
from email import message_from_binary_file
from email.policy import default
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from comexp_lab.cli.group import main, open_lab, print_json

if TYPE_CHECKING:
    from comexp_lab.client.rights import Plan


@main.group()
def rights() -> None:
    """See, take away, correct, freeze, destroy what is stored; object, agree, ask."""


@rights.command("show")
@click.pass_obj
def rights_show(workspace: Path | None) -> None:
    """What is stored, by kind."""
    for row in open_lab(workspace).rights.inventory.rows:
        click.echo(f"{row.name:<24} {row.kind:<32} {row.items:>8} {row.bytes:>14}  {row.where}")


@rights.command("export")
@click.argument("path", type=click.Path())
@click.option("--dataset", "datasets", multiple=True, help="Only this one; may be given more than once.")
@click.pass_obj
def rights_export(workspace: Path | None, path: str, datasets: tuple[str, ...]) -> None:
    """Everything as one signed archive."""
    print_json(open_lab(workspace).rights.export(path, list(datasets) or None))


@click.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False))
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="Another name for a dataset of the archive.")
@click.pass_obj
def restore(workspace: Path | None, archive: str, rename: tuple[str, ...]) -> None:
    """Bring an archive back in."""
    pairs = [each.partition("=") for each in rename]
    print_json(open_lab(workspace).rights.restore(archive, {old: new for old, _, new in pairs}).model_dump())


main.add_command(restore)
rights.add_command(restore)


@rights.command("erase")
@click.argument("dataset", required=False)
@click.option("--samples", metavar="IDS", help="Only these samples: 3,5,8.")
@click.option("--class", "class_name", help="Only this class, with all its labels.")
@click.option("--email", is_flag=True, help="The e-mail address.")
@click.option("--everything", is_flag=True, help="All datasets, models, runs and settings.")
@click.option("--models", type=click.Choice(["delete", "retrain"]), default="delete", show_default=True, help="Those that saw it.")
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@click.option("--certificate", type=click.Path(), default="certificate.json", show_default=True)
@click.pass_obj
def rights_erase(workspace: Path | None, certificate: str, dry_run: bool, **what: Any) -> None:
    """Destroy for good: a dataset, samples or a class of it, the e-mail address, or everything. Shows what goes, and asks."""
    plan = _plan(workspace, **what)
    for row in plan.rows:
        click.echo(f"{row.kind:<32} {row.items:>8} {row.bytes:>14}")
    for model in plan.models:
        click.echo(f"model that saw it: {model}{' (trained anew without it)' * (model in plan.retrain)}")
    for text in plan.stays:
        click.echo(f"stays: {text}")
    if dry_run:
        return
    proof = plan.execute(confirm=click.prompt(f"To erase it for good, type: {plan.confirm_text}\n"))
    click.echo(f"Erased. The certificate is {proof.save(certificate)}")


def _plan(
    workspace: Path | None, dataset: str | None, samples: str | None, class_name: str | None, email: bool, everything: bool, models: Any
) -> Plan:
    if (dataset is not None) + email + everything != 1:
        raise click.UsageError("Name a dataset, or say --email or --everything.")
    lab = open_lab(workspace)
    if dataset is None:
        return lab.rights.plan_erasure_of_email() if email else lab.rights.plan_erasure_of_everything()
    try:
        chosen = None if samples is None else [int(number) for number in samples.split(",")]
    except ValueError:
        raise click.UsageError("Samples are numbers: --samples 3,5,8.") from None
    return lab.rights.plan_erasure(dataset, samples=chosen, class_name=class_name, models=models)


@rights.command("rectify")
@click.argument("dataset", required=False)
@click.option("--name", "whole", is_flag=True, help="The name of the dataset itself.")
@click.option("--sample", type=int, help="The number of the sample whose name is wrong.")
@click.option("--class", "class_name", help="The class whose name is wrong.")
@click.option("--text", help="A text in labels (a caption, a note) that is wrong, wherever it stands; or in those of the class or sample.")
@click.option("--attribute", help="Only in this attribute.")
@click.option("--email", is_flag=True, help="The e-mail address.")
@click.option("--to", required=True, help="What it is to be.")
@click.option("--dry-run", is_flag=True, help="Only show what would change.")
@click.pass_obj
def rights_rectify(workspace: Path | None, dataset: str | None, email: bool, whole: bool, to: str, dry_run: bool, **which: Any) -> None:
    """Correct a name, a text in labels or the e-mail address, so that nothing of the former one is left."""
    found = open_lab(workspace).rights
    wanted: dict[str, Any] = {"email": to} if email else {"dataset": dataset, **which, "name" if whole else "to": to}
    if not dry_run:
        click.echo(repr(found.rectify(**wanted)))
        return
    plan = found.plan_correction(**wanted)
    for line in [repr(plan), *(f"still with the former value: {text}" for text in plan.stale)]:
        click.echo(line)


@rights.command("erasures")
@click.option("--retry", metavar="ID", help="Go on with this one after what kept it from being certified was mended.")
@click.pass_obj
def rights_erasures(workspace: Path | None, retry: str | None) -> None:
    """All erasures, newest first, and how far they are."""
    found = open_lab(workspace).rights.erasures
    if retry is not None:
        click.echo(repr(found[retry[:8]].retry()))
    for each in [] if retry else found:
        click.echo(repr(each))


@rights.command("act")
@click.argument("path", type=click.Path())
@click.option("--erasure", help="Which one, by the beginning of its id; the newest if not said.")
@click.pass_obj
def rights_act(workspace: Path | None, path: str, erasure: str | None) -> None:
    """Write the Russian act of destruction (order 179 of Roskomnadzor) of an erasure, as HTML."""
    found = open_lab(workspace).rights.erasures
    if not found:
        raise click.ClickException("Nothing was erased yet.")
    click.echo(f"Wrote {found[erasure[:8] if erasure else 0].act(path)}")


@rights.command("freeze")
@click.argument("dataset")
@click.pass_obj
def rights_freeze(workspace: Path | None, dataset: str) -> None:
    """Keep a dataset and let nobody do anything with it."""
    click.echo(repr(open_lab(workspace).rights.freeze(dataset)))


@rights.command("unfreeze")
@click.argument("dataset")
@click.pass_obj
def rights_unfreeze(workspace: Path | None, dataset: str) -> None:
    """Lift a freeze."""
    open_lab(workspace).rights.unfreeze(dataset)


dataset_option = click.option("--dataset", help="Only for this one.")


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
@click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)
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
@click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)
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
@click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)
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
@click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)
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
@click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)
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
