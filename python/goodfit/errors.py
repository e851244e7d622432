"""Every error that Goodfit raises on purpose, each also the builtin that a caller would expect.

    GoodfitError
    ├── LogFolderError(FileNotFoundError)   the log folder or file is missing or not readable
    ├── RemoteError(ConnectionError)        a remote log folder does not answer, or not as it should; it may, later
    ├── NotAnEventFile(ValueError)          bytes that cannot be an event file, where one was named outright
    ├── UnknownSeries(KeyError)             a run, tag or training that is not there
    ├── BadArgument(ValueError)             an argument outside its domain
    ├── ConfigError(ValueError)             config.toml, an environment variable or a channel address is wrong
    ├── DeliveryError(RuntimeError)         an alert could not be queued (sending never raises)
    └── MissingExtra(ImportError)           an optional dependency is needed for this call

A message says what failed, on which thing, what was seen and what was wanted, and what was kept. `hint` is the next
command to try; paths and addresses come last.
"""

from __future__ import annotations


class GoodfitError(Exception):
    """Base of all errors raised on purpose."""

    hint: str | None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message if self.hint is None else f"{self.message}\nhint: {self.hint}"


class LogFolderError(GoodfitError, FileNotFoundError):
    """The log folder or file is missing or not readable."""


class RemoteError(GoodfitError, ConnectionError):
    """A remote log folder does not answer, or not as it should; trying again later may help."""


class NotAnEventFile(GoodfitError, ValueError):
    """A file that was named outright holds no event records."""


class UnknownSeries(GoodfitError, KeyError):
    """There is no such run, tag or training."""


class BadArgument(GoodfitError, ValueError):
    """An argument lies outside its domain."""


class ConfigError(GoodfitError, ValueError):
    """A setting is wrong."""


class DeliveryError(GoodfitError, RuntimeError):
    """An alert could not be queued."""


class MissingExtra(GoodfitError, ImportError):
    """An optional dependency is missing."""

    @classmethod
    def named(cls, package: str, extra: str, purpose: str) -> MissingExtra:
        """The error for `package`, which `goodfit[extra]` brings and `purpose` needs."""
        return cls(f"{purpose} needs {package!r}, which is not installed.", hint=f'pip install "goodfit[{extra}]"')
