"""`goodfit run -- COMMAND`: a training command, its streams and signals passed through, and a message of how it
ended."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

import click

from goodfit import config
from goodfit.alerts.ending import Ending, classify_exit, count_oom_kills, format_duration, message_of, tail_lines
from goodfit.alerts.message import Message, make_message
from goodfit.alerts.notify import queue_message, wait_for_answers
from goodfit.alerts.outbox import TTL_WARNING_S
from goodfit.alerts.routes import KNOWN_NAMES, find_targets, mark_of
from goodfit.alerts.words import say
from goodfit.cli.duration import parse_duration
from goodfit.cli.passthrough import Stream, newest_change
from goodfit.errors import GoodfitError
from goodfit.sdk.companion import SUPERVISED_VARIABLE, Companion, start_companion

_FORWARDED = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2")
_FROM_KEYBOARD = ("SIGINT", "SIGQUIT")
_ANSWER_PATIENCE_S = 5.0


@click.command(
    context_settings={"allow_interspersed_args": False},
    epilog="""\b
Examples:
  goodfit run -- python train.py --lr 0.001
  goodfit run --notify pushbullet --logdir logs/fit -- python train.py
""",
)
@click.option(
    "--notify", "channels", multiple=True, metavar="CHANNEL", help="Where to tell: a name or an address; repeatable.",
)  # fmt: skip
@click.option(
    "--logdir",
    type=click.Path(path_type=Path),
    metavar="LOGDIR",
    help="Its log folder: followed, and new points count as life.",
)
@click.option("--name", metavar="TEXT", help="What to call it.  [default: the script's name]")
@click.option(
    "--stalled-after",
    default="30m",
    show_default=True,
    metavar="DURATION",
    help="Tell when it is silent for so long (90s, 2h); 0: never.",
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED, metavar="COMMAND...")
def command(
    channels: tuple[str, ...], logdir: Path | None, name: str | None, stalled_after: str, words: tuple[str, ...]
) -> None:
    """Run a training command and tell how it ended: finished, failed, killed, out of memory or stalled.

    Its input, output, signals and exit status pass through.
    """
    settings = config.load()
    wanted = [part for word in channels for part in ([word] if "://" in word else word.split(",")) if part] or None
    stalled_after_s = 0.0 if stalled_after.strip() in ("0", "never") else parse_duration(stalled_after)
    if wanted is not None:
        _warn_of_missing(wanted, settings)
    what = name or name_of(words)
    teller = Teller(wanted, settings)
    told = wanted or settings.default_channel_names()
    companion = start_companion(str(logdir.absolute()) if logdir is not None else "", what, told, kind="command")
    environ = dict(os.environ) | {SUPERVISED_VARIABLE: ",".join(mark_of(word) for word in told)}
    ending = supervise(words, what, teller, companion, environ=environ, logdir=logdir, stalled_after_s=stalled_after_s)
    ids = teller.tell(message_of(ending, settings.language), kind=ending.kind)
    companion.goodbye("told")
    if ids and settings.ends_with_us:
        wait_for_answers(settings, ids, timeout_s=_ANSWER_PATIENCE_S)
    assert ending.exit_status is not None
    raise click.exceptions.Exit(ending.exit_status)


def name_of(words: Sequence[str]) -> str:
    """What to call a command: its script or module, else the program.

    >>> name_of(["python3", "-u", "src/train.py", "--lr", "1"]), name_of(["python", "-m", "pkg.train"])
    ('train.py', 'pkg.train')
    >>> name_of(["python", "-c", "print()"]), name_of(["make"])
    ('python -c', 'make')
    """
    program = Path(words[0]).name
    if program.startswith("python"):
        for idx, word in enumerate(words[1:], start=1):
            if word == "-c":
                return f"{program} -c"
            if word == "-m" and idx + 1 < len(words):
                return words[idx + 1]
            if not word.startswith("-"):
                return Path(word).name
    return program


class Teller:
    """Queues messages; a message that cannot be queued is shown on stderr and never ends the command."""

    def __init__(self, channels: Sequence[str] | None, settings: config.Settings) -> None:
        self._channels = channels
        self._settings = settings
        self.language = settings.language

    def tell(self, message: Message, *, kind: str, ttl_s: float | None = None) -> list[str]:
        """Queues a message; the ids of its deliveries, empty when that failed."""
        try:
            if ttl_s is None:
                return queue_message(message, self._channels, self._settings, kind=kind)
            return queue_message(message, self._channels, self._settings, kind=kind, ttl_s=ttl_s)
        except GoodfitError as error:
            click.echo(f"goodfit: {message.title}\ngoodfit: could not tell anybody: {error}", err=True)
            return []


def supervise(
    words: Sequence[str],
    what: str,
    teller: Teller,
    companion: Companion,
    *,
    environ: Mapping[str, str],
    logdir: Path | None,
    stalled_after_s: float,
) -> Ending:
    """Runs the command to its end.

    Args:
        words: program and arguments.
        what: what to call it.
        teller: hears of stalls.
        companion: is told the command's process id.
        environ: of the command.
        logdir: where new points count as life; None for nowhere.
        stalled_after_s: how long both may be silent; 0 for ever.
    """
    started = time.monotonic()
    language = teller.language
    facts = (f"{say('on_host', language, host=socket.gethostname())}: {shlex.join(words)}"[:300],)
    n_oom_before = count_oom_kills()
    err = Stream(2, keeps_tail=True)
    out = Stream(1, keeps_tail=False)
    try:
        process = subprocess.Popen(list(words), stdout=out.child_end, stderr=err.child_end, env=environ)
    except OSError as error:
        for stream in (err, out):
            stream.start()
            stream.finish()
        status = 127 if isinstance(error, FileNotFoundError) else 126
        click.echo(f"goodfit: {words[0]!r} cannot be started: {error.strerror}.", err=True)
        reason = say("cannot_start", language, why=error.strerror)
        return Ending("failed", what, reason, status, None, (), facts)
    with passing_signals(process, [err, out]):
        err.start()
        out.start()
        companion.supervising(process.pid)
        with telling_stalls([err, out], what, teller, logdir=logdir, stalled_after_s=stalled_after_s):
            return_code = process.wait()
    err.finish()
    out.finish()
    n_oom_after = count_oom_kills()
    n_oom_kills = max(0, n_oom_after - n_oom_before) if n_oom_before is not None and n_oom_after is not None else 0
    duration_s = time.monotonic() - started
    tail = tail_lines(err.tail)
    return classify_exit(
        what, return_code, tail, n_oom_kills=n_oom_kills, duration_s=duration_s, facts=facts, language=language
    )


@contextlib.contextmanager
def telling_stalls(
    streams: Sequence[Stream], what: str, teller: Teller, *, logdir: Path | None, stalled_after_s: float
) -> Iterator[None]:
    """Watches for silence beside the block; arguments as of `supervise`."""
    if stalled_after_s <= 0:
        yield
        return
    ended = threading.Event()
    watcher = threading.Thread(
        target=watch_for_stalls,
        args=(streams, what, teller, ended),
        kwargs={"logdir": logdir, "stalled_after_s": stalled_after_s},
        name="goodfit-stall",
        daemon=True,
    )
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


@contextlib.contextmanager
def passing_signals(process: subprocess.Popen[bytes], streams: list[Stream]) -> Iterator[None]:
    """Signals sent to us reach the command; one that was ignored when we began stays ignored for both."""

    def forward(number: int, frame: FrameType | None) -> None:
        if signal.Signals(number).name in _FROM_KEYBOARD and _is_in_foreground():
            return  # the terminal has sent it to the command as well; twice means "at once" to many trainers
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)

    def resize(number: int, frame: FrameType | None) -> None:
        for stream in streams:
            stream.resize()

    before = {}
    for name in _FORWARDED:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            before[number] = signal.signal(number, forward)
    if hasattr(signal, "SIGWINCH"):
        before[signal.SIGWINCH] = signal.signal(signal.SIGWINCH, resize)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_in_foreground() -> bool:
    """Whether a key pressed at the terminal reaches us and the command alike."""
    try:
        with open("/dev/tty", "rb") as terminal:  # noqa: PTH123 - a device, not a file
            return os.tcgetpgrp(terminal.fileno()) == os.getpgrp()
    except (OSError, AttributeError):
        return False


def watch_for_stalls(
    streams: list[Stream],
    what: str,
    teller: Teller,
    ended: threading.Event,
    *,
    logdir: Path | None,
    stalled_after_s: float,
) -> None:
    """Tells once when neither output nor new points came for so long, and once when they come again."""
    language = teller.language
    told_since: float | None = None
    while not ended.wait(min(stalled_after_s / 4, 10.0)):
        silent_s = min(stream.seconds_silent() for stream in streams)
        if silent_s > stalled_after_s and logdir is not None:
            silent_s = min(silent_s, max(0.0, time.time() - newest_change(logdir)))
        if silent_s > stalled_after_s and told_since is None:
            told_since = time.monotonic() - silent_s
            key = "no_output_no_points" if logdir is not None else "no_output"
            ending = Ending("stalled", what, say(key, language, duration=format_duration(silent_s, language)))
            teller.tell(message_of(ending, language), kind="stalled", ttl_s=TTL_WARNING_S)
        elif silent_s <= stalled_after_s and told_since is not None:
            gap = say("silent", language, duration=format_duration(time.monotonic() - told_since, language))
            message = make_message(f"✓ {say('resumed', language, what=what)}", gap)
            teller.tell(message, kind="resumed", ttl_s=TTL_WARNING_S)
            told_since = None


def _warn_of_missing(channels: Sequence[str], settings: config.Settings) -> None:
    """Says at the start, while somebody looks, which channel has no address yet."""
    for target in find_targets(channels, settings):
        if target.channel is None:
            name = target.route.channel
            click.echo(
                f"goodfit: {name} has no address yet; its messages will wait.\nhint: {KNOWN_NAMES[name]}", err=True
            )
