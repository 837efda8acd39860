"""``comexp``: the same verbs as the Python API, for the terminal and for scripts."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from comexp_lab.errors import Cancelled, Error

if TYPE_CHECKING:
    from comexp_lab.client import Dataset, Lab, Run
    from comexp_lab.client.rights import Plan


class Commands(click.Group):
    """Shows our errors as one line, and stops with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Error as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--workspace", "-w", type=click.Path(path_type=Path), help="Default: $COMEXP_WORKSPACE, else ./workspace.")
@click.version_option(package_name="comexp_lab")
@click.pass_context
def main(ctx: click.Context, workspace: Path | None) -> None:
    """Upload, browse, annotate, fine-tune, auto-annotate, review, export."""
    ctx.obj = workspace


def _lab(workspace: Path | None) -> Lab:
    from comexp_lab.client import open

    return open(workspace)


def _follow(run: Run) -> Run:
    """Show a run's progress until it ends; Ctrl+C cancels it."""
    with click.progressbar(length=1000, label=run.title, file=sys.stderr) as bar:
        try:
            while (detail := run.detail).status in ("queued", "running"):
                bar.update(int(detail.progress * 1000) - bar.pos)
                bar.label = f"{run.title}: {detail.message}"[:60]
                _pause()
            bar.update(1000 - bar.pos)
        except KeyboardInterrupt:
            run.cancel()
            raise Cancelled(f"{run.title} was cancelled.") from None
    return run.wait()


def _pause() -> None:
    import time

    time.sleep(0.2)


def _print(document: Any) -> None:
    click.echo(json.dumps(document, indent=1, default=str, ensure_ascii=False))


def _view(dataset: Dataset, where: str | None) -> Any:
    return dataset.view if where is None else dataset.where(where)


where_option = click.option("--where", help="Only samples for which this condition in SQL holds.")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def lab(workspace: Path | None, arguments: tuple[str, ...]) -> None:
    """Open JupyterLab; further arguments go to it."""
    if workspace is not None:
        os.environ["COMEXP_WORKSPACE"] = str(workspace.absolute())
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *arguments])


@main.command()
@click.option("--idle-s", type=float, default=0.0, help="Stop after so many idle seconds; 0: never.")
@click.pass_obj
def serve(workspace: Path | None, idle_s: float) -> None:
    """Run the lab service of the workspace in the foreground."""
    from comexp_lab.transport import default_workspace

    path = workspace or default_workspace()
    idle = str(idle_s or 10**9)
    os.execv(sys.executable, [sys.executable, "-m", "comexp_lab.service", "--workspace", str(path), "--idle-s", idle])


@main.command()
@click.pass_obj
def demo(workspace: Path | None) -> None:
    """Go once round the loop without a browser: the quickstart notebook, executed."""
    from comexp_lab.client.demo import run_quickstart

    for name, value in run_quickstart(workspace, told=lambda part: click.echo(f"… {part}", err=True)):
        click.echo(f"{name:<28} {value}")


@main.command("import")
@click.argument("dataset")
@click.argument("sources", nargs=-1, type=click.Path(exists=True))
@click.option("--labels", type=click.Path(exists=True))
@click.option("--format", "format_")
@click.pass_obj
def import_(workspace: Path | None, dataset: str, sources: tuple[str, ...], labels: str | None, format_: str | None) -> None:
    """Add files, folders, zips or videos to a dataset, which is made if it is new."""
    report = _lab(workspace).create_dataset(dataset, exist_ok=True).add(*sources, labels=labels, format=format_)
    click.echo(str(report))
    for problem in report.problems[:50]:
        click.echo(f"  {problem.file}{f':{problem.line}' if problem.line else ''}: {problem.what} ({problem.severity})", err=True)


@main.command()
@click.argument("dataset")
@click.argument("format_", metavar="FORMAT")
@click.argument("path", type=click.Path())
@where_option
@click.option("--no-media", is_flag=True, help="Labels only.")
@click.pass_obj
def export(workspace: Path | None, dataset: str, format_: str, path: str, where: str | None, no_media: bool) -> None:
    """Write a dataset in a format, into a folder or a .zip."""
    source = _lab(workspace).dataset(dataset)
    report = source.export(format_, path, _view(source, where), media=not no_media)
    click.echo(str(report))
    for what, count in report.certificate.lost.items():
        click.echo(f"  could not be held: {count} × {what}", err=True)


@main.command()
@click.argument("dataset")
@click.option("--model", default="yolo11n.pt", show_default=True)
@click.option("--epochs", default=20, show_default=True)
@click.option("--imgsz", default=640, show_default=True)
@click.option("--batch", default=16, show_default=True)
@click.option("--device", default="auto", show_default=True)
@click.pass_obj
def train(workspace: Path | None, dataset: str, **arguments: Any) -> None:
    """Fine-tune a model on a dataset."""
    run = _follow(_lab(workspace).dataset(dataset).fine_tune(**arguments))
    click.echo(f"{run.model!r}")


