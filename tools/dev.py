"""A checkout → the server and the page, both reloading; one Ctrl-C stops both.

    python tools/dev.py [LOGDIR]      default: logs/

The page comes from vite (its address is printed), which hands `/api` on to the server on port 6006. The server starts
again whenever a Python file of the package changes; the page connects again by itself.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "python" / "goodfit"
PORT = 6006
"""Named in web/vite.config.ts."""
LOOK_S = 0.5


def newest_change() -> float:
    """When a source file of the package was last written."""
    return max(path.stat().st_mtime for path in PACKAGE.rglob("*.py"))


def is_taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def start_server(logdir: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "goodfit", "serve", logdir, "--port", str(PORT)], cwd=ROOT)


def stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main(arguments: list[str]) -> int:
    logdir = arguments[0] if arguments else "logs"
    if is_taken(PORT):
        print(f"port {PORT} is taken; end the server that has it first", file=sys.stderr)
        return 1
    page = subprocess.Popen(["npm", "run", "dev"], cwd=ROOT / "web")
    server = start_server(logdir)
    seen = newest_change()
    try:
        while page.poll() is None:
            time.sleep(LOOK_S)
            now = newest_change()
            if now > seen or server.poll() is not None:
                stop(server)
                # A file half written fails at once; the next look starts it again.
                time.sleep(LOOK_S)
                seen, server = now, start_server(logdir)
    except KeyboardInterrupt:
        return 0
    finally:
        stop(server)
        stop(page)
    return page.returncode or 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
