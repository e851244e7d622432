"""How a process ended → what to tell of it.

finished   exit status 0, or a clean goodbye
failed     another exit status, or an exception
killed     ended by a signal, or gone without a goodbye; with the cause where the system tells it
stalled    still there, but silent for too long
"""

from __future__ import annotations

import re
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from goodfit.alerts.message import Message, make_message
from goodfit.alerts.words import say
from goodfit.config import Language
from goodfit.types import Severity

EndingKind = Literal["finished", "failed", "killed", "stalled"]

N_TAIL_LINES = 15
_MAX_TAIL_LINE = 300
_MAX_NAME = 30
_SEVERITY: dict[EndingKind, Severity] = {"finished": "info", "failed": "error", "killed": "error", "stalled": "warning"}
_MARK = {"finished": "✓", "failed": "✗", "killed": "✗", "stalled": "…"}
_TRACEBACK = "Traceback (most recent call last):"
# `package.module.Error: words`, `Error` alone, or `ExceptionGroup: words (2 sub-exceptions)`; never indented.
_EXCEPTION_LINE = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Za-z_]\w*(?::\s.*|\s*)")
_ESCAPES = re.compile(r"\x1b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run of a command, or a training, came to its end."""

    kind: EndingKind
    what: str
    """What ended: the training's name, or the command."""
    reason: str = ""
    """One line: the exception, the signal, the cause; empty when there is nothing to say."""
    exit_status: int | None = None
    """As a shell would see it; None when it is not known."""
    duration_s: float | None = None
    """Since it began; None when that is not known."""
    tail: tuple[str, ...] = ()
    """The last lines that it wrote to stderr."""
    facts: tuple[str, ...] = ()
    """Further lines for the body: last step, best value, host."""


def message_of(ending: Ending, language: Language = "en") -> Message:
    """The message that tells of an ending.

    >>> message_of(Ending("failed", "exp1", "ValueError: lr is nan", exit_status=1)).title
    '✗ exp1 failed: ValueError: lr is nan'
    """
    # A long name must leave room for the reason on a phone's lock screen.
    what = ending.what if len(ending.what) <= _MAX_NAME else f"{ending.what[: _MAX_NAME - 1]}…"
    title = f"{_MARK[ending.kind]} {say(ending.kind, language, what=what)}"
    if ending.reason and ending.kind != "finished":
        title += f": {ending.reason}"
    lines = []
    if ending.reason and ending.kind == "finished":
        lines.append(ending.reason)
    about = []
    if ending.duration_s is not None:
        about.append(say("after", language, duration=format_duration(ending.duration_s, language)))
    if ending.exit_status is not None and ending.kind != "finished":
        about.append(say("exit_status", language, status=ending.exit_status))
    if about:
        lines.append(", ".join(about))
    lines += ending.facts
    if ending.tail and ending.kind != "finished":
        lines += ["", *ending.tail[-N_TAIL_LINES:]]
    return make_message(title, "\n".join(lines).strip("\n"), severity=_SEVERITY[ending.kind])


def classify_exit(
    what: str,
    return_code: int,
    tail: tuple[str, ...],
    *,
    n_oom_kills: int = 0,
    duration_s: float | None = None,
    facts: tuple[str, ...] = (),
    language: Language = "en",
) -> Ending:
    """The ending of a process that was waited for.

    Args:
        what: what to call it.
        return_code: the exit status, or minus the signal's number, as `subprocess` gives it.
        tail: the last lines of its stderr.
        n_oom_kills: processes of its group that the kernel killed for memory meanwhile.
        duration_s: since it began.
        facts: further lines.
        language: of the reason.
    """
    if return_code == 0:
        return Ending("finished", what, "", 0, duration_s, (), facts)
    # A shell between us and the training turns its signal into 128 + the signal's number.
    number = -return_code if return_code < 0 else return_code - 128 if 128 < return_code < 128 + 65 else 0
    status = 128 + number if return_code < 0 else return_code
    if n_oom_kills > 0:
        if number == signal.SIGKILL:
            return Ending("killed", what, say("out_of_memory", language), status, duration_s, tail, facts)
        facts = (*facts, say("oom_beside", language, n=n_oom_kills))
    if number in (signal.SIGKILL, signal.SIGTERM) or (number and return_code < 0):
        reason = say("by_signal", language, signal=name_of_signal(number))
        return Ending("killed", what, reason, status, duration_s, tail, facts)
    reason = find_exception_line(tail) or say("exit_status", language, status=return_code)
    return Ending("failed", what, reason, status, duration_s, tail, facts)


def find_exception_line(lines: tuple[str, ...]) -> str:
    """The line that names the exception of the last Python traceback, empty when there is none.

    The first line after the traceback's frames that is not indented; a message of several lines gives its first.

    >>> find_exception_line(("Traceback (most recent call last):", '  File "t.py", line 1', "ValueError: no", "bye"))
    'ValueError: no'
    """
    starts = [idx for idx, line in enumerate(lines) if _TRACEBACK in line]
    # A group's frames stand behind bars: `  | ValueError: …`.
    for line in lines[starts[-1] + 1 :] if starts else ():
        if line and not line[0].isspace() and _EXCEPTION_LINE.fullmatch(line) and line.strip() != _TRACEBACK:
            return line.strip()[:_MAX_TAIL_LINE]
    if starts:
        return ""
    # The head of a very long traceback may be out of sight: its last line still looks like one.
    for line in reversed(lines):
        if re.match(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt|Warning|Exit)(?::\s|$)", line):
            return line.strip()[:_MAX_TAIL_LINE]
    return ""


def tail_lines(data: bytes) -> tuple[str, ...]:
    """What a terminal would show of these bytes, as lines: overwritten progress bars leave their last state, colours
    go.

    >>> tail_lines(b"10%\\r20%\\r30%\\nValueError: no\\n")
    ('30%', 'ValueError: no')
    """
    text = _ESCAPES.sub("", data.decode("utf-8", errors="replace"))
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        shown = next((part for part in reversed(line.split("\r")) if part.strip()), "")
        shown = "".join(c if c.isprintable() or c == "\t" else "" for c in shown).rstrip()
        if shown:
            lines.append(shown[:_MAX_TAIL_LINE])
    return tuple(lines)


def name_of_signal(number: int) -> str:
    """`SIGKILL (9)`, or `signal 99` for one without a name."""
    try:
        return f"{signal.Signals(number).name} ({number})"
    except ValueError:
        return f"signal {number}"


def format_duration(duration_s: float, language: Language = "en") -> str:
    """A duration in its two largest units.

    >>> format_duration(3.4), format_duration(75), format_duration(7384), format_duration(200000)
    ('3 s', '1 min 15 s', '2 h 3 min', '2 d 7 h')
    """
    seconds = round(max(duration_s, 0.0))
    if seconds < 60:
        return say("second", language, n=seconds)
    if seconds < 3600:
        return say("minutes", language, n=seconds // 60, rest=seconds % 60)
    if seconds < 86400:
        return say("hours", language, n=seconds // 3600, rest=seconds % 3600 // 60)
    return say("days", language, n=seconds // 86400, rest=seconds % 86400 // 3600)


def count_oom_kills(pid: int | str = "self") -> int | None:
    """How many processes of this process's control group the kernel has killed for memory; None where it does not tell.

    Linux, cgroup v2: `oom_kill` of memory.events; v1: `oom_kill` of memory.oom_control. Within a container's own view
    of the hierarchy the path may be `/`, which is the container's root.
    """
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    places = []
    for line in lines:
        _, controllers, path = (*line.split(":", 2), "", "")[:3]
        if controllers == "":
            places.append(Path("/sys/fs/cgroup") / path.lstrip("/") / "memory.events")
        elif "memory" in controllers.split(","):
            places.append(Path("/sys/fs/cgroup/memory") / path.lstrip("/") / "memory.oom_control")
            places.append(Path("/sys/fs/cgroup/memory/memory.oom_control"))
    for place in places:
        try:
            words = dict(line.split(maxsplit=1) for line in place.read_text(encoding="ascii").splitlines())
            return int(words["oom_kill"])
        except (OSError, ValueError, KeyError):
            continue
    return None
