"""`%goodfit LOGDIR` in a notebook → the page below the cell, served by a process that ends with the notebook's.

    %load_ext goodfit
    %goodfit logs/fit
    %goodfit logs/fit --height 600

The same folder is served once: the second `%goodfit logs/fit` shows the page that is there. `list_servers()`,
`display(port)` and `stop(port)` are for the rest. IPython is never imported: what the magic returns knows how to show
itself, and anything that shows HTML will do.
"""

from __future__ import annotations

import atexit
import html
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from goodfit.errors import BadArgument, GoodfitError
from goodfit.remote.address import Address, parse_address

HEIGHT_PX = 800
FRAMES = ("http://localhost:*", "http://127.0.0.1:*", "https://localhost:*", "https://127.0.0.1:*", "vscode-webview:")
"""Who may show the page in a frame: notebooks on this machine, whatever their port, and Visual Studio Code."""
PORT_MARK = "%PORT%"


@dataclass(frozen=True, slots=True)
class Frame:
    """A page on a log folder, as a cell's result."""

    url: str
    height_px: int

    def _repr_html_(self) -> str:
        url = html.escape(self.url, quote=True)
        return f'<iframe src="{url}" width="100%" height="{self.height_px}" style="border:0" title="Goodfit"></iframe>'

    def __repr__(self) -> str:
        return f"Goodfit on {self.url}"


