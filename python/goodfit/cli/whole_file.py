"""The FILE of an `--out` → a path to write to, which takes its place only once it is whole.

A stopped or failed command leaves no half file under the name, and what stood there before stays.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from goodfit.cli.output import clean
from goodfit.errors import BadArgument, GoodfitError


def require_place(out: Path) -> None:
    """Refuses a file that cannot be written because of where it is, before any work is done for it.

    Raises:
        BadArgument: its folder is missing or no folder, or it is a folder itself.
    """
    folder = out.parent
    if not folder.is_dir():
        seen = "is a file" if folder.exists() else "does not exist"
        raise BadArgument(
            f"the folder {clean(str(folder))!r} of --out {clean(out.name)!r} {seen}. Nothing was written.",
            hint=None if folder.exists() else f"mkdir -p {shlex.quote(clean(str(folder)))}",
        )
    if out.is_dir():
        raise BadArgument(f"--out {clean(str(out))!r} is a folder, wanted a file. Nothing was written.")


@contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """The path to write to in a `with` block; at its end the file has its name.

    Raises:
        GoodfitError: the file could not be written.
    """
    place = Path(os.path.realpath(out))  # where a link leads: the link stays
    if place.exists() and not place.is_file():
        partial = place  # a pipe or a device is no file to be replaced
    else:
        partial = place.with_name(f"{place.name}.{os.getpid()}.partial")
    try:
        yield partial
        if partial != place:
            partial.replace(place)
    except OSError as error:
        # Of the file beside which it writes nobody knows, and a full disk names none. The core's texts end in a number.
        why = (error.strerror or str(error)).partition(" (os error")[0]
        raise GoodfitError(
            f"{clean(str(out))!r} was not written: {why}.", hint="look at the rights and the space of its folder"
        ) from error
    finally:
        if partial != place:
            partial.unlink(missing_ok=True)
