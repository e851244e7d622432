"""docs/reference/settings.md as it is: every setting that the code asks for, and no other; its example is taken."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from tests.contract.doc_blocks import DOCS, ROOT, blocks_of

from goodfit import config
from goodfit.alerts.policy import DEFAULT_RULES
from goodfit.cli import main as cli

PAGE = DOCS / "reference" / "settings.md"
PACKAGE = ROOT / "python" / "goodfit"
ROW = re.compile(r"^\| `([a-z_.]+)` \| (?:`(--[a-z-]+)`)? ?\| `(GOODFIT_[A-Z_]+)` \|", re.MULTILINE)


def asked_for() -> set[str]:
    """The names that the code gives to the methods of `config.Settings`."""
    sources = [PACKAGE / "config.py", *(PACKAGE / "cli").glob("*.py"), *(PACKAGE / "alerts").rglob("*.py")]
    asks = re.compile(r'(?:settings|values|self)\.(?:text|number|integer|boolean|words)\(\s*"([a-z_.]+)"')
    return {name for path in sources for name in asks.findall(path.read_text("utf-8"))}


def test_every_setting_has_a_row() -> None:
    assert {name for name, _, _ in ROW.findall(PAGE.read_text("utf-8"))} == asked_for()


def test_variables_are_named_by_rule() -> None:
    odd = {"default_channels": "GOODFIT_CHANNELS"}
    for name, _, variable in ROW.findall(PAGE.read_text("utf-8")):
        assert variable == odd.get(name, f"GOODFIT_{name.upper().replace('.', '_')}")


def test_options_are_there() -> None:
    import click

    options = {
        option
        for name in cli.COMMANDS
        for parameter in cli.LazyGroup(name="goodfit").get_command(click.Context(cli.command), name).params  # type: ignore[union-attr]
        for option in parameter.opts
    }
    assert {option for _, option, _ in ROW.findall(PAGE.read_text("utf-8")) if option} <= options


def test_the_example_is_taken(goodfit_home: Path) -> None:
    (block,) = [block for block in blocks_of(PAGE) if block.language == "toml"]
    (goodfit_home / "config.toml").write_text(block.body, "utf-8")
    (goodfit_home / "config.toml").chmod(0o600)
    settings = config.load()
    assert settings.language == "ko"
    assert settings.integer("serve.port") == 6007 and settings.words("serve.allow_host") == ("logs.example.com",)
    assert set(settings.channels()) == {"pushbullet", "ntfy", "console", "desktop"}
    known = {name.split(".")[0] for name in asked_for()} | {"channels"}
    assert set(tomllib.loads(block.body)) <= known


def test_defaults_are_as_said() -> None:
    row = re.search(r"^\| `alerts\.rules` .*; (.*) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert row and tuple(re.findall(r"`(\w+)`", row[1])) == tuple(DEFAULT_RULES)
