"""`goodfit-data-server`: what TensorBoard starts in place of its own data server, by its rules.

TensorBoard is told by the variable TENSORBOARD_DATA_SERVER_BINARY. It passes these arguments, waits until the port
file holds a number and a line's end, and reads the error file when the process ended before that:

    --logdir=DIR --reload=SECONDS|once --samples-per-plugin=PLUGIN=N|all,… --port=0 --port-file=FILE
    --die-after-stdin --error-file=FILE [--verbose]…

Exit status, as its own server has it: 8 for a folder that cannot be served, 9 for a port that cannot be had.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from goodfit.cli.log_folder import require_folder
from goodfit.errors import BadArgument, GoodfitError
from goodfit.query.compat import READINGS
from goodfit.remote.address import parse_address

BAD_LOGDIR, BAD_PORT = 8, 9
SHORTEST_WAIT_S = 0.3
"""TensorBoard hands down whole seconds, and 0 for less than one: its own server then never rests."""


class _Refused(GoodfitError):
    """An ending with a status of its own."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _Refused(f"{self.prog}: {message}", 2)


def parse_reload(text: str) -> float | None:
    """Seconds between two readings; None for `once`.

    >>> parse_reload("5"), parse_reload("0"), parse_reload("once")
    (5.0, 0.3, None)
    """
    if text == "once":
        return None
    seconds = float(text)
    if not 0 <= seconds <= 86_400:
        raise ValueError(text)
    return max(seconds, SHORTEST_WAIT_S)


def parse_samples(text: str) -> dict[str, str]:
    """`scalars=500,images=all` → a mapping. Nothing follows from it: no point is thrown away while reading.

    >>> parse_samples("scalars=all,images=7")
    {'scalars': 'all', 'images': '7'}
    """
    pairs = [part.partition("=") for part in text.split(",") if part]
    if any(not name or not (amount == "all" or amount.isdecimal()) for name, _, amount in pairs):
        raise ValueError(text)
    return {name: amount for name, _, amount in pairs}


def make_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="goodfit-data-server", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--logdir", required=True, help="the log folder")
    parser.add_argument("--reload", type=parse_reload, default=5.0, help="seconds between two readings, or `once`")
    parser.add_argument("--samples-per-plugin", type=parse_samples, default={}, help="taken, and not needed")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 takes any")
    parser.add_argument("--port-file", type=Path, help="where the port is written")
    parser.add_argument("--error-file", type=Path, help="where the reason is written when it cannot start")
    parser.add_argument("--die-after-stdin", action="store_true", help="end when standard input ends")
    parser.add_argument("--compat", choices=READINGS, default="newest", help="which points of a restart are shown")
    parser.add_argument("--verbose", "-v", action="count", default=0, help="taken, and not needed")
    parser.add_argument("--checksum", nargs="?", help="taken: every checksum is verified in any case")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Serves until standard input ends or a signal comes; returns the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _serve(make_parser().parse_args(words))
    except GoodfitError as error:
        _tell(words, str(error))
        return error.status if isinstance(error, _Refused) else 1


def _serve(options: argparse.Namespace) -> int:
    from goodfit.config import find_cache_folder
    from goodfit.provider.serving import ProviderServer

    try:
        logdir = parse_address(options.logdir) or Path(options.logdir)
        require_folder(logdir)
    except GoodfitError as error:
        raise _Refused(str(error), BAD_LOGDIR) from error
    try:
        server = ProviderServer(
            logdir,
            port=options.port,
            reading=options.compat,
            wait_s=options.reload,
            cache_folder=find_cache_folder(),
        )
    except BadArgument as error:
        raise _Refused(str(error), BAD_PORT) from error
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    with server:
        if options.port_file is not None:
            write_port(options.port_file, server.port)
        else:
            sys.stdout.write(f"{server.port}\n")
            sys.stdout.flush()
        if options.die_after_stdin:
            threading.Thread(target=_wait_for_end_of_input, args=(stopping,), daemon=True).start()
        stopping.wait()
    return 0


def write_port(path: Path, port: int) -> None:
    """The port and a line's end, at once: TensorBoard reads the file while it is written."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(f"{port}\n")
    part.replace(path)


def _wait_for_end_of_input(stopping: threading.Event) -> None:
    # Not by sys.stdin: its lock would be held while the interpreter ends.
    while os.read(0, 4096):
        pass
    stopping.set()


def _tell(words: Sequence[str], message: str) -> None:
    """The reason, on stderr and in the error file, even where other arguments could not be understood."""
    sys.stderr.write(f"{message}\n")
    named = [word.partition("=")[2] for word in words if word.startswith("--error-file=")]
    if named:
        Path(named[-1]).write_text(f"{message}\n")


if __name__ == "__main__":
    sys.exit(main())
