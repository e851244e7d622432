"""Docs → run: every example of README and docs works as written, page by page, from top to bottom.

What the marks of a block mean stands in doc_blocks.py.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from tests.alerts.fake_vendors import FakeVendors
from tests.contract.doc_blocks import DOCS, ROOT, Block, blocks_of, pages, text_of, translations
from tests.contract.shell_commands import write_commands

from goodfit.cli import main as cli
from goodfit.testing.logs import write_keras_training, write_run

PICTURE = re.compile(r'(?:src|srcset)="(?!https?://)([^"]+)"')
LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)(#[^)]*)?\)")
LANGUAGES = {"python", "sh", "console", "text", "toml", "ini", "nginx", "json"}
MARKS = re.compile(r"|keras|torch|no-run: \S.*")
# A translation's blocks are those of its original, which another test says.
ORIGINALS = [page for page in pages() if not page.name.endswith(".ko.md")]


def with_blocks(language: str, among: Sequence[Path] = ORIGINALS) -> list[Path]:
    return [page for page in among if any(block.language == language and block.runs for block in blocks_of(page))]


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_each_block_says_what_becomes_of_it(page: Path) -> None:
    assert [block for block in blocks_of(page) if block.language not in LANGUAGES] == []
    assert [block for block in blocks_of(page) if not MARKS.fullmatch(block.mark)] == []
    # Code that no fence marks would be tested by nobody; what is drawn or stated by indenting is no code.
    code = r"^ {4,}(?:\$ |>>> )?(?:goodfit|pip|make|export|python|import|from|with|for|def) .*$"
    assert re.findall(code, text_of(page), re.MULTILINE) == []


def test_every_extra_that_is_named_is_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = {
        extra for page in pages() for words in re.findall(r"goodfit\[([\w,]+)\]", page.read_text("utf-8"))
        for extra in words.split(",")
    }  # fmt: skip
    assert named - set(extras) == set()
    listed = re.findall(r"^\| (`[^|]+`) \| ", (DOCS / "guide" / "getting-started.md").read_text("utf-8"), re.MULTILINE)
    assert {extra for cell in listed for extra in re.findall(r"`(\w+)`", cell)} >= set(extras) - {"dev"}


@pytest.mark.parametrize("page", with_blocks("python"), ids=name_of)
def test_examples_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "example"}
    for block in blocks_of(page):
        if block.language == "python" and block.runs:
            exec(compile(block.body, str(page), "exec"), names)
    # A training's mistakes are told on stderr, never raised.
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("page", ORIGINALS, ids=name_of)
def test_what_is_not_run_can_be_parsed(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for block in blocks_of(page):
        if block.language == "python":
            compile(block.body, str(page), "exec")
        elif block.language == "sh" and not block.runs:
            for line in block.body.splitlines():
                words = [word for word in shlex.split(line, comments=True) if "=" not in word or word.startswith("-")]
                if words[:1] == ["goodfit"]:
                    parse(words[1:])


def parse(words: list[str]) -> None:
    """Raises where the command line does not take these words; runs nothing."""
    name, *rest = cli.expand_arguments(words)
    command = cli.command.get_command(click.Context(cli.command), name)
    assert command is not None
    command.make_context(name, rest)


@pytest.fixture
def project(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A folder as the docs have it in mind, and the variables of a shell in it. Pushbullet is a stand-in."""
    shells = tmp_path / "commands"
    write_commands(shells)
    folder = tmp_path / "project"
    falling = [1.0 / (1 + step) for step in range(40)]
    write_run(folder / "logs" / "fit" / "exp1", {"loss": falling, "val_loss": [0.1 + value for value in falling]})
    write_keras_training(folder / "logs" / "fit" / "exp2", {"loss": falling}, {"loss": falling})
    (folder / "train.py").write_text("print('epoch 1 of 1')\n")
    with FakeVendors(token="o.YourAccessToken") as vendors:
        yield {
            **os.environ, "PATH": f"{shells}{os.pathsep}{os.environ['PATH']}", "PYTHONIOENCODING": "utf-8",
            "GOODFIT_PUSHBULLET_URL": vendors.url, "PWD": str(folder), "HOME": str(tmp_path), "COLUMNS": "250",
        }  # fmt: skip
    assert vendors.breaches == []


def run_shell(script: str, environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-eu", "-o", "pipefail", "-c", script], env=environ, cwd=environ["PWD"], capture_output=True,
        encoding="utf-8", stdin=subprocess.DEVNULL, check=False, timeout=100,
    )  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="the blocks are for a shell of Unix")