@main.command("auto-annotate")
@click.argument("dataset")
@click.argument("model")
@where_option
@click.option("--conf", default=0.25, show_default=True)
@click.pass_obj
def auto_annotate(workspace: Path | None, dataset: str, model: str, where: str | None, conf: float) -> None:
    """Let a model suggest labels."""
    target = _lab(workspace).dataset(dataset)
    run = _follow(target.auto_annotate(model, _view(target, where), conf=conf, wait=False))
    _print(run.result)


@main.command()
@click.argument("dataset")
@click.argument("model")
@where_option
@click.pass_obj
def evaluate(workspace: Path | None, dataset: str, model: str, where: str | None) -> None:
    """COCO mAP of a model against the accepted labels."""
    target = _lab(workspace).dataset(dataset)
    click.echo(repr(target.evaluate(model, _view(target, where))))


@main.command()
@click.argument("dataset")
@click.argument("name")
@click.pass_obj
def freeze(workspace: Path | None, dataset: str, name: str) -> None:
    """Name the present state of a dataset."""
    version = _lab(workspace).dataset(dataset).freeze(name)
    click.echo(f"{version.name}: revision {version.revision}, {version.digest}")


@main.group()
def rights() -> None:
    """See, take away, correct, freeze, destroy what is stored; object, agree, ask."""


@rights.command("show")
@click.pass_obj
def rights_show(workspace: Path | None) -> None:
    """What is stored, by kind."""
    for row in _lab(workspace).rights.inventory.rows:
        click.echo(f"{row.name:<24} {row.kind:<32} {row.items:>8} {row.bytes:>14}  {row.where}")


@rights.command("export")
@click.argument("path", type=click.Path())
@click.option("--dataset", "datasets", multiple=True, help="Only this one; may be given more than once.")
@click.pass_obj
def rights_export(workspace: Path | None, path: str, datasets: tuple[str, ...]) -> None:
    """Everything as one signed archive."""
    _print(_lab(workspace).rights.export(path, list(datasets) or None))


@click.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False))
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="Another name for a dataset of the archive.")
@click.pass_obj
def restore(workspace: Path | None, archive: str, rename: tuple[str, ...]) -> None:
    """Bring an archive back in."""
    pairs = [each.partition("=") for each in rename]
    _print(_lab(workspace).rights.restore(archive, {old: new for old, _, new in pairs}).model_dump())


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
    lab = _lab(workspace)
    if dataset is None:
        return lab.rights.plan_erasure_of_email() if email else lab.rights.plan_erasure_of_everything()
    try:
        chosen = None if samples is None else [int(number) for number in samples.split(",")]
    except ValueError:
        raise click.UsageError("Samples are numbers: --samples 3,5,8.") from None
    return lab.rights.plan_erasure(dataset, samples=chosen, class_name=class_name, models=models)


@rights.command("rectify")
@click.argument("dataset", required=False)
@click.option("--sample", type=int, help="The number of the sample whose name is wrong.")
@click.option("--class", "class_name", help="The class whose name is wrong.")
@click.option("--email", is_flag=True, help="The e-mail address.")
@click.option("--to", required=True, help="What it is to be.")
@click.pass_obj
def rights_rectify(workspace: Path | None, dataset: str | None, sample: int | None, class_name: str | None, email: bool, to: str) -> None:
    """Correct a name or the e-mail address, so that nothing of the former one is left."""
    found = _lab(workspace).rights
    done = found.rectify(email=to) if email else found.rectify(dataset, sample=sample, class_name=class_name, to=to)
    click.echo(repr(done))


@rights.command("act")
@click.argument("path", type=click.Path())
@click.option("--erasure", help="Which one, by the beginning of its id; the newest if not said.")
@click.pass_obj
def rights_act(workspace: Path | None, path: str, erasure: str | None) -> None:
    """Write the Russian act of destruction (order 179 of Roskomnadzor) of an erasure, as HTML."""
    found = _lab(workspace).rights.erasures
    if not found:
        raise click.ClickException("Nothing was erased yet.")
    click.echo(f"Wrote {found[erasure[:8] if erasure else 0].act(path)}")


@rights.command("freeze")
@click.argument("dataset")
@click.pass_obj
def rights_freeze(workspace: Path | None, dataset: str) -> None:
    """Keep a dataset and let nobody do anything with it."""
    click.echo(repr(_lab(workspace).rights.freeze(dataset)))


@rights.command("unfreeze")
@click.argument("dataset")
@click.pass_obj
def rights_unfreeze(workspace: Path | None, dataset: str) -> None:
    """Lift a freeze."""
    _lab(workspace).rights.unfreeze(dataset)


dataset_option = click.option("--dataset", help="Only for this one.")


@rights.command("purposes")
@click.pass_obj
def rights_purposes(workspace: Path | None) -> None:
    """What data is used for, on which basis, and whether that is open now."""
    for each in _lab(workspace).rights.purposes:
        click.echo(f"{each.name:<12} {each.basis:<20} {each.closed or 'open'}")


