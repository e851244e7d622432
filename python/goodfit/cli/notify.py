"""`goodfit notify`: where messages go, and how each one fared."""

from __future__ import annotations

import json
import select
import sys
import time
from datetime import datetime
from typing import Any

import click

from goodfit import config
from goodfit.alerts.channels import list_schemes
from goodfit.alerts.delivery import Delivery
from goodfit.alerts.launch import start_sender
from goodfit.alerts.outbox import Outbox
from goodfit.alerts.redaction import Redactor, find_secrets
from goodfit.alerts.routes import KNOWN_NAMES, find_targets
from goodfit.cli.duration import parse_duration
from goodfit.cli.output import clean, format_columns, paint
from goodfit.errors import BadArgument, GoodfitError
from goodfit.types import Severity

_SECRET_OF = {
    "pushbullet": ("access token (https://www.pushbullet.com/#settings)", "PUSHBULLET_TOKEN"),
    "slack": ("webhook address (https://hooks.slack.com/…)", "SLACK_WEBHOOK_URL"),
    "discord": ("webhook address (https://discord.com/api/webhooks/…)", "DISCORD_WEBHOOK_URL"),
    "telegram": ("bot token and chat, as TOKEN/CHAT", ""),
    "ntfy": ("topic, or server/topic (its name is the secret)", "GOODFIT_NTFY_URL"),
    "webhook": ("address (https://…)", "GOODFIT_WEBHOOK_URL"),
    "email": ("SMTP address (smtps://user:password@host/?to=you@example.com)", "GOODFIT_EMAIL_URL"),
}
_STDIN_PATIENCE_S = 1.0
_STATE_COLOUR = {"sent": "green", "failed": "red", "expired": "red", "queued": "yellow", "sending": "yellow"}


@click.group(
    epilog="""\b
Examples:
  goodfit notify add pushbullet
  goodfit notify test
  goodfit notify log
""",
)
def command() -> None:
    """Set up and test where messages go, and see how each one fared."""


@command.command(
    epilog="""\b
Examples:
  goodfit notify add pushbullet
  pass show pushbullet | goodfit notify add pushbullet
""",
)
@click.argument("channel")
@click.option("--name", metavar="TEXT", help="What to call it.  [default: the kind of channel]")
@click.option(
    "--min-severity",
    type=click.Choice(["info", "warning", "error"]),
    default="info",
    show_default=True,
    metavar="LEVEL",
    help="Only alerts as severe as this go there: info, warning or error.",
)
@click.option(
    "--token", metavar="SECRET", help="The secret, for scripts; shells keep it in their history, and `ps` shows it."
)
@click.option(
    "--target",
    metavar="TEXT",
    help="Pushbullet: a device's iden, an e-mail address or #channel.  [default: all devices]",
)
def add(channel: str, name: str | None, min_severity: Severity, token: str | None, target: str | None) -> None:
    """Add a channel: a kind (pushbullet, slack, …) or a whole address.

    The secret is asked for, or read from standard input or the channel's variable; as an argument it would stay in the
    shell's history. It is kept in config.toml, which only you may read.
    """
    settings = config.load()
    kind = channel.partition("://")[0].partition("+")[0]
    if "://" in channel:
        url = channel
    elif kind in _SECRET_OF:
        url = _url_from_secret(kind, token or _ask_secret(kind, settings), target)
    elif kind in ("console", "desktop"):
        url = f"{kind}://"
    else:
        raise BadArgument(f"channel {channel!r} is not known.", hint=f"known are {', '.join(list_schemes())}")
    from goodfit.alerts.channels import open_channels

    opened = open_channels(url, settings)  # says what is wrong before anything is written
    chosen = name or {"http": "webhook", "https": "webhook", "smtp": "email", "smtps": "email"}.get(kind, kind)
    config.save_channel(settings, chosen, url, min_severity=min_severity)
    with Outbox(settings.outbox_path) as outbox:
        for one in opened:
            outbox.clear_stops(one.credential, one.target)
        is_waiting = bool(outbox.list_open() or outbox.list_held())
    labels = ", ".join(one.label for one in opened)
    click.echo(f"added {chosen}: {clean(labels)}")
    click.echo(f"next: goodfit notify test {chosen}", err=True)
    if is_waiting:
        start_sender(config.load())  # what waited for this channel goes now