@pytest.mark.parametrize("page", with_blocks("sh"), ids=name_of)
def test_commands_run(page: Path, project: dict[str, str]) -> None:
    # One shell for the page: a variable that is exported stays.
    script = "".join(block.body for block in blocks_of(page) if block.language == "sh" and block.runs)
    done = run_shell(script, project)
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="the blocks are for a shell of Unix")
@pytest.mark.parametrize("page", with_blocks("console", among=pages()), ids=name_of)
def test_commands_answer_as_shown(page: Path, project: dict[str, str]) -> None:
    for block in blocks_of(page):
        for part in re.split(r"^\$ ", block.body, flags=re.MULTILINE)[1:] if block.language == "console" else []:
            command, _, shown = part.partition("\n")
            done = run_shell(f"{command} 2>&1", project)
            pattern = ".*".join(map(re.escape, shown.strip().split("…")))
            assert re.search(pattern, done.stdout), done.stdout


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text("utf-8")
    broken = []
    for link, anchor in [*LINK.findall(text), *((picture, "") for picture in PICTURE.findall(text))]:
        target = page.parent / link
        if not target.exists() or (anchor and anchor[1:] not in anchors_of(target)):
            broken.append(link + anchor)
    assert broken == []


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_page_is_linked_from_another() -> None:
    # Design notes are found by their folder and number.
    linked = {(page.parent / link).resolve() for page in pages() for link, _ in LINK.findall(page.read_text("utf-8"))}
    others = [page for page in pages() if page != ROOT / "README.md" and page.parent.name != "design"]
    assert [name_of(page) for page in others if page.resolve() not in linked] == []


@pytest.mark.parametrize("folder", ["guide", "concepts", "rules"])
def test_every_guide_is_there_in_korean(folder: str) -> None:
    english = {page.name for page in (DOCS / folder).glob("*.md") if not page.name.endswith(".ko.md")}
    korean = {page.name.replace(".ko", "") for page in (DOCS / folder).glob("*.ko.md")}
    assert korean == english


@pytest.mark.parametrize(("page", "korean"), list(translations()), ids=lambda page: page.name)
def test_translation_says_the_same(page: Path, korean: Path) -> None:
    ours, theirs = blocks_of(page), blocks_of(korean)
    assert [(block.language, block.mark.partition(":")[0]) for block in theirs] == [
        (block.language, block.mark.partition(":")[0]) for block in ours
    ]
    for block, original in zip(theirs, ours, strict=True):
        if block.language != "console":  # what a command prints is in the reader's language
            assert block.code == Block(original.language, original.mark, original.body).code
    assert shape_of(korean) == shape_of(page)


def shape_of(page: Path) -> dict[str, int]:
    """How many headings of each depth a page has, and how many rows its tables have."""
    lines = text_of(page).splitlines()
    counts = {mark: sum(line.startswith(f"{mark} ") for line in lines) for mark in ("#", "##", "###")}
    return {**counts, "rows": sum(line.startswith("|") for line in lines)}


@pytest.mark.parametrize(("page", "korean"), list(translations()), ids=lambda page: page.name)
def test_translation_names_the_same_options(page: Path, korean: Path) -> None:
    def named(each: Path) -> list[str]:
        """What rows of tables begin with, where that is code: options, settings, commands."""
        return re.findall(r"^\| (`[^|]+`) \|", text_of(each), re.MULTILINE)

    assert named(korean) == named(page)


@pytest.mark.parametrize(("page", "korean"), list(translations()), ids=lambda page: page.name)
def test_translations_lead_to_each_other(page: Path, korean: Path) -> None:
    for here, there in ((page, korean), (korean, page)):
        head = here.read_text("utf-8").split("\n## ")[0]
        assert f"]({there.name})" in head, f"{name_of(here)} does not lead to {there.name} at its top"


@pytest.mark.parametrize(("page", "korean"), list(translations()), ids=lambda page: page.name)
def test_translation_leads_to_the_same_places(page: Path, korean: Path) -> None:
    def places(each: Path) -> set[str]:
        return {link.replace(".ko.md", ".md") for link, _ in LINK.findall(each.read_text("utf-8"))}

    assert places(korean) == places(page)


@pytest.mark.parametrize("korean", [korean for _, korean in translations()], ids=name_of)
def test_korean_pages_lead_to_korean_pages(korean: Path) -> None:
    text = korean.read_text("utf-8").replace("[English]", "")
    english = [
        link for label, link in re.findall(r"\[([^\]]*)\]\((?!https?:|#)([^)#\s]+\.md)", text)
        if not link.endswith(".ko.md") and (korean.parent / link).with_suffix(".ko.md").exists()
        and (korean.parent / link).with_suffix(".ko.md") != korean
    ]  # fmt: skip
    assert english == []


def test_glossary_is_sorted_and_complete() -> None:
    rows = re.findall(r"^\| ([a-z][\w ]*) \|", (DOCS / "glossary.md").read_text("utf-8"), re.MULTILINE)
    words = [row for row in rows if row != "word"]
    assert words == sorted(words)
    korean = re.findall(r"^\| ([a-z][\w ]*) \|", (DOCS / "glossary.ko.md").read_text("utf-8"), re.MULTILINE)
    assert korean == words
    promised = {"run", "tag", "step", "wall_time", "series", "point", "curve", "finding", "rule", "alert", "channel"}
    assert promised <= set(words)
