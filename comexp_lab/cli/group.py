"""What all commands share: the group, the lab they speak to, and how they show what it says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from comexp_lab.errors import Cancelled, Error

if TYPE_CHECKING:
    from comexp_lab.client import Lab, Run


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


def open_lab(workspace: Path | None) -> Lab:
    from comexp_lab.client import open

    return open(workspace)


def follow(run: Run) -> Run:
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


def print_json(document: Any) -> None:
    click.echo(json.dumps(document, indent=1, default=str, ensure_ascii=False))
