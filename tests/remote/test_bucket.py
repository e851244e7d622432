"""A bucket behind a server that fails → what a local folder of the same files gives."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path

import pytest
from tests.remote.compare import assert_same
from tests.remote.conftest import Bucket, own_server_only
from tests.remote.s3_server import ACCESS_KEY, SECRET_KEY

import goodfit
from goodfit.errors import GoodfitError, LogFolderError, MissingExtra, RemoteError
from goodfit.remote import mirror as mirror_module
from goodfit.remote.transfer import CHECKED_BYTES, PART_BYTES
from goodfit.store.store import Store
from goodfit.testing.logs import append_torn_tail, write_run

FAULTS = [
    {"fail_every": 3},
    {"fail_every": 3, "status": 500},
    {"fail_every": 4, "status": 429},
    {"cut_every": 2},
    {"short_every": 2},
    {"reset_every": 4},
    {"fail_every": 5, "cut_every": 3, "short_every": 4, "reset_every": 7},
]


def opened(place: str | Path) -> Store:
    return goodfit.open(place).store


def mirror_files(home: Path) -> list[Path]:
    return sorted(path for path in (home / "cache" / "remote").glob("*/files/**/*") if path.is_file())


@pytest.mark.usefixtures("no_leaks")
def test_every_value_is_that_of_the_local_folder(bucket: Bucket, source: Path) -> None:
    bucket.upload(source)
    assert assert_same(opened(bucket.address), opened(source)) == 18


@pytest.mark.parametrize("writer", ["torch", "tf", "tensorboardX"])
def test_files_by_other_writers_read_the_same(bucket: Bucket, golden: Path, writer: str) -> None:
    bucket.upload(golden / writer)
    assert assert_same(opened(bucket.address + "/"), opened(golden / writer)) > 0


def test_other_files_are_not_read(bucket: Bucket, source: Path, goodfit_home: Path) -> None:
    n_bytes = bucket.upload(source)
    bucket.put("run/model.ckpt", b"x" * 1_000_000)
    bucket.put("run/projector_config.pbtxt", b"embeddings {}")
    opened(bucket.address)
    assert bucket.faults.body_bytes == n_bytes + len(b"embeddings {}")
    assert not [path for path in mirror_files(goodfit_home) if path.name == "model.ckpt"]


@pytest.mark.parametrize(
    "faults", FAULTS, ids=lambda faults: "-".join(f"{key}-{value}" for key, value in faults.items())
)
def test_faults_of_the_server_change_nothing(bucket: Bucket, source: Path, faults: dict[str, int]) -> None:
    bucket.upload(source)
    for name, value in faults.items():
        setattr(bucket.faults, name, value)
    assert_same(opened(bucket.address), opened(source))
    assert bucket.faults.n_requests.total() > 7  # one listing and six files, were nothing broken


def test_object_replaced_by_a_longer_one_costs_its_new_bytes(bucket: Bucket, tmp_path: Path) -> None:
    path = write_run(tmp_path / "source" / "run", {"loss": [float(step) for step in range(20_000)]}, ended=None)
    n_old = bucket.upload(tmp_path / "source")
    logs = goodfit.open(bucket.address)
    assert bucket.faults.body_bytes == n_old

    more = write_run(tmp_path / "other" / "run", {"loss": [(step, -1.0) for step in range(20_000, 20_100)]}, ended=None)
    path.write_bytes(path.read_bytes() + more.read_bytes())
    n_new = bucket.upload(tmp_path / "source") - n_old
    bucket.faults.reset_counts()
    changes = logs.refresh()
    assert n_new < n_old / 100
    assert bucket.faults.body_bytes == n_new + CHECKED_BYTES
    assert changes.n_points == 100
    assert_same(logs.store, opened(tmp_path / "source"))


def test_opening_again_reads_no_file(bucket: Bucket, source: Path) -> None:
    bucket.upload(source)
    opened(bucket.address)
    bucket.faults.reset_counts()
    assert_same(opened(bucket.address), opened(source))
    assert dict(bucket.faults.n_requests) == {"list": 1}


@pytest.mark.parametrize("n_values", [5, 40, 400])
def test_object_replaced_by_another_one_is_read_anew(bucket: Bucket, tmp_path: Path, n_values: int) -> None:
    first = write_run(tmp_path / "a", {"loss": [1.0] * 40})
    bucket.put("run/events.tfevents", first.read_bytes())
    logs = goodfit.open(bucket.address)
    other = write_run(tmp_path / "b", {"loss": [2.0] * n_values}, first_wall_time=1.6e9)
    bucket.put("run/events.tfevents", other.read_bytes())
    logs.refresh()
    assert logs["run"].scalars["loss"].values.tolist() == [2.0] * n_values


def test_shrunk_object_is_read_anew(bucket: Bucket, tmp_path: Path) -> None:
    body = write_run(tmp_path / "a", {"loss": [float(step) for step in range(100)]}, ended=None).read_bytes()
    bucket.put("run/events.tfevents", body)
    logs = goodfit.open(bucket.address)
    bucket.put("run/events.tfevents", body[: len(body) // 2])
    logs.refresh()
    n_left = len(logs["run"].scalars["loss"].values)
    assert 0 < n_left < 60


def test_deleted_objects_take_their_runs_with_them(bucket: Bucket, source: Path, goodfit_home: Path) -> None:
    bucket.upload(source)
    logs = goodfit.open(bucket.address)
    gone = next(source.glob("group 1/run3/*"))
    bucket.delete(gone.relative_to(source).as_posix())
    assert logs.refresh().removed_runs == ("group 1/run3",)
    assert len(mirror_files(goodfit_home)) == 5
    assert not list(goodfit_home.glob("cache/remote/*/files/group 1/run3"))


def test_torn_tail_waits_for_the_rest(bucket: Bucket, tmp_path: Path) -> None:
    path = write_run(tmp_path / "source" / "run", {"loss": [1.0, 2.0]}, ended=None)
    whole = path.read_bytes()
    append_torn_tail(path)
    bucket.upload(tmp_path / "source")
    logs = goodfit.open(bucket.address)
    assert [issue.kind for issue in logs.issues] == ["torn_tail"]
    assert logs["run"].scalars["loss"].values.tolist() == [1.0, 2.0]
    assert len(whole) < path.stat().st_size


def test_interrupted_reading_goes_on_where_it_was(bucket: Bucket, tmp_path: Path) -> None:
    body = os.urandom(PART_BYTES * 4 + 12_345)  # no event file, which the mirror does not mind
    bucket.put("run/big.tfevents", body)
    bucket.faults.status = 403
    bucket.faults.fail_from = PART_BYTES * 4
    logs = goodfit.open(bucket.address)
    assert [issue.path for issue in logs.issues if issue.kind == "unreadable"] == ["run/big.tfevents"]
    n_held = (logs.store.logdir / "run" / "big.tfevents").stat().st_size
    bucket.faults.fail_from = None
    bucket.faults.reset_counts()
    logs.refresh()
    assert n_held % PART_BYTES == 0 and n_held > 0
    assert bucket.faults.body_bytes == len(body) - n_held
    assert (logs.store.logdir / "run" / "big.tfevents").read_bytes() == body


def test_large_object_comes_in_parts_and_in_order(bucket: Bucket) -> None:
    body = os.urandom(PART_BYTES * 5 + 1)
    bucket.put("run/big.tfevents", body)
    bucket.faults.cut_every = 3
    store = opened(bucket.address)
    assert (store.logdir / "run" / "big.tfevents").read_bytes() == body
    assert bucket.faults.n_requests["get"] > 6


def test_a_thousand_small_objects(bucket: Bucket, tmp_path: Path) -> None:
    body = write_run(tmp_path / "run", {"loss": [3.0, 2.0, 1.0]}).read_bytes()
    for number in range(1000):
        bucket.put(f"run{number:04}/events.tfevents", body)
    bucket.put("run1000/events.tfevents", body)  # a second page
    logs = goodfit.open(bucket.address)
    assert len(logs.runs) == 1001
    assert all(logs[run].scalars["loss"].values.tolist() == [3.0, 2.0, 1.0] for run in logs.runs[::100])
    bucket.faults.reset_counts()
    assert logs.refresh().is_empty
    assert set(bucket.faults.n_requests) == {"list"}


def test_two_processes_read_every_byte_once(bucket: Bucket, source: Path) -> None:
    n_bytes = bucket.upload(source)
    script = (
        "import sys, goodfit; logs = goodfit.open(sys.argv[1]);"
        "print(sum(float(logs[run].scalars['loss'].values.sum()) for run in logs.runs))"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", script, bucket.address], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [process.communicate(timeout=60)[0] for process in started]
    local = goodfit.open(source)
    wanted = sum(float(local[run].scalars["loss"].values.sum()) for run in local.runs)
    assert [float(text) for text in said] == [wanted, wanted]
    assert bucket.faults.body_bytes == n_bytes


@pytest.mark.parametrize("what", ["folder", "ledger", "files", "garbage"])
def test_cache_may_vanish_or_rot(bucket: Bucket, source: Path, goodfit_home: Path, what: str) -> None:
    import shutil

    bucket.upload(source)
    logs = goodfit.open(bucket.address)
    (folder,) = (goodfit_home / "cache" / "remote").iterdir()
    if what == "folder":
        shutil.rmtree(folder)
    elif what == "ledger":
        (folder / "ledger.sqlite3").unlink()
    elif what == "files":
        shutil.rmtree(folder / "files")
    else:
        (folder / "ledger.sqlite3").write_bytes(b"no ledger at all" * 100)
    logs.refresh()
    assert_same(logs.store, opened(source))
    assert_same(opened(bucket.address), opened(source))


def test_one_file_by_its_address(bucket: Bucket, tmp_path: Path) -> None:
    path = write_run(tmp_path / "run", {"loss": [1.0, 2.0]})
    bucket.put("run/a.tfevents", path.read_bytes())
    bucket.put("run/a.tfevents.v2", path.read_bytes())
    logs = goodfit.open(f"{bucket.address}/run/a.tfevents")
    assert (logs.runs, len(logs.files)) == (["."], 1)
    assert logs["."].scalars["loss"].values.tolist() == [1.0, 2.0]


def test_names_of_all_kinds(bucket: Bucket, tmp_path: Path) -> None:
    body = write_run(tmp_path / "run", {"loss": [1.0]}).read_bytes()
    names = ["a b", "50%", "ü한글", "q?x=1#2", "plus+and&", "x" * 250, "colon:name", "[x]*"]
    for name in names:
        bucket.put(f"{name}/a.tfevents", body)
    logs = goodfit.open(bucket.address)
    assert len(logs.runs) == len(names)
    assert set(names) - set(logs.runs) == {"x" * 250}  # a file system takes 255 bytes, and an ending is wanted
    assert all(logs[run].scalars["loss"].values.tolist() == [1.0] for run in logs.runs)
    assert logs.issues == []


@own_server_only
def test_keys_that_are_no_paths_are_told_and_the_rest_is_read(
    bucket: Bucket, tmp_path: Path, goodfit_home: Path
) -> None:
    body = write_run(tmp_path / "run", {"loss": [1.0]}).read_bytes()
    for key in (
        "a/x.tfevents",
        "b//x.tfevents",
        "b/c/x.tfevents",
        "d/../../x.tfevents",
        "e/f/./x.tfevents",
        "z/x.tfevents",
    ):
        bucket.put(key, body)
    logs = goodfit.open(bucket.address)
    assert logs.runs == ["a", "b/c", "z"]
    assert [(issue.path, issue.kind) for issue in logs.issues] == [
        ("b//", "unreadable"), ("d/../", "unreadable"), ("e/f/./", "unreadable"),
    ]  # fmt: skip
    assert {path.name for path in goodfit_home.rglob("*.tfevents")} == {"x.tfevents"}
    assert not (tmp_path / "x.tfevents").exists()


def test_name_that_is_a_file_and_a_folder(bucket: Bucket, tmp_path: Path) -> None:
    body = write_run(tmp_path / "run", {"loss": [1.0]}).read_bytes()
    bucket.put("run/a.tfevents", body)
    bucket.put("run/a.tfevents/b.tfevents", body)
    logs = goodfit.open(bucket.address)
    assert len(logs.runs) == 1
    assert [issue.kind for issue in logs.issues] == ["unreadable"]


@own_server_only
def test_object_that_may_not_be_read_is_told(bucket: Bucket, source: Path) -> None:
    bucket.upload(source)
    key = next(source.glob("group 1/run3/*")).relative_to(source).as_posix()
    bucket.buckets.refused.add(f"logs/{key}")
    logs = goodfit.open(bucket.address)
    assert len(logs.runs) == 5
    assert [(issue.path, issue.kind) for issue in logs.issues] == [(key, "unreadable")]
    assert "403" in logs.issues[0].detail


@own_server_only
def test_a_finished_training_is_not_taken_to_run_because_it_was_copied_now(bucket: Bucket, tmp_path: Path) -> None:
    body = write_run(tmp_path / "run", {"loss": [1.0, 2.0]}, ended=None).read_bytes()
    bucket.put("run/a.tfevents", body, modified_s=1.7e9)
    logs = goodfit.open(bucket.address)
    assert next((logs.store.logdir / "run").iterdir()).stat().st_mtime == 1.7e9
    assert (logs.store.logdir / "run").stat().st_mtime == 1.7e9
    assert logs.training("run").state == "stalled"  # long silent, without a goodbye


# What a user sees when it does not work.


@own_server_only
def test_no_credentials(bucket: Bucket, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.upload(source)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(LogFolderError, match="may not be read without credentials, and none were found") as caught:
        goodfit.open(bucket.address)
    assert "AWS_ACCESS_KEY_ID" in str(caught.value.hint)


@own_server_only
def test_public_bucket_needs_no_credentials(bucket: Bucket, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.upload(source)
    bucket.buckets.needs_key = False
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    assert_same(opened(bucket.address), opened(source))
    assert not any("authorization" in text.lower() for text in bucket.faults.seen)


@own_server_only
def test_wrong_credentials(bucket: Bucket, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.upload(source)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
    with pytest.raises(LogFolderError, match=r"are not accepted \(403 InvalidAccessKeyId\)"):
        goodfit.open(bucket.address)


@own_server_only
def test_credentials_of_a_profile(bucket: Bucket, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.upload(source)
    endpoint = os.environ["AWS_ENDPOINT_URL"]
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name)
    folder = Path(os.environ["HOME"]) / ".aws"
    folder.mkdir()
    (folder / "credentials").write_text(
        f"[default]\naws_access_key_id = wrong\naws_secret_access_key = wrong\n"
        f"[lab]\naws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {SECRET_KEY}\n"
    )
    (folder / "config").write_text(f"[profile lab]\nregion = eu-west-1\nendpoint_url = {endpoint}\n")
    monkeypatch.setenv("AWS_PROFILE", "lab")
    assert_same(opened(bucket.address), opened(source))
    assert any("/eu-west-1/s3/" in text for text in bucket.faults.seen)


def test_missing_bucket(bucket: Bucket) -> None:
    with pytest.raises(LogFolderError, match="there is no bucket 'other'"):
        goodfit.open("s3://other/logs")


def test_missing_prefix(bucket: Bucket, source: Path) -> None:
    bucket.upload(source)
    with pytest.raises(LogFolderError, match="nothing lies below it"):
        goodfit.open("s3://bucket/log")  # no folder, though `logs` begins so


def test_server_that_is_not_there(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr("goodfit.remote.bucket.MAX_RETRIES", 1)
    with pytest.raises(RemoteError, match="it refuses connections"):
        goodfit.open(bucket.address)


def test_server_that_always_fails(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.faults.fail_every = 1
    monkeypatch.setattr("goodfit.remote.bucket.MAX_RETRIES", 3)
    with pytest.raises(RemoteError, match=r"answered 503 SlowDown, again and again"):
        goodfit.open(bucket.address)
    assert bucket.faults.n_requests.total() == 4


def test_missing_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    with pytest.raises(MissingExtra) as caught:
        goodfit.open("s3://bucket/logs")
    assert caught.value.hint == 'pip install "goodfit[remote]"'


def test_disk_without_room(bucket: Bucket, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bucket.upload(source)
    monkeypatch.setattr(mirror_module, "LEFT_FREE_BYTES", 1 << 60)
    with pytest.raises(LogFolderError, match="whose disk has"):
        goodfit.open(bucket.address)


def test_cache_that_cannot_be_written(bucket: Bucket, source: Path, goodfit_home: Path) -> None:
    bucket.upload(source)
    (goodfit_home / "cache").write_text("a file where a folder is wanted")
    with pytest.raises(LogFolderError, match="cannot be kept on this machine"):
        goodfit.open(bucket.address)


@pytest.mark.parametrize("breakage", ["wrong key", "503", "missing bucket", "none"])
def test_no_credential_leaves_the_process_but_signed(
    bucket: Bucket, source: Path, goodfit_home: Path, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, breakage: str,
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    token = "a-session-token-of-the-tests"
    monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    bucket.upload(source)
    address = bucket.address
    if breakage == "wrong key":
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAWRONG")
    elif breakage == "503":
        bucket.faults.fail_every = 1
        monkeypatch.setattr("goodfit.remote.bucket.MAX_RETRIES", 0)
    elif breakage == "missing bucket":
        address = "s3://other/logs"
    said = ""
    try:
        logs = goodfit.open(address)
        said = repr(logs) + logs._repr_html_() + repr(logs.issues) + repr(logs.store.place)
    except GoodfitError as error:
        said = "".join(traceback.format_exception(error)) + str(error) + repr(error)
        assert error.__cause__ is None
    # boto3, by which the tests write to moto, is not asked.
    logged = "".join(record.getMessage() for record in caplog.records if not record.name.startswith("boto"))
    kept = "".join(str(path) for path in goodfit_home.rglob("*"))
    contents = b"".join(path.read_bytes() for path in goodfit_home.rglob("*") if path.is_file())
    for secret in (SECRET_KEY, token, os.environ["AWS_ACCESS_KEY_ID"]):
        assert secret not in said + logged + kept
        assert secret.encode() not in contents


def test_server_that_ignores_ranges(bucket: Bucket, source: Path) -> None:
    bucket.upload(source)
    bucket.faults.ranges = "ignored"
    with goodfit.open(bucket.address) as logs:
        assert len(logs.issues) == 6 and logs.runs == []
        assert all("ignores ranges of bytes" in issue.detail for issue in logs.issues)


def test_ranges_that_are_refused_are_told_and_what_was_read_stays(bucket: Bucket, tmp_path: Path) -> None:
    path = write_run(tmp_path / "source" / "run", {"loss": [1.0, 2.0]}, ended=None)
    bucket.upload(tmp_path / "source")
    with goodfit.open(bucket.address) as logs:
        bucket.faults.ranges = "refused"
        more = write_run(tmp_path / "other", {"loss": [(2, 3.0)]}, ended=None)
        path.write_bytes(path.read_bytes() + more.read_bytes())
        bucket.upload(tmp_path / "source")
        logs.refresh()
        assert logs["run"].scalars["loss"].values.tolist() == [1.0, 2.0]
        assert [issue.kind for issue in logs.issues] == ["unreadable"]
        bucket.faults.ranges = "kept"
        logs.refresh()
        assert logs["run"].scalars["loss"].values.tolist() == [1.0, 2.0, 3.0]
        assert logs.issues == []


# Followed live.


def follow_until(store: Store, is_done: object, *, limit_s: float = 20.0) -> None:
    assert callable(is_done)
    end_s = time.monotonic() + limit_s
    while not is_done():
        assert time.monotonic() < end_s, "nothing came"
        store.refresh(budget_s=0.1)
        store.wait_for_changes(0.2)


def test_followed_bucket_shows_what_is_appended(bucket: Bucket, tmp_path: Path) -> None:
    path = write_run(tmp_path / "source" / "run", {"loss": [1.0, 2.0]}, ended=None)
    bucket.upload(tmp_path / "source")
    store = Store(bucket.address)
    try:
        assert store.refresh(budget_s=0.0).n_unread_bytes > 0
        follow_until(store, lambda: store.list_series("run") if store.list_runs() else [])
        more = write_run(tmp_path / "other", {"loss": [(2, 3.0)]}, ended=None)
        path.write_bytes(path.read_bytes() + more.read_bytes())
        bucket.upload(tmp_path / "source")
        key = next(info.key for info in store.list_series("run") if info.key.tag == "loss")
        follow_until(store, lambda: len(store.read_scalars(key).values) == 3)
        assert store.refresh(budget_s=0.0).n_unread_bytes == 0
    finally:
        store.close()


@pytest.mark.usefixtures("no_leaks")
def test_trouble_while_following_is_told_and_passes(
    bucket: Bucket, source: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("goodfit.remote.bucket.MAX_RETRIES", 0)
    monkeypatch.setattr("goodfit.remote.pace.FIRST_TROUBLE_S", 0.05)
    bucket.upload(source)
    bucket.faults.fail_every = 1
    store = Store(bucket.address)
    try:
        follow_until(store, lambda: store.trouble)
        assert "503" in store.trouble
        assert [(issue.path, issue.kind) for issue in store.list_issues()] == [(".", "unreadable")]
        bucket.faults.fail_every = 0
        follow_until(store, lambda: len(store.list_runs()) == 6)
        follow_until(store, lambda: not store.trouble)
        assert store.list_issues() == []
        assert len([record for record in caplog.records if record.name.startswith("goodfit")]) == 1
    finally:
        store.close()


@pytest.mark.usefixtures("no_leaks")
def test_closing_ends_a_reading_that_hangs(bucket: Bucket, source: Path) -> None:
    import threading

    bucket.upload(source)
    bucket.faults.hold = threading.Event()
    store = Store(bucket.address)
    while not bucket.faults.n_requests["get"]:
        store.refresh(budget_s=0.05)
    start_s = time.monotonic()
    store.close()
    assert time.monotonic() - start_s < 2.0
    bucket.faults.hold.set()


def test_idle_bucket_is_listed_less_and_less() -> None:
    import random

    from goodfit.remote.pace import RemotePace

    pace = RemotePace(random.Random(1))
    assert pace.after_look(cost_s=0.05, has_news=True) == 2.0
    waits = [pace.after_look(cost_s=0.05, has_news=False) for _ in range(40)]
    assert waits == sorted(waits) and waits[-1] == 60.0
    assert sum(wait < 60 for wait in waits) < 15
    assert pace.after_look(cost_s=5.0, has_news=True) == 100.0
    troubles = [pace.after_trouble() for _ in range(10)]
    assert 2.5 <= troubles[0] <= 5.0 and all(30 <= wait <= 60 for wait in troubles[-3:])
