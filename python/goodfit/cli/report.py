"""`goodfit report LOGDIR --out report.html`: the page and its data in one file, to send to someone."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goodfit import config
from goodfit.cli.log_folder import LOG_FOLDER, require_folder
from goodfit.cli.output import Progress, clean, count
from goodfit.cli.whole_file import require_place, whole_file
from goodfit.errors import LogFolderError

if TYPE_CHECKING:
    from goodfit.remote.address import Address

HEAVY_BYTES = 100_000_000
"""A browser must unpack all of a page before it shows anything."""


@click.command(
    epilog="""\b
Examples:
  goodfit report logs/fit --out report.html
  goodfit report logs/fit --out - --title "Ablation of the schedule" | gzip > report.html.gz
""",
)
@click.argument("logdir", type=LOG_FOLDER)
@click.option("--out", required=True, metavar="FILE", help="The HTML file; - writes to stdout.")
@click.option("--title", default="", metavar="TEXT", help="Title of the page.  [default: the folder's name]")
def command(logdir: Path | Address, out: str, title: str) -> None:
    """Write the page with its data as one HTML file.

    It opens in any browser without a server and asks nothing of the network. Curves are reduced to 400 columns.
    """
    _require_something(logdir)
    if out != "-":
        require_place(Path(out))

    from goodfit.server.app import make_context
    from goodfit.server.report import gather, render
    from goodfit.server.settings import Settings
    from goodfit.server.shelf import shelf_path
    from goodfit.watch.loop import watch_folder

    progress = Progress("report")
    # Names of files may hold bytes that no encoding has; a page may not.
    name = clean(title or (logdir.resolve().name if isinstance(logdir, Path) else logdir.name))
    with watch_folder(logdir) as watch:
        while watch.step() == 0.0:
            snapshot = watch.snapshot
            progress.show(f"judged {snapshot.n_judged} of {len(snapshot.trainings)}")
        settings = Settings(
            logdir=clean(str(logdir)),
            window_title=clean(title),
            shelf_path=shelf_path(config.load().state_dir, str(logdir)),
        )
        context = make_context(watch, settings)
        found = gather(context, tell=lambda text: progress.show(clean(text)))
        n_trainings = len(watch.snapshot.trainings)
        # A torn tail is how a file looks while it is being written.
        damaged = {issue.path for issue in watch.store.list_issues() if issue.kind != "torn_tail"}
    page = render(found, title=f"{name} · Goodfit")
    progress.clear()
    _write(page, out)
    size = f"{len(page.encode()) / 1e6:.1f} MB"
    click.echo(f"{count(n_trainings, 'training')}, {size} → {'stdout' if out == '-' else clean(out)}", err=True)
    if found.n_left_out:
        click.echo(f"  {count(found.n_left_out, 'answer')} too many or too large, left out", err=True)
    if damaged:
        files = count(len(damaged), "damaged or unreadable file")
        click.echo(f"  {files}; goodfit inspect {shlex.quote(clean(str(logdir)))} says where", err=True)
    if len(page) > HEAVY_BYTES:
        click.echo("hint: so large a page is slow to open; give the folder of fewer trainings", err=True)
    if not n_trainings:
        click.echo(f"hint: no event files are below {clean(str(logdir))!r} yet", err=True)


def _require_something(logdir: Path | Address) -> None:
    """Refuses what is no folder, or is not there: unlike a server, a report cannot wait for it."""
    require_folder(logdir)
    if isinstance(logdir, Path) and not logdir.is_dir():
        raise LogFolderError(
            f"there is no log folder {clean(str(logdir))!r}. Nothing was written.",
            hint="goodfit lists the trainings below this folder",
        )


def _write(page: str, out: str) -> None:
    if out == "-":
        click.echo(page, nl=False)
        return
    with whole_file(Path(out)) as path:
        path.write_text(page, encoding="utf-8")
