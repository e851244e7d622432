"""`goodfit provider LOGDIR`: TensorBoard's own page on this engine, until Ctrl-C."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import click

from goodfit.cli.log_folder import LOG_FOLDER, require_folder
from goodfit.cli.output import clean, count
from goodfit.cli.port import PORT

if TYPE_CHECKING:
    from pathlib import Path

    from goodfit.query.compat import Reading
    from goodfit.remote.address import Address

DEFAULT_PORT = 6106
"""A hundred above TensorBoard's own, which its page will want."""
COMPAT = ("tensorboard-python", "tensorboard-rust", "all")
FIRST_READING_S = 600.0


@click.command(
    epilog="""\b
Example:
  goodfit provider logs/fit
  tensorboard --grpc_data_provider=localhost:6106
""",
)
@click.argument("logdir", type=LOG_FOLDER)
@click.option("--port", type=PORT, default=DEFAULT_PORT, show_default=True, metavar="PORT", help="Port; 0 takes any.")
@click.option(
    "--compat",
    type=click.Choice(COMPAT),
    metavar="READER",
    help="Show restarts as tensorboard-python or tensorboard-rust do, or `all` points.  [default: the newest branch]",
)
def command(logdir: Path | Address, port: int, compat: str | None) -> None:
    """Serve LOGDIR to TensorBoard's own page, over its gRPC protocol, on this machine only."""
    from goodfit.config import find_cache_folder
    from goodfit.provider.serving import ProviderServer

    require_folder(logdir)
    reading = cast("Reading", compat or "newest")
    with ProviderServer(logdir, port=port, reading=reading, cache_folder=find_cache_folder()) as server:
        click.echo(f"Data of {clean(str(logdir))} for TensorBoard on port {server.port}  (Ctrl-C stops it)")
        click.echo(f"  tensorboard --grpc_data_provider=localhost:{server.port}", err=True)
        if server.wait_until_read(FIRST_READING_S):
            n_runs = len(server.store.list_runs())
            click.echo(f"  {count(n_runs, 'run')} read" if n_runs else "  no event files there yet", err=True)
        try:
            server.wait_until_stopped()
        except KeyboardInterrupt:
            click.echo("", err=True)
