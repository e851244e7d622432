"""The LOGDIR of a command line → a path of this machine, or the address of a remote folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from goodfit.cli.output import clean
from goodfit.errors import BadArgument
from goodfit.remote.address import Address, parse_address

if TYPE_CHECKING:
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


LOG_FOLDER = LogFolder()
COMPAT = click.option(
    "--compat",
    type=click.Choice(["tensorboard-python", "tensorboard-rust"]),
    help="Read trainings that went back to an earlier step as this reader of TensorBoard does.",
)


def require_folder(logdir: Path | Address) -> None:
    """Refuses what cannot be followed live: a single file, or a remote folder that cannot be listed.

    Raises:
        BadArgument: a file of this machine.
        LogFolderError, RemoteError, MissingExtra: of an address.
    """
    if isinstance(logdir, Address):
        from goodfit.remote.mirror import open_mirror

        open_mirror(logdir).probe()
    elif logdir.exists() and not logdir.is_dir():
        raise BadArgument(f"{clean(str(logdir))!r} is not a folder.", hint="goodfit inspect reads single files")
