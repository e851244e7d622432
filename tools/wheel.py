"""Builds the sdist, the wheel from it without Node, and tries what only an installation of that wheel alone shows.

The served page and each of its assets answer, every data file of the package is there, and the demo runs. Prints the
wheel's size against its budget.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request
import venv
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "python" / "goodfit"
WHEEL_MB = 10
NOT_DATA = {".py", ".pyc", ".so", ".pyd"}


def main() -> int:
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    home = Path(tempfile.mkdtemp(prefix="goodfit-wheel-"))
    try:
        wheel = build(dist, home)
        problems = missing_files(wheel)
        python = install(wheel, home)
        problems += failing_assets(python, home, assets_of(wheel))
        problems += failing_demo(python, home)
    finally:
        shutil.rmtree(home)
    size_mb = wheel.stat().st_size / 2**20
    print(f"{wheel.name}: {size_mb:.2f} MB (budget {WHEEL_MB})")
    if size_mb > WHEEL_MB:
        problems.append(f"the wheel is larger than {WHEEL_MB} MB")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def build(dist: Path, home: Path) -> Path:
    """The wheel, made from the sdist in an environment without Node: the sdist must bring the page."""
    dist.mkdir()
    backend = "import build_backend, sys; build_backend.build_sdist(sys.argv[1])"
    with_maturin = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([sys.executable, "-c", backend, dist], cwd=ROOT, env=with_maturin, check=True)
    (sdist,) = dist.glob("goodfit-*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(home / "sdist", filter="data")
    (source,) = (home / "sdist").iterdir()
    # The crates' dependencies are compiled already where this checkout was.
    env = {**without_node(home), "CARGO_TARGET_DIR": str(ROOT / "target")}
    subprocess.run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", dist, source], env=env, check=True)
    (wheel,) = dist.glob("goodfit-*.whl")
    return wheel


def without_node(home: Path) -> dict[str, str]:
    """The environment with a home of its own, and without node and npm: folders that hold them give way to links to
    the rest of what they hold."""
    shadows = []
    for number, folder in enumerate(map(Path, os.environ["PATH"].split(os.pathsep))):
        if not any((folder / tool).exists() for tool in ("node", "npm")):
            shadows.append(str(folder))
            continue
        shadow = home / "path" / str(number)
        shadow.mkdir(parents=True, exist_ok=True)
        for tool in folder.iterdir():
            link = shadow / tool.name
            if tool.name not in ("node", "npm", "npx", "nodejs") and not link.is_symlink():
                link.symlink_to(tool)
        shadows.append(str(shadow))
    return {**os.environ, "PATH": os.pathsep.join(shadows), "GOODFIT_HOME": str(home / "home")}


def missing_files(wheel: Path) -> list[str]:
    """What of the package's data the wheel lacks."""
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    data = [path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix not in NOT_DATA]
    print(f"{len(data)} data files of the package")
    names = [f"goodfit/{path.relative_to(PACKAGE).as_posix()}" for path in data]
    return [f"the wheel lacks {name}" for name in names if name not in inside]


def assets_of(wheel: Path) -> list[str]:
    """The addresses of the page's files, also of those that only a view loads."""
    start = "goodfit/server/static/"
    with zipfile.ZipFile(wheel) as archive:
        below = [name.removeprefix(start) for name in archive.namelist() if name.startswith(start)]
    return [name for name in below if name.startswith("assets/")]


def install(wheel: Path, home: Path) -> Path:
    """The Python of an empty environment with the wheel in it."""
    venv.create(home / "venv", with_pip=True)
    python = home / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", wheel], check=True)
    return python


@contextmanager
def serving(python: Path, home: Path) -> Iterator[str]:
    """The address of a page on an empty folder."""
    (home / "logs").mkdir()
    command = [python, "-m", "goodfit", "serve", str(home / "logs"), "--port", "0", "--no-open"]
    with subprocess.Popen(command, env=without_node(home), cwd=home, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = (re.search(r"http://[^\s/]+:\d+", line) for line in server.stdout)
            yield next(address.group() for address in found if address)
        finally:
            server.terminate()


def failing_assets(python: Path, home: Path, assets: list[str]) -> list[str]:
    """What the installed server does not serve as the wheel holds it."""
    problems = [] if assets else ["the wheel holds no assets"]
    with serving(python, home) as address:
        page = urllib.request.urlopen(f"{address}/").read().decode()
        named = re.findall(r'(?:src|href)="\./([^"]+)"', page)
        n_bytes = 0
        for name in sorted({*named, *assets}):
            with urllib.request.urlopen(f"{address}/{name}") as answer:
                n_bytes += len(answer.read())
                if answer.status != 200:
                    problems.append(f"{name}: {answer.status}")
    print(f"{len({*named, *assets})} assets served, {n_bytes} bytes, {len(named)} of them named by the page")
    return problems if named else [*problems, "the served page names no assets"]


def failing_demo(python: Path, home: Path) -> list[str]:
    """What the demo says that it should not."""
    done = subprocess.run(
        [python, "-m", "goodfit", "demo", "--once"],
        env=without_node(home), cwd=home, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(done.stdout, end="")
    words = ("diverged", "healthy", "overfitting", "underfitting")
    lacking = [word for word in words if word not in done.stdout]
    return [f"goodfit demo --once does not say {word!r}: {done.stderr}" for word in lacking]


if __name__ == "__main__":
    sys.exit(main())
