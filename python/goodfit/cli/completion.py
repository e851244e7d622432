"""`goodfit completion SHELL`: the script by which a shell completes commands, options and folders.

The shell runs it once; from then on it asks `goodfit` itself, which `cli/main.py` answers.
"""

from __future__ import annotations

import click

from goodfit.cli.main import COMPLETE_VARIABLE
from goodfit.cli.main import command as goodfit


@click.command(
    epilog="""\b
Examples:
  eval "$(goodfit completion bash)"       # in ~/.bashrc
  eval "$(goodfit completion zsh)"        # in ~/.zshrc, after compinit
  goodfit completion fish > ~/.config/fish/completions/goodfit.fish
""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def command(shell: str) -> None:
    """Print the script that completes commands, options and folders in SHELL: bash, zsh or fish."""
    from click.shell_completion import get_completion_class

    completion = get_completion_class(shell)
    assert completion is not None
    maker = completion(goodfit, {}, "goodfit", COMPLETE_VARIABLE)
    # Not source(): for bash it starts one to look at its version.
    click.echo(maker.source_template % maker.source_vars())
