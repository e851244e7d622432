"""Builds the wheel, installs it alone in an empty environment, and asks the served page for each of its assets.

The environment has no Node on its PATH. Prints the wheel's size against its budget and the assets it found.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).parent.parent
WHEEL_MB = 10


def without_node() -> dict[str, str]:
    """The environment with every folder that holds node or npm taken off PATH."""
    folders = os.environ["PATH"].split(os.pathsep)
    kept = [folder for folder in folders if not any((Path(folder) / tool).exists() for tool in ("node", "npm"))]
    return {**os.environ, "PATH": os.pathsep.join(kept or ["/nonexistent"]), "GOODFIT_HOME": tempfile.mkdtemp()}


def main() -> int:
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", dist, ROOT], check=True)
    (wheel,) = dist.glob("goodfit-*.whl")
    size_mb = wheel.stat().st_size / 2**20
    print(f"{wheel.name}: {size_mb:.2f} MB (budget {WHEEL_MB})")

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        venv.create(home / "venv", with_pip=True)
        python = home / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", wheel], check=True)
        (home / "logs").mkdir()
        server = subprocess.Popen(
            [python, "-m", "goodfit", "serve", str(home / "logs"), "--port", "0", "--no-open"],
            env=without_node(), cwd=home, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            assert server.stdout is not None
            address = ""
            for line in server.stdout:
                found = re.search(r"http://[^\s/]+:\d+/?", line)
                if found:
                    address = found.group().rstrip("/")
                    break
            page = urllib.request.urlopen(f"{address}/").read().decode()
            assets = re.findall(r'(?:src|href)="\./([^"]+)"', page)
            for asset in assets:
                with urllib.request.urlopen(f"{address}/{asset}") as answer:
                    print(f"{answer.status} {asset} {len(answer.read())} bytes")
        finally:
            server.terminate()
            server.wait(10)
    if not assets:
        print("the served page names no assets", file=sys.stderr)
        return 1
    return 0 if size_mb <= WHEEL_MB else 1


if __name__ == "__main__":
    sys.exit(main())
