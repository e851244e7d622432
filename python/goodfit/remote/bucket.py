"""A bucket of an object store, by obstore → listings and byte ranges of its event files.

obstore cannot list a key with an empty part, `.` or `..` (`logs//run`), and stops at the first. Such a listing is done
again folder by folder, and in the folder of such keys from behind them on; `Listed.skipped` tells what is left out.

obstore tries a request that failed again, `MAX_RETRIES` times with growing, random pauses.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from goodfit.errors import LogFolderError, MissingExtra, RemoteError
from goodfit.remote import trouble
from goodfit.remote.address import Address
from goodfit.remote.aws_profile import has_environment_credentials, read_profile
from goodfit.remote.source import Changed, Gone, Listed, RemoteFile, is_wanted

MAX_RETRIES = 6
RETRY_TIMEOUT = timedelta(seconds=60)
BACKOFF = {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=3), "base": 2}
CONNECT_TIMEOUT = timedelta(seconds=5)
READ_TIMEOUT = timedelta(seconds=20)
"""Without a byte."""
REQUEST_TIMEOUT = timedelta(minutes=10)
"""obstore's own limit of 30 s would end the reading of a part over a slow line."""
ROLE_TIMEOUT_S = 4.0
"""For the machine's own role, where no other credentials are: it is asked over the machine's link, or not at all."""
PIECE_BYTES = 1 << 20
MAX_ODD_KEYS = 100
"""Of one folder; behind so many it is given up."""
_AZURE_CREDENTIALS = (
    "AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY",
    "AZURE_STORAGE_TOKEN", "AZURE_STORAGE_CLIENT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE",
    "AZURE_STORAGE_USE_EMULATOR", "AZURE_USE_AZURE_CLI", "AZURE_SKIP_SIGNATURE",
)  # fmt: skip
_ODD_PATH = re.compile(r'path: "((?:[^"\\]|\\.)*)"')


def _import_obstore() -> Any:
    """The obstore package. Raises MissingExtra."""
    try:
        import obstore
        import obstore.exceptions
        import obstore.store
    except ImportError:
        raise MissingExtra.named("obstore", "remote", "Reading log folders in buckets") from None
    return obstore