def _ask_secret(kind: str, settings: config.Settings) -> str:
    what, variable = _SECRET_OF[kind]
    if sys.stdin.isatty():
        secret = str(click.prompt(f"{kind} {what}", hide_input=True, err=True))
    else:
        known = settings.environ.get(variable, "") if variable else ""
        # An open pipe that nobody writes to must not hold us up when the variable is there.
        is_given = not known or bool(select.select([sys.stdin], [], [], _STDIN_PATIENCE_S)[0])
        secret = (sys.stdin.readline().strip() if is_given else "") or known
    if not secret.strip():
        wanted = f" and {variable} is empty" if variable else ""
        raise BadArgument(
            f"no {kind} secret was given: standard input was empty{wanted}.",
            hint=f'run it in a terminal, or: echo "$SECRET" | goodfit notify add {kind}',
        )
    return secret.strip()


def _url_from_secret(kind: str, secret: str, target: str | None) -> str:
    from urllib.parse import quote

    if kind == "pushbullet" and not secret.startswith("pushbullet://"):
        return f"pushbullet://{quote(secret, safe='')}" + (f"/{quote(target, safe='@')}" if target else "")
    if kind in ("slack", "discord") and secret.startswith("https://"):
        return f"{kind}+{secret}"
    if kind == "telegram" and "://" not in secret:
        return f"telegram://{secret}"
    if kind == "ntfy" and "://" not in secret:
        return f"ntfy://{secret}"
    return secret


