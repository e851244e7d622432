"""Arguments → one command, which alone is imported; errors → message, hint and exit status.

`goodfit LOGDIR` and `goodfit --logdir LOGDIR` are `goodfit serve LOGDIR`; `goodfit` alone is `goodfit find`.
Exit status: 0 done, 1 something was found or failed, 2 wrong use, 130 interrupted. A closed pipe is no error.
Every error has one shape, also those that click finds: `goodfit: what is wrong`, then `hint: what to do`.
"""

from __future__ import annotations

import difflib
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from goodfit import __version__
from goodfit.errors import BadArgument, ConfigError, GoodfitError, LogFolderError, NotAnEventFile, UnknownSeries

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# In the order of the help text. Each module exposes `command`.
COMMANDS = {
    "serve": ("goodfit.cli.serve", "Show the page on a log folder (also `goodfit LOGDIR`)."),
    "check": ("goodfit.cli.check", "Judge every training of a log folder."),
    "find": ("goodfit.cli.find", "List the trainings below the current folder (also `goodfit`)."),
    "inspect": ("goodfit.cli.inspect", "Say what event files hold and where they are damaged."),
    "repair": ("goodfit.cli.repair", "Write a clean copy of a damaged event file."),
    "export": ("goodfit.cli.export", "Write every scalar point to a file."),
    "report": ("goodfit.cli.report", "Write the page with its data as one HTML file."),
    "run": ("goodfit.cli.run", "Run a training command and tell how it ended."),
    "notify": ("goodfit.cli.notify", "Set up and test where messages go."),
    "provider": ("goodfit.cli.provider", "Serve a log folder to TensorBoard's own page."),
    "demo": ("goodfit.cli.demo", "Train four small models and look at them."),
    "completion": ("goodfit.cli.completion", "Print the script that completes commands in a shell."),
}
SENDING = ("run", "notify", "demo")
"""Commands that also send what an earlier process queued and could not send; `serve` does it by itself. The readers,
which scripts call in loops and in other people's folders, start nothing."""
COMPLETE_VARIABLE = "_GOODFIT_COMPLETE"
"""Set by the script of `goodfit completion` when the shell asks; its name and values are click's."""
WRONG_USE = (BadArgument, ConfigError, LogFolderError, NotAnEventFile, UnknownSeries)


class LazyGroup(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(COMMANDS[cmd_name][0]).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if ctx.resilient_parsing and args and args[0] not in COMMANDS:
            # A shell asks how `goodfit logs/fit --po` goes on.
            return super().resolve_command(ctx, ["serve", *args])
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        # Commands from the table above, and folders, since one may stand in their place.
        from click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        if os.sep in incomplete:
            return [CompletionItem(incomplete, type="dir")]
        commands = [CompletionItem(name, help=text) for name, (_, text) in COMMANDS.items()]
        # By name, not as `type="dir"`: beside a command of that beginning the shell would show the command alone.
        folders = [CompletionItem(f"{path.name}/", help="folder") for path in sorted(Path().iterdir()) if path.is_dir()]
        return [
            item for item in (*commands, *folders)
            if item.value.startswith(incomplete) and item.value.startswith(".") == incomplete.startswith(".")
        ]  # fmt: skip

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        # From the table above: `goodfit --help` imports no command.
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    options_metavar="",
    subcommand_metavar="[COMMAND | LOGDIR] [OPTIONS]",
)
@click.version_option(__version__, prog_name="goodfit", message="%(prog)s %(version)s")
def command() -> None:
    """Learning curves that say whether the fit is good.

    \b
    goodfit logs/fit          show the page on the trainings in logs/fit
    goodfit check logs/fit    judge them in the terminal
    goodfit                   list the trainings below the current folder
    """