@dataclass(slots=True)
class Server:
    """A server that this process started."""

    logdir: Path | Address
    """Absolute."""
    port: int
    process: subprocess.Popen[str] = field(repr=False)
    url: str
    """As the browser reaches it."""

    @property
    def is_running(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        """Ends the process; its standard input is the sign."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Servers:
    """The servers of one process, by log folder and address.

    `_lock` is held while a server starts, so that two cells at once start one.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._servers: dict[tuple[Path | Address, str], Server] = {}

    def list(self) -> list[Server]:
        """Those that run, by port."""
        return sorted((server for server in self._servers.values() if server.is_running), key=lambda one: one.port)

    def open(self, logdir: Path | Address, *, port: int, url: str) -> Server:
        """The server on a folder, started unless it runs."""
        key = (logdir if isinstance(logdir, Address) else logdir.expanduser().resolve(), url)
        with self._lock:
            server = self._servers.get(key)
            if server is None or not server.is_running:
                server = self._servers[key] = start(key[0], port=port, url=url)
            return server

    def find(self, port: int | None) -> Server:
        """The server on a port, or the newest. Raises BadArgument."""
        running = [server for server in self._servers.values() if server.is_running]
        found = [server for server in running if port in (None, server.port)]
        if not found:
            where = "" if port is None else f" on port {port}"
            raise BadArgument(f"No server of this notebook runs{where}.", hint="%goodfit LOGDIR starts one")
        return found[-1]

    def close(self) -> None:
        for server in self.list():
            server.stop()


def start(logdir: Path | Address, *, port: int, url: str) -> Server:
    """Starts a server on a loopback port and waits for its address.

    Raises:
        GoodfitError: it ended before it said where it is; with what it said instead.
    """
    frames = [word for source in FRAMES for word in ("--frame-ancestor", source)]
    command = [sys.executable, "-m", "goodfit.notebook", str(logdir), "--port", str(port), *frames]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout is not None and process.stderr is not None
    first = process.stdout.readline()
    if not first:
        _, rest = process.communicate()
        said = rest.strip()
        raise GoodfitError(f"The server on {str(logdir)!r} did not start: {said or 'it said nothing'}")
    # What else it says is of no use below a cell, but must be taken, or it would wait for ever.
    for stream in (process.stdout, process.stderr):
        threading.Thread(target=_drain, args=(stream,), name="goodfit-notebook-drain", daemon=True).start()
    address = first.split(" on ", 1)[1].split()[0]
    bound_port = int(address.rstrip("/").rsplit(":", 1)[1])
    shown = url.replace(PORT_MARK, str(bound_port)) if url else address
    return Server(logdir, bound_port, process, shown)


def _drain(stream: Any) -> None:
    with stream:
        while stream.read(4096):
            pass


_servers = Servers()
atexit.register(_servers.close)


def goodfit(line: str) -> Frame:
    """Show the page on a log folder below the cell.

    %goodfit LOGDIR [--height PX] [--port PORT] [--url ADDRESS]

    `--url` is how the browser reaches the server where it runs on another machine: `%PORT%` in it becomes the port,
    as in `--url https://hub.example/user/me/proxy/%PORT%/`.
    """
    wanted = parse_line(line)
    return Frame(_servers.open(wanted.logdir, port=wanted.port, url=wanted.url).url, wanted.height_px)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a line asks for."""

    logdir: Path | Address
    height_px: int = HEIGHT_PX
    port: int = 0
    url: str = ""


def parse_line(line: str) -> Wanted:
    """The words behind `%goodfit`. Raises BadArgument.

    >>> parse_line("logs/fit --height=600").height_px
    600
    """
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise BadArgument(f"%goodfit cannot read {line!r}: {error}.") from error
    options: dict[str, str] = {}
    folders = []
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if name in ("--height", "--port", "--url", "--logdir"):
            options[name] = value if equals else next(rest, "")
        elif word.startswith("--"):
            raise BadArgument(f"%goodfit does not know {word!r}.", hint="%goodfit LOGDIR --height 600")
        else:
            folders.append(word)
    folders += [options["--logdir"]] if "--logdir" in options else []
    if len(folders) != 1 or not folders[0]:
        raise BadArgument(f"%goodfit takes one log folder, got {len(folders)}.", hint="%goodfit logs/fit")
    height_px = _number(options, "--height", HEIGHT_PX, 100, 10_000)
    return Wanted(
        _parse_folder(folders[0]), height_px, _number(options, "--port", 0, 0, 65_535), options.get("--url", "")
    )


def _parse_folder(word: str) -> Path | Address:
    address = parse_address(word)
    if address is not None and (address.user_info or address.query):
        # It would stand in the list of this machine's processes, where the server is started.
        raise BadArgument(f"%goodfit takes no password or token for {address}.", hint="goodfit ADDRESS, in a terminal")
    return address or Path(word)


def _number(options: dict[str, str], name: str, default: int, low: int, high: int) -> int:
    word = options.get(name, str(default))
    if not (word.isascii() and word.isdecimal() and low <= int(word) <= high):
        raise BadArgument(f"{name} is {word!r}; wanted {low} to {high}.")
    return int(word)


def list_servers() -> list[Server]:
    """The servers that this process started and that still run, by port."""
    return _servers.list()


def display(port: int | None = None, *, height_px: int = HEIGHT_PX) -> Frame:
    """The page of the server on a port, or of the newest one. Raises BadArgument."""
    return Frame(_servers.find(port).url, height_px)


def stop(port: int | None = None) -> None:
    """Ends the server on a port, or the newest one. Raises BadArgument."""
    _servers.find(port).stop()


def load_ipython_extension(shell: Any) -> None:
    """Called by `%load_ext goodfit`."""
    shell.register_magic_function(goodfit, "line", "goodfit")


def unload_ipython_extension(_: Any) -> None:
    """Called by `%unload_ext goodfit`; ends the servers."""
    _servers.close()


def serve_until_input_ends(arguments: Sequence[str]) -> int:
    """The started process: `goodfit serve` until whoever started it is gone, however it went."""
    import signal

    from goodfit.cli.main import run

    def wait() -> None:
        while os.read(0, 4096):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="goodfit-notebook-parent", daemon=True).start()
    return run(["serve", *arguments, "--no-open"])


if __name__ == "__main__":
    sys.exit(serve_until_input_ends(sys.argv[1:]))
