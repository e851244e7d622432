"""Environments of heavy frameworks → the checks that need them, each run in the environment of its own.

    python tests/integration/run.py [NAME …] [--venvs DIR] [--keep-logs DIR]

Each environment is made once below `.venvs/` and gets Goodfit by PYTHONPATH: its extension works in every Python
from 3.11 on. A check is a script that takes a folder for its logs and fails by raising; TensorBoard's own readers
are the judge of what we wrote.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent


@dataclass(frozen=True)
class Environment:
    """What to install, and the checks to run there with their environment variables."""

    packages: list[str]
    checks: list[tuple[str, dict[str, str]]]


# As an installation of ours brings them.
OURS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
ENVIRONMENTS = {
    "tensorboard": Environment([*OURS, "tensorboard"], [("check_tensorboard.py", {}), ("check_provider.py", {})]),
    "remote": Environment(
        [
            *OURS,
            "obstore",
            "moto[server]",
            "grpcio",
            "pytest",
            "pytest-timeout",
            "hypothesis",
        ],
        [("check_remote.py", {})],
    ),
    "keras": Environment(
        [*OURS, "keras", "jax[cpu]", "tensorboard"],
        [("check_keras.py", {"KERAS_BACKEND": "jax"}), ("check_metrics.py", {"KERAS_BACKEND": "jax"})],
    ),
    "torch": Environment(
        [*OURS, "torch", "tensorboard", "tensorboardX", "keras", "matplotlib"],
        [("check_torch.py", {}), ("check_keras.py", {"KERAS_BACKEND": "torch"})],
    ),
    "frameworks": Environment(
        [
            *OURS,
            "torch",
            "lightning",
            "transformers",
            "accelerate",
            "xgboost",
            "lightgbm",
            "catboost",
            "scikit-learn",
            "fastai",
        ],
        [("check_frameworks.py", {})],
    ),
    "tensorflow": Environment(
        [*OURS, "tensorflow-cpu", "tensorboard"],
        [("check_tensorflow.py", {}), ("check_keras.py", {"KERAS_BACKEND": "tensorflow"})],
    ),
}


def make_environment(name: str, folder: Path) -> Path:
    """The environment's Python, made and filled if it is not there."""
    environment = ENVIRONMENTS[name]
    python = folder / name / "bin" / "python"
    stamp = folder / name / ".packages"
    wanted = "\n".join(environment.packages)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder / name], check=True)
    if not stamp.exists() or stamp.read_text() != wanted:
        print(f"{name}: installing {', '.join(environment.packages)} …", flush=True)
        install = [python, "-m", "pip", "install", "-q", *environment.packages]
        subprocess.run(install, check=True)
        stamp.write_text(wanted)
    return python


def run_check(python: Path, script: str, variables: dict[str, str], logs: Path) -> bool:
    paths = os.pathsep.join(str(path) for path in (ROOT / "python", ROOT / "examples", HERE))
    own = {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1", "GOODFIT_HOME": str(logs.parent / "home")}
    env = {**os.environ, **own, "TF_CPP_MIN_LOG_LEVEL": "3", **variables}
    result = subprocess.run([python, HERE / script, logs], env=env, capture_output=True, text=True)
    print(result.stdout, end="")
    if result.returncode:
        print(result.stderr[-4000:], end="", file=sys.stderr)
    return result.returncode == 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *ENVIRONMENTS], help="environments; default: all")
    parser.add_argument("--venvs", type=Path, default=ROOT / ".venvs")
    parser.add_argument("--keep-logs", type=Path, help="leave the written logs here")
    arguments = parser.parse_args()
    failed = []
    for name in arguments.names or ENVIRONMENTS:
        python = make_environment(name, arguments.venvs)
        for script, variables in ENVIRONMENTS[name].checks:
            label = " ".join([name, script, *variables.values()])
            start = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                logs = Path(arguments.keep_logs or folder) / label.replace(" ", "-").replace(".py", "")
                passed = run_check(python, script, variables, logs)
            print(f"{'ok' if passed else 'FAILED'} {label} ({time.monotonic() - start:.0f} s)", flush=True)
            if not passed:
                failed.append(label)
    print(f"integrations: {'failed: ' + ', '.join(failed) if failed else 'all passed'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
