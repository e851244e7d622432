"""The tests of remote folders, on moto's S3 instead of our own small server.

moto keeps no keys and sets times itself, so the tests of those are left out (`own_server_only`).
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    environ = {**os.environ, "S3_SERVER": "moto", "PYTHONPATH": str(ROOT / "python")}
    # moto's own imports warn.
    words = [
        "-q",
        "-W",
        "default",
        "-p",
        "no:cacheprovider",
        "tests/remote/test_bucket.py",
        "tests/remote/test_commands.py",
    ]
    return subprocess.run([sys.executable, "-m", "pytest", *words], cwd=ROOT, env=environ).returncode


if __name__ == "__main__":
    sys.exit(main())
