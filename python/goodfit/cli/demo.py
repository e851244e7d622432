"""`goodfit demo`: four real trainings, then their verdicts, or the page that watches them while they learn."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from pathlib import Path

import click

from goodfit.cli.language import language_option
from goodfit.cli.output import clean, format_columns, progress, terminal_width
from goodfit.cli.port import PORT
from goodfit.config import Language
from goodfit.errors import BadArgument

WATCHED_S = 30.0
"""With the page open the trainings are slowed down to about this long, so that one sees them move."""


@click.command(
    epilog="""\b
Examples:
  goodfit demo
  goodfit demo --once
""",
)
@click.option("--once", is_flag=True, help="Print the verdicts and end, instead of opening the page.")
@click.option(
    "--logdir",
    type=click.Path(path_type=Path),
    metavar="LOGDIR",
    help="Where to write.  [default: a new temporary folder]",
)
@click.option(
    "--port", type=PORT, default=6006, show_default=True, metavar="PORT", help="Port of the page, or the next free one."
)
@click.option(
    "--open/--no-open", "opens", default=None, help="Open the page in a browser.  [default: where there is a screen]"
)
@language_option
def command(once: bool, logdir: Path | None, port: int, opens: bool | None, language: Language) -> None:
    """Train four small models on real digits: one healthy, one overfit, one diverging, one underfit."""
    # These matrices are small: threads of the linear algebra would wait for each other, and for the page's server.
    # Set before numpy is imported, which reads it once.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    folder = logdir or Path(tempfile.mkdtemp(prefix="goodfit-demo-"))
    _require_writable(folder)
    if once:
        _train_quickly(folder)
        print_verdicts(folder, language=language)
        click.echo(f"\nthe page on them: goodfit {folder}", err=True)
    else:
        _serve_while_training(folder, port=port, opens=opens)


def _require_writable(folder: Path) -> None:
    """Makes the folder; refuses one that nothing can be written into, before anything is trained."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise BadArgument(
            f"--logdir {clean(str(folder))!r} cannot be written into: {error.strerror or error}.",
            hint="leave --logdir out, and a temporary folder is taken",
        ) from error


def _train_quickly(folder: Path) -> None:
    from goodfit.demo.trainings import RECIPES, write_trainings

    n_epochs = max(recipe.n_epochs for recipe in RECIPES)
    click.echo(f"training four models on 1,797 handwritten digits into {folder}", err=True)
    with progress("training") as line:

        def goes_on(epoch: int) -> bool:
            line.show(f"epoch {epoch} of {n_epochs}")
            return True

        write_trainings(folder, goes_on=goes_on)


def print_verdicts(folder: Path, *, language: Language = "en") -> None:
    """One line a training: mark, name, curve, sentence."""
    from goodfit.cli.verdict import verdict_of
    from goodfit.findings.engine import review_all
    from goodfit.query.logs import open as open_logs

    with open_logs(folder) as logs:
        trainings = logs.list_trainings()
        reviews = review_all(trainings)
        rows = [
            verdict_of(training, answer, language=language).cells(f"{training.name}:")
            for training, answer in zip(trainings, reviews, strict=True)
        ]
        for text in format_columns(rows, width=terminal_width()):
            click.echo(text)


def _serve_while_training(folder: Path, *, port: int, opens: bool | None) -> None:
    from goodfit import config
    from goodfit.cli.serve import serve
    from goodfit.demo.trainings import RECIPES, write_trainings

    environ = config.load().environ
    is_remote = bool(environ.get("SSH_CONNECTION"))
    has_screen = sys.platform in ("darwin", "win32") or bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))
    if opens is None:
        # Without a screen a browser would be one for the terminal, and take it.
        opens = has_screen and not is_remote
    stopped = threading.Event()
    pause_s = WATCHED_S / max(recipe.n_epochs for recipe in RECIPES)

    started = time.monotonic()

    def goes_on(n_epochs: int) -> bool:
        # By the clock, not by the epoch: a slow machine waits less.
        return not stopped.wait(max(0.0, started + n_epochs * pause_s - time.monotonic()))

    click.echo(f"training four models on 1,797 handwritten digits into {folder}", err=True)
    learner = threading.Thread(target=lambda: write_trainings(folder, goes_on=goes_on), name="goodfit-demo")
    learner.start()
    try:
        serve(folder, port=port, opens=opens, window_title="Goodfit demo", is_remote=is_remote)
    finally:
        stopped.set()
        learner.join()
