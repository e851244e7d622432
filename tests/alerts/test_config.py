"""Command line before environment before config.toml; secrets where only their owner reads them."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from goodfit import config
from goodfit.errors import BadArgument, ConfigError


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def load(home: Path, **variables: str) -> config.Settings:
    return config.load({"GOODFIT_HOME": str(home), **variables})


def write(home: Path, text: str, mode: int = 0o600) -> Path:
    home.mkdir(exist_ok=True)
    path = home / "config.toml"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_the_nearest_word_wins(home: Path) -> None:
    write(home, "[serve]\nport = 7001\n")
    assert load(home).integer("serve.port", default=6006) == 7001
    assert load(home, GOODFIT_SERVE_PORT="7002").integer("serve.port") == 7002
    assert load(home, GOODFIT_SERVE_PORT="7002").integer("serve.port", flag=7003) == 7003
    assert load(home).integer("serve.other", default=6006) == 6006


@pytest.mark.parametrize("word", ["yes", "True", "1", "on"])
def test_yes_has_many_words(home: Path, word: str) -> None:
    assert load(home, GOODFIT_X=word).boolean("x") is True


@pytest.mark.parametrize(
    ("method", "value"),
    [("integer", "x"), ("integer", "1.5"), ("number", "nan"), ("number", "inf"), ("boolean", "perhaps")],
)
def test_a_value_of_the_wrong_kind_names_the_setting(home: Path, method: str, value: str) -> None:
    with pytest.raises(ConfigError, match=r"'serve\.port'"):
        getattr(load(home, GOODFIT_SERVE_PORT=value), method)("serve.port")


def test_a_relative_home_stays_where_it_was(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.load({"GOODFIT_HOME": "home"}).config_dir == tmp_path / "home"


def test_without_a_home_the_platform_says_where(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    settings = config.load({})
    assert settings.config_path.name == "config.toml"
    assert settings.outbox_path.name == "outbox.sqlite3"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_config_with_secrets_that_others_may_read_is_refused(home: Path, mode: int) -> None:
    path = write(home, '[channels.pushbullet]\nurl = "pushbullet://o.token"\n', mode)
    with pytest.raises(ConfigError) as caught:
        load(home)
    assert caught.value.hint == f"chmod 600 {path}"
    assert "o.token" not in str(caught.value)


def test_a_config_without_secrets_may_be_read_by_others(home: Path) -> None:
    write(home, "[serve]\nport = 7001\n", 0o644)
    assert load(home).integer("serve.port") == 7001


@pytest.mark.parametrize("text", ["[channels", "port = ", "\x00", '[channels]\npushbullet = "x"', "channels = 3"])
def test_a_broken_config_is_said(home: Path, text: str) -> None:
    write(home, text)
    with pytest.raises(ConfigError):
        load(home).channels()


def test_a_channel_is_saved_for_its_owner_alone_and_the_rest_stays(home: Path) -> None:
    path = write(home, '# mine\n[serve]\nport = 7001 # why\n\n[channels.team]\nurl = "slack://a/b/c"\n')
    config.save_channel(load(home), "pushbullet", 'pushbullet://o."tok\\en')
    text = path.read_text()
    assert "# mine" in text
    assert "port = 7001 # why" in text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert set(load(home).table["channels"]) == {"team", "pushbullet"}
    assert load(home).channels()["pushbullet"].url == 'pushbullet://o."tok\\en'


def test_saving_again_replaces_and_removing_removes(home: Path) -> None:
    config.save_channel(load(home), "a", "ntfy://one")
    config.save_channel(load(home), "b", "ntfy://two")
    config.save_channel(load(home), "a", "ntfy://three", min_severity="error")
    assert load(home).channels()["a"].url == "ntfy://three"
    assert load(home).channels()["a"].min_severity == "error"
    assert config.remove_channel(load(home), "a")
    assert not config.remove_channel(load(home), "a")
    assert set(load(home).table["channels"]) == {"b"}


def test_a_layout_that_cannot_be_edited_is_kept(home: Path) -> None:
    path = write(home, 'channels = { a = { url = "ntfy://one" } }\n')
    before = path.read_text()
    with pytest.raises(ConfigError, match="cannot be changed by program"):
        config.save_channel(load(home), "a", "ntfy://two")
    assert path.read_text() == before


def test_a_name_that_would_break_the_file_is_refused(home: Path) -> None:
    with pytest.raises(BadArgument):
        config.save_channel(load(home), "a]\n[b", "ntfy://one")


def test_the_token_in_the_environment_wins_and_is_used_by_default(home: Path) -> None:
    assert load(home).default_channel_names() == ()
    assert load(home, PUSHBULLET_TOKEN="o.env").default_channel_names() == ("pushbullet",)
    config.save_channel(load(home), "team", "ntfy://one")
    settings = load(home, PUSHBULLET_TOKEN="o.env")
    assert settings.default_channel_names() == ("team",)
    assert settings.channels()["pushbullet"].url == "pushbullet://o.env"
    assert load(home, GOODFIT_CHANNELS="console,team").default_channel_names() == ("console", "team")


def test_an_address_for_another_tool_is_not_used_unasked(home: Path) -> None:
    settings = load(home, SLACK_WEBHOOK_URL="https://hooks.slack.com/services/a/b/c")
    assert settings.default_channel_names() == ()
    assert "slack" in settings.channels()
