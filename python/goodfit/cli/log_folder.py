"""The LOGDIR of a command line → a path of this machine, or the address of a remote folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goodfit.cli.output import clean
from goodfit.errors import BadArgument, LogFolderError
from goodfit.remote.address import Address, parse_address

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    Parameter = click.ParamType[Path | Address]
else:
    Parameter = click.ParamType  # generic from click 8.4 on only


class LogFolder(Parameter):
    """Takes what `parse_address` and `Path` take."""

    name = "logdir"

    def __init__(self, *, must_exist: bool = False) -> None:
        """`must_exist` refuses a path of this machine that is no folder."""
        self._must_exist = must_exist

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path | Address:
        if isinstance(value, Path | Address):
            return value
        found = parse_address(str(value)) or Path(str(value))
        if self._must_exist and isinstance(found, Path) and not found.is_dir():
            why = "is not a folder" if found.exists() else "does not exist"
            self.fail(f"{clean(str(found))!r} {why}.", param, ctx)
        return found

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from click.shell_completion import CompletionItem

        return [CompletionItem(incomplete, type="dir")]


LOG_FOLDER = LogFolder()
COMPAT = click.option(
    "--compat",
    type=click.Choice(["tensorboard-python", "tensorboard-rust"]),
    metavar="READER",
    help="Read restarts as this reader of TensorBoard does: tensorboard-python or tensorboard-rust.",
)


def require_folder(logdir: Path | Address) -> None:
    """Refuses what cannot be followed live: a single file, or a folder that may not be listed. It may be missing yet.

    Raises:
        BadArgument: a file of this machine.
        LogFolderError: a folder that may not be listed, or an address that does not exist.
        RemoteError, MissingExtra: of an address.
    """
    if isinstance(logdir, Address):
        from goodfit.remote.cache_folder import open_mirror

        open_mirror(logdir).probe()
        return
    if logdir.exists() and not logdir.is_dir():
        raise BadArgument(
            f"{clean(str(logdir))!r} is a file, wanted the folder that holds it.",
            hint="goodfit inspect reads single files",
        )
    if logdir.is_dir():
        require_listing(logdir)


def require_listing(folder: Path) -> None:
    """Refuses a folder of this machine whose content may not be listed.

    Raises:
        LogFolderError: it may not be.
    """
    try:
        with os.scandir(folder):
            return
    except OSError as error:
        why = error.strerror or error
        raise LogFolderError(
            f"the log folder {clean(str(folder))!r} may not be read: {why}.",
            hint="look at its owner and rights: ls -ld",
        ) from error
