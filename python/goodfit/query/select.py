"""Regular expressions → the series they name."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from goodfit.errors import BadArgument, UnknownSeries
from goodfit.types import SeriesInfo


def select_series(
    series: Iterable[SeriesInfo], *, runs: str | None = None, tags: str | None = None
) -> list[SeriesInfo]:
    """The series whose run and tag match, in the order given.

    Args:
        series: what to choose from.
        runs: a regular expression that is searched for in the run's name; None takes all.
        tags: likewise for the tag.

    Raises:
        BadArgument: an expression does not compile.

    Example:
        >>> from goodfit.types import SeriesKey
        >>> infos = [SeriesInfo(SeriesKey("a/train", tag), "scalar", 1, 0, 0, 0.0) for tag in ("loss", "lr")]
        >>> [info.key.tag for info in select_series(infos, tags="^lo")]
        ['loss']
    """
    run_pattern, tag_pattern = _compile(runs, "runs"), _compile(tags, "tags")
    return [info for info in series if run_pattern.search(info.key.run) and tag_pattern.search(info.key.tag)]


def _compile(expression: str | None, name: str) -> re.Pattern[str]:
    try:
        return re.compile(expression or "")
    except re.error as error:
        raise BadArgument(
            f"{name}={expression!r} is no regular expression: {error}.",
            hint="escape special characters with a backslash, for example `metrics/mAP50\\(B\\)`",
        ) from error


def unknown(what: str, name: str, known: Sequence[str], where: str) -> UnknownSeries:
    """The error for a name that is not there, with close matches as the hint."""
    close = (
        difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        or [other for other in known if name.casefold() in other.casefold() or other.casefold() in name.casefold()][:3]
    )
    if close:
        hint = "did you mean " + " or ".join(repr(other) for other in close) + "?"
    elif known:
        hint = f"there are {len(known)}: " + ", ".join(repr(other) for other in known[:5])
        hint += ", …" if len(known) > 5 else ""
    else:
        hint = "there is nothing here yet; refresh() reads what was written since"
    return UnknownSeries(f"no {what} {name!r} in {where}.", hint=hint)
