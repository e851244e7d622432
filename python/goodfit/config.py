"""Command line, environment and config.toml → settings, in that order of precedence.

The only place that reads the environment. `$GOODFIT_HOME` holds everything; without it the platform's user folders do:

    config folder   config.toml (owner-only once it holds a secret) and config.d/ (addresses given for one message)
    state folder    outbox.sqlite3, sender.log
    cache folder    disposable

A setting `serve.port` is the flag `--port`, the variable `GOODFIT_SERVE_PORT`, or `port` in the table `[serve]`.
Secrets are never part of a `repr`.
"""

from __future__ import annotations

import json
import os
import re
import stat
import sys
import tempfile
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast, get_args
from urllib.parse import quote

from goodfit.errors import BadArgument, ConfigError

APP_NAME = "goodfit"
Language = Literal["en", "ko"]
PUSHBULLET_URL = "https://api.pushbullet.com"

_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
_OUTBOUND_VARIABLES = (
    "PUSHBULLET_TOKEN", "SLACK_WEBHOOK_URL", "DISCORD_WEBHOOK_URL", "TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID",
    "GOODFIT_PUSHBULLET_URL", "GOODFIT_PUSHBULLET_TARGET", "GOODFIT_NTFY_URL", "GOODFIT_WEBHOOK_URL",
    "GOODFIT_EMAIL_URL",
    "NO_PROXY", "no_proxy", "SSL_CERT_FILE", *_PROXY_VARIABLES,
)  # fmt: skip
_CHANNEL_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")


