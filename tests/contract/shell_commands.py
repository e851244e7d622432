"""Stands before the commands of a shell block of the docs, so that each of its lines can run in a test.

Of `goodfit` what serves until Ctrl-C is started on a free port, and gets that Ctrl-C once it has said where it is. Of
`pip` the extras are checked, of `make` the verbs; commands that are not ours and change the machine do nothing.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMES = ("goodfit", "goodfit-data-server", "pip", "make", "ssh", "systemctl", "tensorboard", "jq")


def write_commands(folder: Path) -> None:
    """Makes a program of each name, to stand first on the PATH."""
    folder.mkdir()
    for name in NAMES:
        path = folder / name
        path.write_text(
            f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(ROOT)!r})\n"
            f"from tests.contract.shell_commands import run\nsys.exit(run({name!r}, sys.argv[1:]))\n"
        )
        path.chmod(0o700)
    (folder / "python").symlink_to(sys.executable)


def run(name: str, words: list[str]) -> int:
    """The exit status of a command."""
    if name == "goodfit":
        return goodfit(words)
    if name == "pip":
        return pip(words)
    if name == "make":
        return make(words)
    return 0


def goodfit(words: list[str]) -> int:
    from goodfit.cli.main import expand_arguments

    command = [sys.executable, "-m", "goodfit"]
    expanded = expand_arguments(words)
    serves = expanded[0] in ("serve", "provider") or (expanded[0] == "demo" and "--once" not in expanded)
    if not serves or "--help" in words:
        return subprocess.run([*command, *words], check=False).returncode
    assert "--port" not in expanded, "the port is the test's"
    with subprocess.Popen([*command, *expanded, "--port", "0"], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        print(first := server.stdout.readline(), end="")
        server.send_signal(signal.SIGINT)
        server.communicate()
    said_where = "http://" in first or " on port " in first
    return 0 if said_where and server.returncode in (0, 130) else 1


def pip(words: list[str]) -> int:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    asked = [extra for word in words for extra in re.findall(r"goodfit\[([\w,]+)\]", word)]
    unknown = {one for part in asked for one in part.split(",")} - set(extras)
    print(f"no such extras: {sorted(unknown)}" if unknown else "installed", file=sys.stderr)
    return 1 if unknown else 0


def make(words: list[str]) -> int:
    verbs = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    unknown = [word for word in words if "=" not in word and word not in verbs]
    print(f"no such verbs: {unknown}" if unknown else "made", file=sys.stderr)
    return 1 if unknown else 0
