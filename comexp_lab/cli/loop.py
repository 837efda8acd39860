"""Commands of the loop: import, train, auto-annotate, evaluate, export; and of the lab itself."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from comexp_lab.cli.group import follow, main, open_lab, print_json

if TYPE_CHECKING:
    from comexp_lab.client import Dataset


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
    report = open_lab(workspace).add(dataset, *sources, labels=labels, format=format_)
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
    source = open_lab(workspace).dataset(dataset)
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
    run = follow(open_lab(workspace).dataset(dataset).fine_tune(**arguments))
    click.echo(f"{run.model!r}")


@main.command("auto-annotate")
@click.argument("dataset")
@click.argument("model")
@where_option
@click.option("--conf", default=0.25, show_default=True)
@click.pass_obj
def auto_annotate(workspace: Path | None, dataset: str, model: str, where: str | None, conf: float) -> None:
    """Let a model suggest labels."""
    target = open_lab(workspace).dataset(dataset)
    run = follow(target.auto_annotate(model, _view(target, where), conf=conf, wait=False))
    print_json(run.result)


@main.command()
@click.argument("dataset")
@click.argument("model")
@where_option
@click.pass_obj
def evaluate(workspace: Path | None, dataset: str, model: str, where: str | None) -> None:
    """COCO mAP of a model against the accepted labels."""
    target = open_lab(workspace).dataset(dataset)
    click.echo(repr(target.evaluate(model, _view(target, where))))


@main.command()
@click.argument("dataset")
@click.argument("name")
@click.pass_obj
def freeze(workspace: Path | None, dataset: str, name: str) -> None:
    """Name the present state of a dataset."""
    version = open_lab(workspace).dataset(dataset).freeze(name)
    click.echo(f"{version.name}: revision {version.revision}, {version.digest}")


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
    found = open_lab(workspace).check()
    click.echo(str(found))
    for fault in found.faults:
        click.echo(f"{fault.what:<8} {fault.blob}  {fault.dataset or 'workspace'}  {', '.join(fault.samples)}")
    if found.fault_count:
        raise click.exceptions.Exit(1)
