"""Messages → a notification of the desktop (notify-send, or osascript on macOS); without one, the console."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from goodfit.alerts.channels import Channel, Errand
from goodfit.alerts.channels.console import Console
from goodfit.alerts.message import Message, cut
from goodfit.alerts.outcome import Outcome, shorten_reason
from goodfit.config import Settings

if TYPE_CHECKING:
    from goodfit.alerts.channels.http import Http

_TIMEOUT_S = 10.0
_MAX_BODY = 500  # a desktop bubble shows a few lines


def open_channels(url: str, settings: Settings) -> list[Channel]:
    """The desktop's notifications where there is a tool and a session for them, else the console."""
    if sys.platform == "darwin":
        tool = shutil.which("osascript")
    else:
        has_session = any(
            settings.environ.get(name) for name in ("DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY")
        )
        tool = shutil.which("notify-send", path=settings.environ.get("PATH")) if has_session else None
    return [Desktop(tool)] if tool is not None else [Console()]


class Desktop(Channel):
    """The desktop of the person who is logged in."""

    label = "desktop"
    credential = target = "desktop"

    def __init__(self, tool: str) -> None:
        self._tool = tool

    def send(self, message: Message, errand: Errand, http: Http) -> Outcome:
        """Shows the notification; the words are arguments of the tool, never part of a script."""
        body = cut(message.body, _MAX_BODY)
        if self._tool.endswith("osascript"):
            script = [
                "-e",
                "on run argv",
                "-e",
                "display notification (item 2 of argv) with title (item 1 of argv)",
                "-e",
                "end run",
            ]
            command = [self._tool, *script, message.title, body]
        else:
            urgency = "critical" if message.severity == "error" else "normal"
            command = [self._tool, f"--urgency={urgency}", "--app-name=Goodfit", "--", message.title, body]
        try:
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            return Outcome("transient", shorten_reason(f"{self._tool}: {error}"))
        if done.returncode != 0:
            return Outcome(
                "transient",
                shorten_reason(f"{self._tool} exited {done.returncode}: {done.stderr.decode(errors='replace')}"),
            )
        return Outcome("sent")
