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
    """See, take away, destroy what is stored."""


@rights.command("show")
@click.pass_obj
def rights_show(workspace: Path | None) -> None:
    """What is stored, by kind."""
    for row in _lab(workspace).rights.inventory.rows:
        click.echo(f"{row.name:<24} {row.kind:<32} {row.items:>8} {row.bytes:>14}  {row.where}")


@rights.command("export")
@click.argument("path", type=click.Path())
@click.pass_obj
def rights_export(workspace: Path | None, path: str) -> None:
    """Everything as one archive."""
    _print(_lab(workspace).rights.export(path))


@rights.command("erase")
@click.argument("dataset")
@click.option("--certificate", type=click.Path(), default="certificate.json", show_default=True)
@click.pass_obj
def rights_erase(workspace: Path | None, dataset: str, certificate: str) -> None:
    """Destroy a dataset for good, after showing what goes and asking for its name."""
    lab = _lab(workspace)
    plan = lab.rights.plan_erasure(lab.dataset(dataset))
    for row in plan.rows:
        click.echo(f"{row.kind:<32} {row.items:>8} {row.bytes:>14}")
    for model in plan.models:
        click.echo(f"model trained on it: {model}")
    proof = plan.execute(confirm=click.prompt("Type the name of the dataset to erase it for good"))
    click.echo(f"Erased. The certificate is {proof.save(certificate)}")


@main.command()
@click.argument("archive", type=click.Path(exists=True, dir_okay=False))
@click.option("--rename", multiple=True, metavar="OLD=NEW", help="Another name for a dataset of the archive.")
@click.pass_obj
def restore(workspace: Path | None, archive: str, rename: tuple[str, ...]) -> None:
    """Bring an archive back in."""
    pairs = [each.partition("=") for each in rename]
    _print(_lab(workspace).rights.restore(archive, {old: new for old, _, new in pairs}).model_dump())


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
