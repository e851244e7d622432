"""A visitor's regular expression → the texts that it finds, in bounded time.

Python's `re` tries alternatives one after the other and holds the interpreter meanwhile: forty characters such as
`(.|.)(.|.)…!` keep it for hours, and the whole server with it. Looking at a pattern does not tell which ones do. So a
process of its own matches, which is ended after `PATIENCE_S`; only patterns without any alternatives are matched here.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Sequence

PATIENCE_S = 2.0
MAX_PATTERN_CHARS = 1_000
_PLAIN = re.compile(r"[^\\^$*+?{}\[\]|()]*(\.\*)?")
"""Letters and dots, and at most one loop, at the end: nothing to try again."""
_MATCHER = """
import json, re, sys
expression, texts, is_anywhere = json.load(sys.stdin)
pattern = re.compile(expression)
finds = pattern.search if is_anywhere else pattern.match
json.dump([text for text in texts if finds(text)], sys.stdout)
"""


def find_texts(expression: str, texts: Sequence[str], *, is_anywhere: bool = False) -> list[str] | None:
    """Those of the texts that the expression matches at their start, or anywhere in them.

    None when it is no expression, or takes too long.

    >>> find_texts("loss/.*", ["loss/train", "accuracy"]), find_texts("(", ["loss"])
    (['loss/train'], None)
    """
    if not expression or len(expression) > MAX_PATTERN_CHARS:
        return None
    if _PLAIN.fullmatch(expression):
        pattern = re.compile(expression)
        finds = pattern.search if is_anywhere else pattern.match
        return [text for text in texts if finds(text)]
    try:
        done = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _MATCHER],
            input=json.dumps([expression, list(texts), is_anywhere]).encode("ascii"),
            capture_output=True,
            timeout=PATIENCE_S,
            check=True,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
        return None
    found: list[str] = json.loads(done.stdout)
    return found