def expand_arguments(arguments: Sequence[str]) -> list[str]:
    """The arguments with the command that short forms stand for.

    Raises:
        BadArgument: the first word is neither a command nor a path, but close to a command's name; or `--logdir` has no
            folder.

    Example:
        >>> expand_arguments(["--logdir", "logs", "--port", "6007"])
        ['serve', 'logs', '--port', '6007']
    """
    words = list(arguments)
    if not words:
        return ["find"]
    first = words[0]
    if first in COMMANDS or first in ("-h", "--help", "--version"):
        return words
    if first in ("help", "version") and not Path(first).exists():
        # What other tools have as commands; nobody who types these wants a page on a folder that is yet to come.
        return [*words[1:2], f"--{first}"] if first == "help" else ["--version"]
    if not first.startswith("-"):
        _refuse_misspelling(first)
    return ["serve", *_logdir_as_argument(words)]


def _logdir_as_argument(words: Sequence[str]) -> list[str]:
    """TensorBoard's `--logdir X` and `--logdir=X` as the argument that `serve` takes."""
    folders, rest = [], []
    position = 0
    while position < len(words):
        word = words[position]
        if word == "--logdir":
            if position + 1 == len(words):
                raise BadArgument("--logdir needs a folder.", hint="goodfit --logdir logs/fit")
            folders.append(words[position + 1])
            position += 1
        elif word.startswith("--logdir="):
            folders.append(word.partition("=")[2])
        else:
            rest.append(word)
        position += 1
    return [*folders, *rest]


def _refuse_misspelling(word: str) -> None:
    if os.sep in word or Path(word).exists():
        return
    close = difflib.get_close_matches(word, COMMANDS, n=1, cutoff=0.75)
    if close:
        raise BadArgument(
            f"{word!r} is neither a command nor a folder.",
            hint=f"goodfit {close[0]} --help, or `goodfit ./{word}` to watch a folder that is yet to come",
        )


def run(arguments: Sequence[str]) -> int:
    """Runs one command and returns the exit status; errors of ours are printed, not raised."""
    try:
        words = expand_arguments(arguments)
        with command.make_context("goodfit", list(words)) as context:
            if words[0] in SENDING:
                # At the end of `notify`, which shows and changes what waits; at the start of those that run long.
                context.call_on_close(_send_left_behind) if words[0] == "notify" else _send_left_behind()
            command.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        _show_click_error(error)
        return error.exit_code
    except GoodfitError as error:
        click.echo(f"goodfit: {error}", err=True)
        return 2 if isinstance(error, WRONG_USE) else 1
    except BrokenPipeError:
        # The reader has seen enough, as `head` does. Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        where = f": {error.filename}" if error.filename else ""
        click.echo(f"goodfit: {error.strerror or error}{where}", err=True)
        return 1
    except (KeyboardInterrupt, click.Abort):
        click.echo("", err=True)
        return 130
    return 0


def _show_click_error(error: click.ClickException) -> None:
    """What click found wrong, in the words and the shape of our own errors."""
    if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
        error.show()  # a group without a command: its help
        return
    message = error.format_message()
    click.echo(f"goodfit: {message[:1].lower()}{message[1:]}", err=True)
    if isinstance(error, click.UsageError):
        click.echo(f"hint: {error.ctx.command_path if error.ctx else 'goodfit'} --help", err=True)


def _send_left_behind() -> None:
    from goodfit import config
    from goodfit.alerts.launch import send_left_behind

    try:
        send_left_behind(config.load())
    except (GoodfitError, OSError):
        # Whoever needs the settings or the outbox for their own sake says what is wrong with them.
        return


def _open_closed_streams() -> None:
    """Somebody closed our output (`>&-`): what is written there goes nowhere, as a closed pipe's does."""
    nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - open as long as the process
    sys.stdout = sys.stdout or nowhere
    sys.stderr = sys.stderr or nowhere


def main() -> NoReturn:
    """The `goodfit` command."""
    if sys.stdout is None or sys.stderr is None:
        _open_closed_streams()
    if instruction := os.environ.get(COMPLETE_VARIABLE):
        from click.shell_completion import shell_complete

        sys.exit(shell_complete(command, {}, "goodfit", COMPLETE_VARIABLE, instruction))
    for stream in (sys.stdout, sys.stderr):
        # File names may hold bytes that no encoding has, and terminals may lack the characters of a sparkline.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:]))