@command.command(
    name="list",
    epilog="""\b
Example:
  goodfit notify list
""",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def list_(as_json: bool) -> None:
    """List the channels that are set up, and where each comes from."""
    settings = config.load()
    defaults = settings.default_channel_names()
    rows: list[dict[str, Any]] = []
    with Outbox(settings.outbox_path) as outbox:
        pauses = outbox.list_pauses()
        for name, setting in settings.channels().items():
            try:
                targets = find_targets([name], settings)
                labels = ", ".join(target.route.label for target in targets)
                channels = [target.channel for target in targets if target.channel is not None]
                keys = [key for channel in channels for key in (channel.credential, channel.target)]
                stop = outbox.find_stop(*keys) if keys else None
                problem = f"{stop.kind}: {stop.reason}" if stop is not None else None
            except GoodfitError as error:
                labels, problem = "", error.message
            rows.append(
                {
                    "name": name, "address": labels, "source": setting.source, "min_severity": setting.min_severity,
                    "is_default": name in defaults, "paused_until": pauses.get(name), "problem": problem,
                }
            )  # fmt: skip
    if as_json:
        click.echo(json.dumps({"schema": 1, "channels": rows}, ensure_ascii=False))
        return
    table = [["name", "address", "from", "used by default", ""]]
    for row in rows:
        notes = [f"paused until {_clock(row['paused_until'])}"] if row["paused_until"] else []
        notes += [f"stopped, {row['problem']}"] if row["problem"] else []
        notes += [f"from {row['min_severity']} up"] if row["min_severity"] != "info" else []
        table.append(
            [row["name"], row["address"], row["source"], "yes" if row["is_default"] else "-", "; ".join(notes)]
        )
    click.echo("\n".join(format_columns([[clean(cell) for cell in row] for row in table])))
    if not defaults:
        click.echo("hint: set PUSHBULLET_TOKEN, or run: goodfit notify add pushbullet", err=True)


@command.command(
    epilog="""\b
Example:
  goodfit notify remove pushbullet
""",
)
@click.argument("name")
def remove(name: str) -> None:
    """Take a channel out of config.toml."""
    settings = config.load()
    if not config.remove_channel(settings, name):
        raise BadArgument(f"channel {name!r} is not in config.toml.", hint="goodfit notify list")
    click.echo(f"removed {name}")


@command.command(
    epilog="""\b
Example:
  goodfit notify test pushbullet
""",
)
@click.argument("names", nargs=-1)
@click.option(
    "--timeout", "timeout_s", type=float, default=30.0, show_default=True, metavar="SECONDS", help="How long to wait."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def test(names: tuple[str, ...], timeout_s: float, as_json: bool) -> None:
    """Send a test message now, wait, and say how that went. Default: to the channels used by default."""
    from goodfit.alerts.message import make_message
    from goodfit.alerts.notify import queue_message

    settings = config.load()
    wanted = names or settings.default_channel_names()
    if not wanted:
        raise BadArgument("no channel is set up.", hint="goodfit notify add pushbullet")
    targets = find_targets(wanted, settings)
    for target in targets:
        if target.channel is None:
            raise BadArgument(f"{target.route.channel} has no address.", hint=KNOWN_NAMES[target.route.channel])
    with Outbox(settings.outbox_path) as outbox:
        for target in targets:
            if target.channel is not None:  # somebody who tests wants to know how it is now, not how it was
                outbox.clear_stops(target.channel.credential, target.channel.target)
    message = make_message("Goodfit test", f"Messages from this machine arrive.\n{datetime.now():%Y-%m-%d %H:%M:%S}")
    ids = queue_message(message, list(wanted), settings, kind="test", ttl_s=max(timeout_s, 60.0))
    deliveries = _wait(settings, ids, timeout_s)
    if as_json:
        click.echo(json.dumps({"schema": 1, "deliveries": _as_json(deliveries, settings)}, ensure_ascii=False))
    else:
        for delivery in deliveries:
            click.echo(_outcome_line(delivery))
    if any(delivery.state != "sent" for delivery in deliveries):
        raise click.exceptions.Exit(1)


def _wait(settings: config.Settings, ids: list[str], timeout_s: float) -> list[Delivery]:
    """The deliveries once each is final, or when the time is over."""
    deadline = time.monotonic() + timeout_s
    with Outbox(settings.outbox_path) as outbox:
        while True:
            deliveries = outbox.list_deliveries(ids=ids)
            if all(d.state not in ("queued", "sending") for d in deliveries) or time.monotonic() >= deadline:
                return deliveries
            time.sleep(0.05)


def _outcome_line(delivery: Delivery) -> str:
    ended = [attempt for attempt in delivery.attempts if attempt.outcome != "started"]
    last = ended[-1] if ended else None
    if delivery.state == "sent":
        took = f" in {last.duration_s:.1f} s" if last is not None and last.duration_s is not None else ""
        return f"{paint('sent', 'green')}  {clean(delivery.label)}{took}"
    why = clean(last.reason) if last is not None else "no attempt yet"
    if delivery.state in ("queued", "sending"):
        return f"{paint('still trying', 'yellow')}  {clean(delivery.label)}: {why}"
    return f"{paint(delivery.state, 'red')}  {clean(delivery.label)}: {why}"


@command.command(
    epilog="""\b
Example:
  goodfit notify log --json
""",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(min=1),
    default=None,
    metavar="N",
    help="So many, newest first.  [default: 20, all as JSON]",
)
def log(as_json: bool, limit: int | None) -> None:
    """List the deliveries, newest first, with every attempt."""
    settings = config.load()
    with Outbox(settings.outbox_path) as outbox:
        deliveries = outbox.list_deliveries(limit=limit if limit is not None or as_json else 20)
    if as_json:
        click.echo(json.dumps({"schema": 1, "deliveries": _as_json(deliveries, settings)}, ensure_ascii=False))
        return
    if not deliveries:
        click.echo("nothing was sent yet", err=True)
        return
    for delivery in deliveries:
        colour: Any = _STATE_COLOUR[delivery.state]
        state = paint(f"{delivery.state:<7}", colour)
        click.echo(f"{_clock(delivery.created)}  {state}  {clean(delivery.label)}  {clean(delivery.title)}")
        for attempt in delivery.attempts:
            code = "" if attempt.status_code is None else f" {attempt.status_code}"
            click.echo(f"    {_clock(attempt.time)}  {attempt.outcome}{code}  {clean(attempt.reason)}".rstrip())


def _as_json(deliveries: list[Delivery], settings: config.Settings) -> list[dict[str, Any]]:
    redact = Redactor(find_secrets(settings))
    return [
        {
            "id": d.id, "channel": d.channel if not d.channel.startswith("given:") else d.label, "address": d.label,
            "kind": d.kind, "severity": d.severity, "title": redact(d.title), "state": d.state,
            "created": d.created, "updated": d.updated, "due": d.due if d.state == "queued" else None,
            "expires": d.expires, "remote_id": d.remote_id, "waits_for": d.hold,
            "attempts": [
                {
                    "time": a.time, "outcome": a.outcome, "status_code": a.status_code, "reason": redact(a.reason),
                    "duration_s": a.duration_s,
                }
                for a in d.attempts
            ],
        }
        for d in deliveries
    ]  # fmt: skip


@command.command(
    epilog="""\b
Example:
  goodfit notify pause pushbullet 8h
""",
)
@click.argument("name")
@click.argument("duration", default="8h")
@click.option("--off", is_flag=True, help="End the pause now.")
def pause(name: str, duration: str, off: bool) -> None:
    """Hold a channel's messages back for a while (90s, 30m, 8h, 2d); nothing is dropped."""
    settings = config.load()
    if name not in settings.channels() and name not in KNOWN_NAMES:
        raise BadArgument(f"channel {name!r} is not known.", hint="goodfit notify list")
    with Outbox(settings.outbox_path) as outbox:
        if off:
            outbox.resume(name)
            click.echo(f"{name} is on")
        else:
            until = time.time() + parse_duration(duration)
            outbox.pause(name, until=until)
            click.echo(f"{name} is paused until {_clock(until)}")
    start_sender(settings)


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment).strftime("%Y-%m-%d %H:%M:%S")