@rights.command("object")
@click.argument("purpose")
@dataset_option
@click.pass_obj
def rights_object(workspace: Path | None, purpose: str, dataset: str | None) -> None:
    """Close a purpose at once, and stop what runs for it."""
    click.echo(repr(_lab(workspace).rights.object(purpose, dataset)))


@rights.command("lift")
@click.argument("purpose")
@dataset_option
@click.pass_obj
def rights_lift(workspace: Path | None, purpose: str, dataset: str | None) -> None:
    """Take an objection back."""
    _lab(workspace).rights.lift(purpose, dataset)


@rights.command("agree")
@click.argument("purpose")
@click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)
@click.pass_obj
def rights_agree(workspace: Path | None, purpose: str, language: Any) -> None:
    """Say yes to a purpose that needs your consent."""
    click.echo(repr(_lab(workspace).rights.agree(purpose, language, method="command line")))


@rights.command("withdraw")
@click.argument("purpose")
@click.pass_obj
def rights_withdraw(workspace: Path | None, purpose: str) -> None:
    """Take consent back."""
    _lab(workspace).rights.withdraw(purpose, method="command line")


@rights.command("email")
@click.argument("address", required=False)
@click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)
@click.pass_obj
def rights_email(workspace: Path | None, address: str | None, language: Any) -> None:
    """Show the e-mail address, or give another. To have it erased: erase --email."""
    found = _lab(workspace).rights
    if address is not None:
        found.set_email(address, language)
    click.echo(found.email or "No address: nobody has to give one.")


@rights.command("requests")
@click.pass_obj
def rights_requests(workspace: Path | None) -> None:
    """All requests, with the next thing that the law wants done."""
    for each in _lab(workspace).rights.requests:
        click.echo("  ".join(map(str, each._row())))


@rights.command("request")
@click.argument("type")
@click.option("--about", default="account", show_default=True, help="A dataset, a purpose, email or account.")
@click.option("--regime", "regimes", multiple=True, help="Whose law applies: gdpr, ccpa, ru152, cn.")
@click.option("--words", default="", help="What you want to say.")
@click.pass_obj
def rights_request(workspace: Path | None, type: str, about: str, regimes: tuple[Any, ...], words: str) -> None:
    """Ask for something in writing: access, portability, rectification, erasure, …"""
    said = {"words": words} if words else {}
    click.echo(repr(_lab(workspace).rights.request(type, about, regimes=regimes, **said)))


@rights.command("policies")
@click.option("--text", help="Print the text of this version.")
@click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)
@click.pass_obj
def rights_policies(workspace: Path | None, text: str | None, language: Any) -> None:
    """All versions of the policies."""
    found = _lab(workspace).rights.policies
    click.echo("\n".join(map(repr, found)) if text is None else found[text].text(language))


@rights.command("authorities")
@click.option("--language", type=click.Choice(["en", "ru", "zh"]), default="en", show_default=True)
@click.pass_obj
def rights_authorities(workspace: Path | None, language: Any) -> None:
    """Where to complain."""
    click.echo("\n".join(_lab(workspace).rights.authorities(language)))


@rights.command("history")
@click.pass_obj
def rights_history(workspace: Path | None) -> None:
    """What happened, newest first."""
    found = _lab(workspace).rights.history
    for line in found.lines:
        click.echo(f"{line.n:>6}  {line.at:%Y-%m-%d %H:%M:%S}  {line.text}")
    click.echo(f"{found.head.size} entries, root {found.head.root}")


@rights.command("processing")
@click.argument("kind", type=click.Choice(["csv", "jsonld"]), default="csv")
@click.pass_obj
def rights_processing(workspace: Path | None, kind: Any) -> None:
    """The record of processing activities (GDPR Art. 30)."""
    click.echo(_lab(workspace).rights.processing(kind), nl=False)


@main.command()
@click.argument("certificate", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", help="The public key it must be signed with (hex).")
def verify(certificate: Path, key: str | None) -> None:
    """Whether a certificate, or an archive (.zip), is genuine: offline and without the workspace."""
    from comexp_lab.bag import verify_archive
    from comexp_lab.verify import verify_text

    for line in verify_archive(certificate, key) if certificate.suffix.lower() == ".zip" else verify_text(certificate.read_bytes(), key):
        click.echo(line)
    click.echo("Genuine.")


@main.command()
@click.pass_obj
def doctor(workspace: Path | None) -> None:
    """Look whether everything that comexp_lab needs is there."""
    from comexp_lab.client.doctor import findings

    bad = 0
    for name, good, said in findings(workspace):
        click.echo(f"{'ok  ' if good else 'BAD '} {name:<18} {said}")
        bad += not good
    if bad:
        raise click.exceptions.Exit(1)


@main.command()
@click.pass_obj
def check(workspace: Path | None) -> None:
    """Read every stored file: what is missing, damaged or unknown?"""
    found = _lab(workspace).check()
    click.echo(str(found))
    for fault in found.faults:
        click.echo(f"{fault.what:<8} {fault.blob}  {fault.dataset or 'workspace'}  {', '.join(fault.samples)}")
    if found.fault_count:
        raise click.exceptions.Exit(1)


if __name__ == "__main__":
    main()
