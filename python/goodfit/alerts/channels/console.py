"""Messages → a bell and a line on stderr of the process that has something to tell. Needs nothing."""

from __future__ import annotations

import sys

from goodfit.alerts.channels import Channel, LocalChannel
from goodfit.alerts.message import Message
from goodfit.alerts.outcome import Outcome
from goodfit.config import Settings


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """The console; its address holds nothing but the scheme."""
    return [Console()]


class Console(LocalChannel):
    """The terminal, or whatever stderr is."""

    label = "console"
    credential = target = "console"

    def show(self, message: Message) -> Outcome:
        """Writes the message; failed when stderr is closed."""
        stream = sys.stderr
        if stream is None:
            return Outcome("permanent", "stderr is closed")
        try:
            bell = "\a" if stream.isatty() else ""
            stream.write(f"{bell}goodfit: {format_message(message)}\n")
            stream.flush()
        except (OSError, ValueError) as error:
            return Outcome("permanent", f"stderr cannot be written: {error}")
        return Outcome("sent")


def format_message(message: Message) -> str:
    """Title, then the body's lines indented; control characters of the body do not reach the terminal.

    >>> print(format_message(Message(title="done", body="loss 0.3")))
    done
      loss 0.3
    """
    lines = [message.title, *(f"  {line}" for line in message.body.splitlines())]
    if message.link is not None:
        lines.append(f"  {message.link}")
    return "\n".join("".join(c if c.isprintable() or c == "\t" else "�" for c in line) for line in lines)
