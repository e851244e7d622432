"""`goodfit LOGDIR`: the page on a log folder, followed live until Ctrl-C."""

from __future__ import annotations

import signal
import socket
import threading
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goodfit import config
from goodfit.cli.log_folder import LOG_FOLDER, require_folder
from goodfit.cli.output import Progress, clean, count
from goodfit.cli.port import MAX_PORT, PORT
from goodfit.errors import BadArgument

if TYPE_CHECKING:
    from goodfit.remote.address import Address
    from goodfit.server.settings import Settings
    from goodfit.watch.loop import Watch
    from goodfit.watch.snapshot import Update

DEFAULT_PORT = 6006
"""TensorBoard's, so that people and their tunnels find it."""
PROGRESS_INTERVAL_S = 0.2

START_LINES = """\
    import goodfit
    with goodfit.Run({folder}) as run:
        run.log(step, {{"loss": loss, "val_loss": val_loss}})"""


@click.command(
    epilog="""\b
Examples:
  goodfit logs/fit
  goodfit logs/fit --port 6007 --open
  GOODFIT_SERVE_TOKEN=… goodfit logs/fit --host 0.0.0.0
""",
)
@click.argument("logdir", type=LOG_FOLDER)
@click.option("--port", type=PORT, metavar="PORT", help="Port, or the next free one; 0 takes any.  [default: 6006]")
@click.option(
    "--host", metavar="ADDRESS", help="Address to listen on; other than loopback needs --token.  [default: 127.0.0.1]"
)
@click.option(
    "--token", metavar="TOKEN", help="Asked of every visitor; better in GOODFIT_SERVE_TOKEN, which `ps` does not show."
)
@click.option("--base-path", metavar="PATH", help="Prefix of every address, behind a proxy.")
@click.option(
    "--allow-host", multiple=True, metavar="NAME", help="A further name that the server answers to; repeatable."
)
@click.option(
    "--frame-ancestor", multiple=True, metavar="SITE", help="A site that may show the page in a frame; repeatable."
)
@click.option("--open/--no-open", "opens", default=None, help="Open the page in a browser.  [default: no-open]")
@click.option("--window-title", metavar="TEXT", help="Title of the browser's window.")
@click.option("--poll", type=float, metavar="SECONDS", help="Wait between looks at the files.  [default: 0.3]")
def command(
    logdir: Path | Address,
    port: int | None,
    host: str | None,
    token: str | None,
    base_path: str | None,
    allow_host: tuple[str, ...],
    frame_ancestor: tuple[str, ...],
    opens: bool | None,
    window_title: str | None,
    poll: float | None,
) -> None:
    """Show the page on LOGDIR and follow its files live."""
    values = config.load()
    wanted_port = values.integer("serve.port", flag=port, default=DEFAULT_PORT)
    poll_s = values.number("serve.poll", flag=poll, default=0.3)
    assert wanted_port is not None and poll_s is not None
    if not 0 <= wanted_port <= MAX_PORT:
        raise BadArgument(f"setting 'serve.port' is {wanted_port}, wanted 0 to {MAX_PORT}.")
    if not 0.05 <= poll_s <= 3600:
        raise BadArgument(f"--poll {poll_s} is not between 0.05 and 3600 seconds.")
    serve(
        logdir,
        host=values.text("serve.host", flag=host, default="127.0.0.1") or "127.0.0.1",
        port=wanted_port,
        token=values.text("serve.token", flag=token),
        base_path=values.text("serve.base_path", flag=base_path, default="") or "",
        allowed_hosts=allow_host or values.words("serve.allow_host"),
        frame_ancestors=frame_ancestor or values.words("serve.frame_ancestor"),
        opens=values.boolean("serve.open", flag=opens, default=False),
        window_title=values.text("serve.window_title", flag=window_title, default="") or "",
        poll_s=poll_s,
        is_remote=bool(values.environ.get("SSH_CONNECTION")),
    )


def serve(
    logdir: Path | Address,
    *,
    host: str = "127.0.0.1",
    port: int = DEFAULT_PORT,
    token: str | None = None,
    base_path: str = "",
    allowed_hosts: tuple[str, ...] = (),
    frame_ancestors: tuple[str, ...] = (),
    opens: bool = False,
    window_title: str = "",
    poll_s: float = 0.3,
    is_remote: bool = False,
) -> None:
    """Serves the page on a log folder until the process is interrupted.

    Raises:
        BadArgument: an address that may not or cannot be listened on, or a path that is not a folder.
    """
    from goodfit.server.settings import Settings, clean_base_path, is_loopback

    if not is_loopback(host) and not token:
        raise BadArgument(
            f"--host {host!r} lets other machines in, which needs --token. Nothing was started.",
            hint="for one other machine, an ssh tunnel (ssh -L) needs neither",
        )
    require_folder(logdir)

    # The imports below take a third of a second: the port is ours, and says so, before them.
    from goodfit.server.interrupt import leave_at_once
    from goodfit.server.listening import bind
    from goodfit.server.shelf import shelf_path

    with bind(host, port) as listener:
        bound_port = listener.getsockname()[1]
        settings = Settings(
            logdir=clean(str(logdir)),  # shown only; bytes that no encoding has would stop the answers
            host=host,
            port=bound_port,
            token=token or None,
            base_path=clean_base_path(base_path),
            window_title=clean(window_title),
            allowed_hosts=allowed_hosts,
            frame_ancestors=("'self'", *frame_ancestors),
            shelf_path=shelf_path(config.load().state_dir, str(logdir)),
        )
        if port and bound_port != port:
            click.echo(f"port {port} is taken, using {bound_port}", err=True)
        # Before the server takes the signal over, and after it gave it back, there is nothing to save and nothing to
        # show: a Ctrl-C then would break off a thread or an import and print where.
        signal.signal(signal.SIGINT, leave_at_once)
        announce(settings, is_remote=is_remote)
        run_server(logdir, listener, settings, poll_s=poll_s, opens=opens)


