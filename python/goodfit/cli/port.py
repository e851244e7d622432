"""The `--port` of a command line → a number that a socket can be bound to."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    Parameter = click.ParamType[int]
else:
    Parameter = click.ParamType  # generic from click 8.4 on only

MAX_PORT = 65_535


class Port(Parameter):
    """Takes 0, which is any free port, to 65535."""

    name = "port"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not text.isascii() or not text.isdigit() or int(text) > MAX_PORT:
            self.fail(f"{text!r} is no port, wanted a whole number from 0 to {MAX_PORT}.", param, ctx)
        return int(text)


PORT = Port()
