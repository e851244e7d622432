"""`90s`, `30m`, `8h`, `2d` → seconds."""

from __future__ import annotations

import re

from goodfit.errors import BadArgument

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_SECONDS_OF = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
LONGEST_S = 366 * 86400.0
"""Beyond a year somebody mistyped, and clocks have no date for the end."""


def parse_duration(text: str) -> float:
    """Seconds of a duration.

    Raises:
        BadArgument: it is not a number with a unit, it is nothing, or more than a year.

    >>> parse_duration("1.5h")
    5400.0
    """
    match = _DURATION.fullmatch(text.strip())
    if match is None or float(match[1]) == 0:
        raise BadArgument(f"duration is {text!r}, wanted a number and s, m, h or d, such as 8h.")
    duration_s = float(match[1]) * _SECONDS_OF[match[2]]
    if duration_s > LONGEST_S:
        raise BadArgument(f"duration is {text!r}, wanted a year (366d) at most.")
    return duration_s