class Bucket:
    """One prefix of one bucket."""

    is_serial = False

    def __init__(self, address: Address, environ: Mapping[str, str]) -> None:
        """Prepares requests; sends none.

        Args:
            address: of a bucket.
            environ: the variables that say where and as whom; obstore reads the process's own.

        Raises:
            MissingExtra: obstore is not installed.
        """
        self._obstore = _import_obstore()
        self._errors = (self._obstore.exceptions.BaseError, OSError, ValueError)
        """What obstore raises."""
        self._address = address
        self._environ = environ
        self._store: Any = None
        self._is_signed = True
        self._single: str | None = None
        self._odd: set[str] = set()
        """Folders that cannot be listed at once."""

    async def probe(self) -> None:
        store = await self._open()
        try:
            async for _ in self._obstore.list(store, prefix=self._address.path or None, chunk_size=1):
                return
        except self._errors as error:
            if not _is_odd_key(error):
                raise self._translate(error) from None

    async def list_files(self) -> Listed:
        store = await self._open()
        listed = Listed()
        folder = self._address.path
        await self._list(store, folder, listed)
        if not listed.n_seen and is_wanted(folder):
            try:
                found = await self._obstore.head_async(store, folder)
            except FileNotFoundError:
                return listed
            except self._errors as error:
                raise self._translate(error) from None
            self._single = self._address.name
            listed.n_seen = 1
            self._take(found, listed, self._single)
        return listed

    async def _list(self, store: Any, folder: str, listed: Listed) -> None:
        if folder not in self._odd:
            found: list[Any] = []
            try:
                async for batch in self._obstore.list(store, prefix=folder or None):
                    listed.n_seen += len(batch)
                    found += [item for item in batch if is_wanted(item["path"])]
            except self._errors as error:
                if not _is_odd_key(error):
                    raise self._translate(error) from None
                self._odd.add(folder)
            else:
                for item in found:
                    self._take(item, listed)
                return
        await self._list_by_folder(store, folder, listed)

    async def _list_by_folder(self, store: Any, folder: str, listed: Listed) -> None:
        try:
            level = await self._obstore.list_with_delimiter_async(store, prefix=folder or None)
        except self._errors as error:
            if not _is_odd_key(error):
                raise self._translate(error) from None
            await self._list_behind(store, folder, str(error), listed)
            return
        for item in level["objects"]:
            listed.n_seen += 1
            if is_wanted(item["path"]):
                self._take(item, listed)
        for below in level["common_prefixes"]:
            await self._list(store, below, listed)

    async def _list_behind(self, store: Any, folder: str, text: str, listed: Listed) -> None:
        """The rest of a folder whose listing stops at a key that obstore cannot take."""
        for _ in range(MAX_ODD_KEYS):
            offset = _offset_behind(text)
            if offset is None:
                break
            listed.skipped[self._below(offset[:-1]) + "/"] = "keys with an empty part, . or .. cannot be listed"
            found: list[Any] = []
            try:
                async for batch in self._obstore.list(store, prefix=folder or None, offset=offset):
                    found += batch
            except self._errors as error:
                if not _is_odd_key(error):
                    raise self._translate(error) from None
                text = str(error)
                continue
            listed.n_seen += len(found)
            for item in found:
                if is_wanted(item["path"]):
                    self._take(item, listed)
            return
        listed.skipped[self._below(folder) + "/" if folder else ""] = "too many of its keys have empty parts, . or .."

    def _below(self, path: str) -> str:
        """A key of the bucket as a key below the address."""
        return path[len(self._address.path) + 1 :] if self._address.path else path

    def _take(self, item: Mapping[str, Any], listed: Listed, key: str | None = None) -> None:
        key = self._below(item["path"]) if key is None else key
        modified = item["last_modified"].timestamp()
        version = item["e_tag"] or item["version"] or f"{item['size']}@{modified}"
        listed.files.append(RemoteFile(key, item["size"], version, modified))

    async def read(self, file: RemoteFile, start: int, stop: int) -> AsyncGenerator[bytes, None]:
        store = await self._open()
        path = self._address.path
        if file.key != self._single:
            path = f"{path}/{file.key}" if path else file.key
        options: dict[str, Any] = {"range": (start, stop)}
        if file.version.startswith(('"', "0x")):
            options["if_match"] = file.version
        try:
            answer = await self._obstore.get_async(store, path, options=options)
            if answer.range[0] != start:
                raise Changed
            async for piece in answer.stream(min_chunk_size=PIECE_BYTES):
                yield bytes(piece)
        except FileNotFoundError:
            raise Gone from None
        except self._errors as error:
            if type(error).__name__ == "PreconditionError" or "status: 416" in str(error):
                raise Changed from None
            raise self._translate(error) from None

    async def close(self) -> None:
        # obstore keeps its connections for the next time, and closes those that idle.
        return

    def _translate(self, error: Exception) -> LogFolderError | RemoteError:
        found = trouble.from_bucket(self._address, str(error), has_credentials=self._is_signed)
        assert isinstance(found, LogFolderError | RemoteError)
        return found

    async def _open(self) -> Any:
        """The store, with the credentials that were found; unsigned where there are none."""
        if self._store is None:
            self._store = await self._make_store()
        return self._store

    async def _make_store(self) -> Any:
        address = self._address
        try:
            return await self._with_credentials()
        except self._errors as error:  # settings that obstore refuses; its text may repeat them
            if isinstance(error, LogFolderError | RemoteError):
                raise
            if trouble.is_about_credentials(str(error)):
                raise self._translate(error) from None
            raise LogFolderError(
                f"{address} cannot be read with the settings of the environment ({type(error).__name__}).",
                hint=f"see {trouble.GUIDE}",
            ) from None

    async def _with_credentials(self) -> Any:
        """The store, signed by what the environment says, else by the machine's role, else not at all."""
        environ, scheme = self._environ, self._address.scheme
        settings: dict[str, Any] = {}
        has_credentials = False
        may_have_role = True
        if scheme == "s3":
            profile = read_profile(environ)
            settings = dict(profile.settings)
            has_credentials = has_environment_credentials(environ) or "access_key_id" in settings
            if profile.needs_boto3:
                settings["credential_provider"] = self._boto3_provider()
                has_credentials = True
            may_have_role = environ.get("AWS_EC2_METADATA_DISABLED", "").lower() != "true"
        elif scheme == "gs":
            has_credentials = any(name.startswith("GOOGLE_") and environ[name] for name in environ) or _has_gcloud(
                environ
            )
        else:
            has_credentials = any(environ.get(name) for name in _AZURE_CREDENTIALS)
        if not has_credentials:
            # Only the machine's role is left, which is asked for over a link that most machines do not have.
            if may_have_role and await self._has_role(self._make(settings, is_patient=False)):
                return self._make(settings)
            self._is_signed = False
            settings["skip_signature"] = True
        return self._make(settings)

    def _make(self, settings: Mapping[str, Any], *, is_patient: bool = True) -> Any:
        stores = self._obstore.store
        make = {"s3": stores.S3Store, "gs": stores.GCSStore, "az": stores.AzureStore}[self._address.scheme]
        endpoints = [
            value for name, value in self._environ.items() if "ENDPOINT" in name and name[:4] in ("AWS_", "AZUR")
        ]
        # A user who names an http:// address has decided so.
        allows_http = any(value.startswith("http://") for value in (settings.get("endpoint", ""), *endpoints))
        return make(
            self._address.place,
            **settings,
            client_options={
                "connect_timeout": CONNECT_TIMEOUT,
                "read_timeout": READ_TIMEOUT,
                "timeout": REQUEST_TIMEOUT,
                "allow_http": allows_http,
            },
            retry_config={
                "max_retries": MAX_RETRIES if is_patient else 0,
                "retry_timeout": RETRY_TIMEOUT,
                "backoff": BACKOFF,
            },
        )

    async def _has_role(self, store: Any) -> bool:
        async def ask() -> None:
            async for _ in self._obstore.list(store, prefix=self._address.path or None, chunk_size=1):
                return

        try:
            await asyncio.wait_for(ask(), ROLE_TIMEOUT_S)
        except TimeoutError:
            return False
        except self._errors as error:
            return not trouble.is_about_credentials(str(error))
        return True

    def _boto3_provider(self) -> Any:
        try:
            from obstore.auth.boto3 import Boto3CredentialProvider
        except ImportError:
            raise LogFolderError(
                f"the AWS profile for {self._address} signs in by single sign-on, a role or a process, "
                "which needs 'boto3'; it is not installed.",
                hint='pip install boto3, or: eval "$(aws configure export-credentials --format env)"',
            ) from None
        return Boto3CredentialProvider()


def _is_odd_key(error: Exception) -> bool:
    return type(error).__name__ == "InvalidPathError"


def _offset_behind(text: str) -> str | None:
    """A key that sorts behind all that share the odd part which the error text tells of; None when it tells of none.

    >>> _offset_behind('EmptySegment { path: "logs//x/y" }'), _offset_behind('BadSegment { path: "logs/../y" }')
    ('logs/0', 'logs/..0')
    """
    found = _ODD_PATH.search(text)
    parts = found[1].split("/") if found else []
    for index, part in enumerate(parts):
        if part in ("", ".", ".."):
            # `0` is the character behind `/`.
            return "/".join([*parts[:index], part]) + "0"
    return None


def _has_gcloud(environ: Mapping[str, str]) -> bool:
    """Whether `gcloud auth application-default login` was run, where obstore looks for it."""
    home = Path(environ.get("HOME") or environ.get("USERPROFILE") or "~").expanduser()
    return (home / ".config" / "gcloud" / "application_default_credentials.json").is_file()
