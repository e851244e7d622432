"""`goodfit report LOGDIR --out report.html`: the page and its data in one file, to send to someone."""

from __future__ import annotations

from pathlib import Path

import click

from goodfit.cli.output import Progress, clean
from goodfit.errors import BadArgument


@click.command()
@click.argument("logdir", type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The HTML file to write.")
@click.option("--title", default="", help="Title of the page.  [default: the folder's name]")
def command(logdir: Path, out: Path, title: str) -> None:
    """Write the page with its data as one HTML file.

    It opens in any browser without a server and asks nothing of the network. Curves are reduced to 400 columns.

    \b
    Example:
      goodfit report logs/fit --out report.html
    """
    from goodfit.server.app import make_context
    from goodfit.server.report import gather, render
    from goodfit.server.settings import Settings
    from goodfit.watch.loop import watch_folder

    if not logdir.is_dir():
        raise BadArgument(f"{clean(str(logdir))!r} is not a folder. Nothing was written.")
    if not out.parent.is_dir():
        raise BadArgument(f"the folder of --out {clean(str(out))!r} does not exist. Nothing was written.")
    progress = Progress("report")
    name = title or logdir.resolve().name
    with watch_folder(logdir) as watch:
        while watch.step() == 0.0:
            snapshot = watch.snapshot
            progress.show(f"judged {snapshot.n_judged} of {len(snapshot.trainings)}")
        context = make_context(watch, Settings(logdir=str(logdir), window_title=title))
        found = gather(context, tell=lambda text: progress.show(clean(text)))
        n_trainings = len(watch.snapshot.trainings)
    page = render(found, title=f"{name} · Goodfit")
    progress.clear()
    out.write_text(page, encoding="utf-8")
    click.echo(f"{clean(str(out))}: {n_trainings} trainings, {len(page.encode()) / 1e6:.1f} MB")
    if found.n_left_out:
        click.echo(f"  {found.n_left_out} answers were too many or too large and were left out", err=True)
