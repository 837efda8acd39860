"""Commands of the data rights, each the twin of a call of ``lab.rights``: see, take away, correct, destroy, freeze."""

from __future__ import annotations

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