def address_of(settings: Settings) -> str:
    """The page's URL as this machine reaches it."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"http://{host}:{settings.port}{settings.base_path}/"


def announce(settings: Settings, *, is_remote: bool) -> None:
    """Says where the page is, and over SSH how to get there."""
    click.echo(f"Goodfit on {address_of(settings)}  (Ctrl-C stops it)")
    if settings.token:
        click.echo("  the first visit needs the token: add ?token=… to the address", err=True)
    if is_remote:
        port = settings.port
        machine = clean(socket.gethostname())
        click.echo(f"  from your own machine:  ssh -L {port}:127.0.0.1:{port} {machine}", err=True)


def run_server(
    logdir: Path | Address, listener: socket.socket, settings: Settings, *, poll_s: float, opens: bool
) -> None:
    """Follows the folder and answers until interrupted."""
    from goodfit.server.app import create_app
    from goodfit.server.live import Hub
    from goodfit.server.serving import PageServer
    from goodfit.watch.loop import watch_folder
    from goodfit.watch.pace import Pace

    user_settings = config.load()
    hub = Hub()
    watch = watch_folder(
        logdir,
        pace=Pace(shortest_s=poll_s, longest_s=max(1.0, poll_s)),
        cache_folder=user_settings.cache_dir,
    )
    watch.subscribe(FirstWords(logdir))
    server = PageServer(create_app(watch, settings, hub=hub), hub)
    done = threading.Event()
    reporter = threading.Thread(target=report_progress, args=(watch, done), name="goodfit-progress", daemon=True)
    with watch:
        watch.start()
        reporter.start()
        if opens:
            webbrowser.open(address_of(settings))
        threading.Thread(target=deliver_leftovers, args=(user_settings,), name="goodfit-leftovers", daemon=True).start()
        try:
            server.run(sockets=[listener])
        finally:
            done.set()
            reporter.join()


def deliver_leftovers(settings: config.Settings) -> None:
    """Starts the sender when messages of an earlier command still wait."""
    from goodfit.alerts.launch import send_left_behind
    from goodfit.errors import GoodfitError

    try:
        send_left_behind(settings)
    except (GoodfitError, OSError) as error:
        click.echo(f"  messages that wait could not be looked at: {clean(str(error))}", err=True)


class FirstWords:
    """Says on stderr what the first reading found, once."""

    def __init__(self, logdir: Path | Address) -> None:
        self._logdir = logdir
        self._has_spoken = False

    def __call__(self, update: Update) -> None:
        if self._has_spoken or not update.snapshot.is_read:
            return
        self._has_spoken = True
        folder = clean(str(self._logdir))
        n_trainings = len(update.snapshot.trainings)
        if n_trainings:
            found = f"{count(n_trainings, 'training')} in {count(update.snapshot.n_files, 'file')}"
            click.echo(f"  watching {folder}: {found}", err=True)
            return
        if not isinstance(self._logdir, Path):
            click.echo(f"  watching {folder}, no event files there yet", err=True)
            return
        if not self._logdir.exists():
            click.echo(f"  there is no folder {folder!r} yet; it is watched for. To start:\n", err=True)
        else:
            click.echo(f"  watching {folder}, nothing here yet. To start:\n", err=True)
        click.echo(START_LINES.format(folder=repr(str(self._logdir / "first"))) + "\n", err=True)


def report_progress(watch: Watch, done: threading.Event) -> None:
    """Shows on stderr how far the first reading and judging are, when they take more than a second."""
    reading, judging = Progress("reading"), Progress("judging")
    while not done.wait(PROGRESS_INTERVAL_S):
        snapshot = watch.snapshot
        if not snapshot.is_read:
            files = watch.store.list_files()
            n_read = sum(file.read_bytes for file in files)
            n_done = sum(file.read_bytes >= file.size_bytes for file in files)
            total = max(n_read, snapshot.total_bytes)
            reading.show(f"{n_done} of {len(files)} files, {n_read / 1e6:.0f} of {total / 1e6:.0f} MB")
        elif snapshot.n_judged < len(snapshot.trainings):
            judging.show(f"{snapshot.n_judged} of {len(snapshot.trainings)}")
        else:
            break
    reading.clear()
    judging.clear()
