"""A bucket on loopback behind a proxy that counts and breaks; and the settings that lead to it.

The server is our own small one, or moto where `S3_SERVER=moto` says so (see tests/integration).
"""

from __future__ import annotations

import logging
import os
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.remote.fault_proxy import Faults, serve_faults
from tests.remote.s3_server import ACCESS_KEY, SECRET_KEY, Buckets, serve_buckets

from goodfit.testing.logs import write_run

IS_MOTO = os.environ.get("S3_SERVER") == "moto"
own_server_only = pytest.mark.skipif(IS_MOTO, reason="moto does not check keys, nor can times be set there")


class Bucket:
    """The bucket `bucket` of a test."""

    address = "s3://bucket/logs"

    def __init__(self, faults: Faults, buckets: Buckets, port: int) -> None:
        self.faults = faults
        self.buckets = buckets
        """Of our own server only."""
        self._port = port

    def put(self, key: str, body: bytes, *, modified_s: float | None = None) -> None:
        """Writes an object, `key` below `logs/`."""
        self.buckets.put("bucket", f"logs/{key}", body, modified_s=modified_s)

    def delete(self, key: str) -> None:
        self.buckets.delete("bucket", f"logs/{key}")

    def upload(self, folder: Path) -> int:
        """Writes every file below a folder; returns their size together."""
        n_bytes = 0
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            body = path.read_bytes()
            n_bytes += len(body)
            self.put(path.relative_to(folder).as_posix(), body, modified_s=path.stat().st_mtime)
        return n_bytes


class MotoBucket(Bucket):
    """The same on moto."""

    def __init__(self, faults: Faults, port: int) -> None:
        super().__init__(faults, Buckets(), port)
        import boto3  # type: ignore[import-not-found,unused-ignore]

        self._client = boto3.client(
            "s3", endpoint_url=f"http://127.0.0.1:{port}", region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY, aws_secret_access_key=SECRET_KEY,
        )  # fmt: skip
        self._client.create_bucket(Bucket="bucket")

    def put(self, key: str, body: bytes, *, modified_s: float | None = None) -> None:
        self._client.put_object(Bucket="bucket", Key=f"logs/{key}", Body=body)

    def delete(self, key: str) -> None:
        self._client.delete_object(Bucket="bucket", Key=f"logs/{key}")


def set_environment(monkeypatch: pytest.MonkeyPatch, home: Path, endpoint: str) -> None:
    """Nothing of the machine's own cloud settings, and the endpoint of a test."""
    for name in list(os.environ):
        if name.startswith(("AWS_", "AZURE_", "GOOGLE_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)


@pytest.fixture(autouse=True, scope="session")
def _runtime() -> None:
    """obstore's threads, which it starts once and keeps."""
    import obstore
    from obstore.store import MemoryStore

    list(obstore.list(MemoryStore()))


@pytest.fixture(scope="session")
def moto_port() -> Iterator[int]:
    """Of a moto server; 0 where our own is used."""
    if not IS_MOTO:
        yield 0
        return
    from moto.server import ThreadedMotoServer  # type: ignore[import-not-found,unused-ignore]

    # In this process it would log every request where the tests look for what we log.
    logging.getLogger("werkzeug").disabled = True
    moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    moto.start()
    yield moto.get_host_and_port()[1]
    moto.stop()


@pytest.fixture
def bucket(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory, moto_port: int
) -> Iterator[Bucket]:
    faults = Faults()
    if moto_port:
        with serve_faults(moto_port, faults) as proxy:
            set_environment(monkeypatch, tmp_path_factory.mktemp("home"), proxy.url)
            yield MotoBucket(faults, moto_port)
        reset = urllib.request.Request(f"http://127.0.0.1:{moto_port}/moto-api/reset", method="POST")
        urllib.request.urlopen(reset).close()
        return
    buckets = Buckets()
    buckets.objects["bucket"] = {}
    with serve_buckets(buckets) as server, serve_faults(server.port, faults) as proxy:
        set_environment(monkeypatch, tmp_path_factory.mktemp("home"), proxy.url)
        yield Bucket(faults, buckets, server.port)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A log folder of this machine with a few runs of all kinds of lengths."""
    folder = tmp_path / "source"
    for number in range(6):
        losses = [1.0 / (step + 1) + number for step in range(50 * number + 1)]
        write_run(folder / f"group {number % 2}" / f"run{number}", {"loss": losses, "val/loss": losses[::-1]})
    return folder
