"""ARCHITECTURE.md as it is: the rooms that it names are there, none is missing, its import law is the linter's."""

from __future__ import annotations

import configparser
import re

from tests.contract.doc_blocks import ROOT

TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
PACKAGE = ROOT / "python" / "goodfit"


def test_every_path_that_is_named_is_there() -> None:
    # Short forms stand below the package or beside it: `query/board`, `framing.rs`.
    below = [ROOT, PACKAGE, ROOT / "crates" / "core" / "src", ROOT / "web" / "src", ROOT / "web" / "src" / "api"]
    built = {"python/goodfit/server/static"}
    named = set(re.findall(r"`([\w.-]+(?:/[\w.-]+)+|\w+\.(?:rs|py|ts))`", TEXT)) - built
    assert [name for name in sorted(named) if not any((folder / name).exists() for folder in below)] == []


def test_every_package_has_a_room() -> None:
    packages = [path.parent for path in PACKAGE.glob("*/__init__.py")]
    rooms = set(re.findall(r"^\| `([^`]+)`", TEXT, re.MULTILINE))
    assert {str(path.relative_to(ROOT)) for path in packages} <= rooms
    tests = {f"tests/{path.name}" for path in (ROOT / "tests").iterdir() if list(path.glob("test_*.py"))}
    assert [name for name in sorted(tests) if f"`{name}`" not in TEXT and name != "tests/notebook"] == []


def test_the_import_law_is_the_linters() -> None:
    linter = configparser.ConfigParser()
    linter.read(ROOT / ".importlinter", "utf-8")
    layers = linter["importlinter:contract:layers"]["layers"].split("\n")
    stated = [re.findall(r"\w+", layer) for layer in layers if layer.strip() and layer != "__main__"]
    law = re.search(r"## The import law\n\n((?:    .*\n)+)", TEXT)
    assert law
    assert [re.findall(r"\w+", layer) for layer in law[1].split(">")] == stated


def test_everything_is_caught_where_contributing_says() -> None:
    stated = re.search(r"^- No `except Exception` .*$", (ROOT / "CONTRIBUTING.md").read_text("utf-8"), re.MULTILINE)
    assert stated
    catching = {
        path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py")
        if re.search(r"^\s*except (?:Base)?Exception\b|^\s*except:", path.read_text("utf-8"), re.MULTILINE)
    }  # fmt: skip
    assert catching == set(re.findall(r"`(\w+/\w+\.py)`", stated[0]))