@dataclass(frozen=True, slots=True)
class ChannelSetting:
    """One way to reach somebody, by name."""

    name: str
    url: str = field(repr=False)
    """The whole address, secrets included."""
    source: str
    """Where it was found: `config`, `environment`, `built in` or `given` (in a call)."""
    min_severity: str = "info"
    """Alerts below this severity do not go there."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment and config.toml say, read once."""

    config_dir: Path
    state_dir: Path
    cache_dir: Path
    environ: Mapping[str, str] = field(repr=False)
    table: Mapping[str, Any] = field(repr=False)
    """config.toml as parsed; empty when there is none."""

    @property
    def config_path(self) -> Path:
        return self.config_dir / "config.toml"

    @property
    def outbox_path(self) -> Path:
        return self.state_dir / "outbox.sqlite3"

    def get(self, name: str, *, flag: Any = None, default: Any = None) -> Any:
        """The setting `name` (dotted), as given: flag, else variable (a string), else config.toml, else default.

        >>> load(environ={"GOODFIT_HOME": "/nowhere", "GOODFIT_SERVE_PORT": "7000"}).get("serve.port")
        '7000'
        """
        if flag is not None:
            return flag
        variable = "GOODFIT_" + name.upper().replace(".", "_").replace("-", "_")
        if self.environ.get(variable, "") != "":
            return self.environ[variable]
        value: Any = self.table
        for part in name.split("."):
            if not isinstance(value, Mapping) or part not in value:
                return default
            value = value[part]
        return value

    def text(self, name: str, *, flag: str | None = None, default: str | None = None) -> str | None:
        """The setting as text. Raises ConfigError where config.toml holds another type."""
        value = self.get(name, flag=flag, default=default)
        if value is None or isinstance(value, str):
            return value
        raise self._wrong(name, value, "a text")

    def number(self, name: str, *, flag: float | None = None, default: float | None = None) -> float | None:
        """The setting as a finite number. Raises ConfigError."""
        value = self.get(name, flag=flag, default=default)
        if value is None:
            return None
        try:
            number = float(value) if not isinstance(value, bool) else float("nan")
        except (TypeError, ValueError):
            number = float("nan")
        if number - number != 0:
            raise self._wrong(name, value, "a number")
        return number

    def integer(self, name: str, *, flag: int | None = None, default: int | None = None) -> int | None:
        """The setting as a whole number. Raises ConfigError."""
        value = self.number(name, flag=flag, default=default)
        if value is not None and value != int(value):
            raise self._wrong(name, value, "a whole number")
        return None if value is None else int(value)

    def boolean(self, name: str, *, flag: bool | None = None, default: bool = False) -> bool:
        """The setting as yes or no. Raises ConfigError."""
        value = self.get(name, flag=flag, default=default)
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word in ("1", "true", "yes", "on"):
            return True
        if word in ("0", "false", "no", "off"):
            return False
        raise self._wrong(name, value, "true or false")

    def words(self, name: str, *, default: tuple[str, ...] = ()) -> tuple[str, ...]:
        """The setting as a list of texts; commas separate them in a variable."""
        value = self.get(name, default=default)
        if isinstance(value, str):
            return tuple(word.strip() for word in value.split(",") if word.strip())
        if isinstance(value, list | tuple) and all(isinstance(word, str) for word in value):
            return tuple(value)
        raise self._wrong(name, value, "a list of texts")

    @property
    def language(self) -> Language:
        """In which language messages are written: `language` or GOODFIT_LANGUAGE. Raises ConfigError."""
        value = self.text("language", default="en")
        for language in get_args(Language):
            if value == language:
                return cast(Language, language)
        raise self._wrong("language", value, f"one of {', '.join(get_args(Language))}")

    def _wrong(self, name: str, value: Any, wanted: str) -> ConfigError:
        return ConfigError(f"setting {name!r} is {value!r}, wanted {wanted}.", hint=f"see {self.config_path}")

    @property
    def pushbullet_url(self) -> str:
        """scheme://host:port of the service; `/v2/…` is appended by the channel."""
        url = self.text("pushbullet_url", default=PUSHBULLET_URL) or PUSHBULLET_URL
        if not re.match(r"https?://[^/\s]+", url):
            raise ConfigError(
                f"GOODFIT_PUSHBULLET_URL is {url!r}, wanted scheme://host:port.",
                hint=f"the service is {PUSHBULLET_URL}",
            )
        return url.rstrip("/")

    def channels(self) -> dict[str, ChannelSetting]:
        """Every channel that can be named, by name: config.toml first, then what the environment's secrets make.

        Raises ConfigError where `[channels]` is malformed.
        """
        found: dict[str, ChannelSetting] = {}
        for name, entry in self.channel_table().items():
            url = entry.get("url") if isinstance(entry, Mapping) else None
            if not isinstance(url, str) or "://" not in url:
                raise ConfigError(
                    f'channel {name!r} has no address (url = "scheme://…").', hint=f"edit {self.config_path}"
                )
            severity = entry.get("min_severity", "info")
            if severity not in ("info", "warning", "error"):
                raise self._wrong(f"channels.{name}.min_severity", severity, "info, warning or error")
            found[name] = ChannelSetting(name=name, url=url, source="config", min_severity=severity)
        for name, url in self._environment_channels():
            # A variable is nearer to the user than the file: it wins, as with every setting.
            severity = found[name].min_severity if name in found else "info"
            found[name] = ChannelSetting(name=name, url=url, source="environment", min_severity=severity)
        for name in ("console", "desktop"):
            found.setdefault(name, ChannelSetting(name=name, url=f"{name}://", source="built in"))
        return found

    def channel_table(self) -> Mapping[str, Any]:
        """`[channels]` of config.toml as it stands, empty without one. Raises ConfigError where it is no table."""
        table = self.table.get("channels", {})
        if not isinstance(table, Mapping):
            raise self._wrong("channels", table, "a table")
        return table

    def _environment_channels(self) -> list[tuple[str, str]]:
        environ = self.environ
        found = []
        if environ.get("PUSHBULLET_TOKEN", "").strip():
            target = environ.get("GOODFIT_PUSHBULLET_TARGET", "").strip()
            address = "pushbullet://" + quote(environ["PUSHBULLET_TOKEN"].strip(), safe="")
            found.append(("pushbullet", address + ("/" + quote(target, safe="@") if target else "")))
        if environ.get("SLACK_WEBHOOK_URL", "").strip():
            found.append(("slack", "slack+" + environ["SLACK_WEBHOOK_URL"].strip()))
        if environ.get("DISCORD_WEBHOOK_URL", "").strip():
            found.append(("discord", "discord+" + environ["DISCORD_WEBHOOK_URL"].strip()))
        token, chat = environ.get("TELEGRAM_BOT_TOKEN", "").strip(), environ.get("TELEGRAM_CHAT_ID", "").strip()
        if token and chat:
            found.append(("telegram", f"telegram://{quote(token, safe=':')}/{quote(chat, safe='@-')}"))
        for name in ("ntfy", "webhook", "email"):
            url = environ.get(f"GOODFIT_{name.upper()}_URL", "").strip()
            if url:
                found.append((name, url))
        return found

    def default_channel_names(self) -> tuple[str, ...]:
        """The channels used when none are named: `GOODFIT_CHANNELS` or `default_channels`, else those of config.toml,
        else pushbullet when its token is in the environment, else none.

        A Slack or Discord address in the environment may be there for another tool, so these must be named.
        """
        named = self.words("channels") if self.environ.get("GOODFIT_CHANNELS") else self.words("default_channels")
        if named:
            return named
        configured = tuple(self.channel_table())
        if configured:
            return configured
        return ("pushbullet",) if self.environ.get("PUSHBULLET_TOKEN", "").strip() else ()

    @property
    def proxies(self) -> dict[str, str]:
        """Proxy address by scheme (`http`, `https`, `all`), from the usual variables; values may hold secrets."""
        found: dict[str, str] = {}
        for variable in _PROXY_VARIABLES:
            # A CGI server sets HTTP_PROXY from a request header; in capitals it is not to be trusted there.
            if variable == "HTTP_PROXY" and "REQUEST_METHOD" in self.environ:
                continue
            if self.environ.get(variable):
                found.setdefault(variable.lower().removesuffix("_proxy"), self.environ[variable])
        return found

    @property
    def no_proxy(self) -> tuple[str, ...]:
        """Hosts, or ends of hosts, that are reached without a proxy."""
        value = self.environ.get("NO_PROXY") or self.environ.get("no_proxy") or ""
        return tuple(word.strip().lower() for word in value.split(",") if word.strip())

    @property
    def certificate_file(self) -> str | None:
        """A bundle of certificate authorities to trust instead of the default one."""
        return self.environ.get("SSL_CERT_FILE") or None

    @property
    def ends_with_us(self) -> bool:
        """Whether this process is part of a job or container whose other processes may be ended along with it."""
        names = ("SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID", "KUBERNETES_SERVICE_HOST", "CI")
        return os.getpid() == 1 or any(self.environ.get(name) for name in names) or Path("/.dockerenv").exists()

    def child_environment(self) -> dict[str, str]:
        """The variables for a process of ours: the same, and the package found where it was found here.

        Start it with `-P`, which keeps the current folder out of the module path: a user's `queue.py` must not shadow
        the standard library's.
        """
        environ = dict(self.environ)
        if environ.get("GOODFIT_HOME"):
            environ["GOODFIT_HOME"] = str(self.config_dir)
        root = Path(__file__).resolve().parents[1]
        if root.name not in ("site-packages", "dist-packages"):
            environ["PYTHONPATH"] = os.pathsep.join(filter(None, (environ.get("PYTHONPATH"), str(root))))
        return environ

    def outbound_environment(self) -> dict[str, str]:
        """The variables that decide where and as whom messages are sent, sorted; holds secrets."""
        return {name: value for name, value in sorted(self.environ.items()) if name in _OUTBOUND_VARIABLES}


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Reads the environment and config.toml.

    Args:
        environ: the variables; None reads the process's own.

    Raises:
        ConfigError: config.toml is not TOML, or holds secrets and others may read it.
    """
    variables = dict(os.environ if environ is None else environ)
    folder = _home(variables)
    if folder is not None:
        config_dir, state_dir = folder, folder
    else:
        import platformdirs

        config_dir = Path(platformdirs.user_config_dir(APP_NAME, appauthor=False))
        state_dir = Path(platformdirs.user_state_dir(APP_NAME, appauthor=False))
    cache_dir = find_cache_folder(variables)
    table = _read_toml(config_dir / "config.toml")
    return Settings(
        config_dir=config_dir,
        state_dir=state_dir,
        cache_dir=cache_dir,
        environ=MappingProxyType(variables),
        table=MappingProxyType(table),
    )


def find_cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """The folder of what may be deleted at any time; config.toml is not read for it.

    Args:
        environ: the variables; None reads the process's own.
    """
    folder = _home(os.environ if environ is None else environ)
    if folder is not None:
        return folder / "cache"
    import platformdirs

    return Path(platformdirs.user_cache_dir(APP_NAME, appauthor=False))


def _home(variables: Mapping[str, str]) -> Path | None:
    """`$GOODFIT_HOME` as an absolute path; None where it is not set."""
    home = variables.get("GOODFIT_HOME", "").strip()
    return Path(os.path.abspath(Path(home).expanduser())) if home else None  # noqa: PTH100 - resolve() follows links


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            table = tomllib.load(file)
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise ConfigError(f"the settings cannot be read: {error.strerror}.", hint=f"check {path}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"the settings are not TOML: {error}.", hint=f"edit {path}") from error
    if "channels" in table:
        _require_owner_only(path, mode)
    return table


def _require_owner_only(path: Path, mode: int) -> None:
    """Refuses a file with secrets that others may read or write. Windows keeps user folders private by itself."""
    if sys.platform == "win32" or not mode & (stat.S_IRWXG | stat.S_IRWXO):
        return
    raise ConfigError(
        f"the settings hold channel addresses but others may read them (mode {stat.S_IMODE(mode):04o}, wanted 0600). "
        "Nothing was sent.",
        hint=f"chmod 600 {path}",
    )


def save_channel(settings: Settings, name: str, url: str, *, min_severity: str = "info") -> None:
    """Writes the channel into config.toml, replacing one of the same name; all else in the file stays as it is.

    Raises:
        BadArgument: the name is not one to use in a file.
        ConfigError: the file is laid out in a way that cannot be edited without risk; it is kept.
    """
    if not _CHANNEL_NAME.fullmatch(name):
        raise BadArgument(f"channel name {name!r}: wanted letters, digits, - and _ only.")
    entry = {"url": url} if min_severity == "info" else {"url": url, "min_severity": min_severity}
    lines = [f"[channels.{name}]", *(f"{key} = {toml_string(value)}" for key, value in entry.items())]
    _rewrite_channel(settings, name, entry, "\n".join(lines) + "\n")


def remove_channel(settings: Settings, name: str) -> bool:
    """Takes the channel out of config.toml; False when it was not there."""
    if name not in settings.channel_table():
        return False
    _rewrite_channel(settings, name, None, "")
    return True


def toml_string(value: str) -> str:
    """The text as a TOML basic string, quotes included."""
    # JSON's string escapes are a subset of TOML's basic strings, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _rewrite_channel(settings: Settings, name: str, entry: dict[str, str] | None, block: str) -> None:
    settings.channel_table()  # says what is wrong with it
    path = settings.config_path
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    wanted: dict[str, Any] = tomllib.loads(text)
    channels = {key: value for key, value in wanted.get("channels", {}).items() if key != name}
    if entry is not None:
        channels[name] = entry
    if channels or "channels" in wanted:
        wanted["channels"] = channels
    kept: list[str] = []
    inside = False
    header = re.compile(rf"\s*\[\s*channels\s*\.\s*(?:{re.escape(name)}|\"{re.escape(name)}\")\s*\]\s*(?:#.*)?")
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("["):
            inside = header.fullmatch(line.rstrip("\r\n")) is not None
        if not inside:
            kept.append(line)
    body = "".join(kept).rstrip("\n")
    result = (body + "\n\n" if body and block else body + "\n" if body else "") + block
    try:
        seen = tomllib.loads(result)
    except tomllib.TOMLDecodeError:
        seen = {}
    if not wanted.get("channels") and "channels" not in seen:
        wanted.pop("channels", None)
    if seen != wanted:
        # A header inside a multi-line string, or channels written as one inline table.
        raise ConfigError(f"channel {name!r} cannot be changed by program in this layout; kept as it was.",
                          hint=f"edit {path}")  # fmt: skip
    write_owner_only(path, result)


def write_owner_only(path: Path, text: str) -> None:
    """Replaces a file at once with one that its owner alone may read; makes its folder, owner-only too."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    except OSError as error:
        # It names the file that it could not make beside ours.
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        # A full disk does not say which file it had no room for.
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        Path(temporary).unlink(missing_ok=True)
