"""`--lang` → the language of the sentences: what was given, else the setting `language`, else English."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

import click

from goodfit.config import Language


def language_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives a command the option and the argument `language`."""
    return click.option(
        "--lang",
        "language",
        type=click.Choice(get_args(Language)),
        callback=_resolve,
        help="Language of the sentences.  [default: the setting `language`, else en]",
    )(function)


def _resolve(_ctx: click.Context, _option: click.Parameter, value: Language | None) -> Language:
    if value is not None:
        return value
    from goodfit import config
    from goodfit.errors import ConfigError

    try:
        return config.load().language
    except ConfigError:
        # Channels may be set up wrongly: whoever sends says so, and reading goes on.
        return "en"
