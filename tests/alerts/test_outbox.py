"""The file: whole transactions, one owner at a time, nothing lost to damage or time."""

from __future__ import annotations

import os
import sqlite3
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.alerts.posting import Clock

from goodfit.alerts.delivery import Route
from goodfit.alerts.message import Attachment, make_message
from goodfit.alerts.outbox import Outbox
from goodfit.alerts.outcome import Outcome
from goodfit.errors import DeliveryError

ROUTE = Route("pushbullet", 0, "pushbullet://o.abc…")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(tmp_path: Path, clock: Clock) -> Iterator[Outbox]:
    with Outbox(tmp_path / "state" / "outbox.sqlite3", clock=clock) as own:
        yield own


def put(outbox: Outbox, title: str = "note", **keywords: object) -> str:
    (delivery_id,) = outbox.queue(make_message(title), [ROUTE], sender_key="k", **keywords)  # type: ignore[arg-type]
    return delivery_id


def test_is_readable_by_its_owner_only(outbox: Outbox) -> None:
    put(outbox)
    for path in outbox.path.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(outbox.path.parent.stat().st_mode) == 0o700


def test_an_alert_and_its_deliveries_appear_together_or_not_at_all(outbox: Outbox) -> None:
    with pytest.raises(DeliveryError):
        outbox.queue(make_message("twice the same"), [ROUTE, ROUTE], sender_key="k")
    assert outbox.list_deliveries() == []
    (count,) = sqlite3.connect(outbox.path).execute("SELECT count(*) FROM alerts").fetchone()
    assert count == 0


def test_the_same_identity_is_queued_once(outbox: Outbox) -> None:
    first = outbox.queue(make_message("a"), [ROUTE], sender_key="k", identity="run|end")
    assert len(first) == 1
    assert outbox.queue(make_message("b"), [ROUTE], sender_key="k", identity="run|end") == []
    assert len(outbox.queue(make_message("a"), [ROUTE], sender_key="k")) == 1


def test_one_of_many_claimers_gets_a_delivery(outbox: Outbox) -> None:
    delivery_id = put(outbox)
    won: list[str] = []

    def claim(name: str) -> None:
        with Outbox(outbox.path) as own:
            if own.claim(delivery_id, owner=name, lease_s=60) is not None:
                won.append(name)

    threads = [threading.Thread(target=claim, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_message_comes_out_as_it_went_in(outbox: Outbox) -> None:
    attachment = Attachment(bytes(range(256)), "a.png", "image/png", "alt")
    message = make_message("제목", "body\n🎉", severity="error", link="https://example.net", attachment=attachment)
    (delivery_id,) = outbox.queue(message, [ROUTE], sender_key="k")
    assert outbox.read_message(delivery_id) == message


def test_what_is_too_old_is_given_up(outbox: Outbox, clock: Clock) -> None:
    put(outbox, ttl_s=60)
    clock.now += 59
    outbox.expire()
    assert outbox.list_deliveries()[0].state == "queued"
    clock.now += 1
    outbox.expire()
    assert outbox.list_deliveries()[0].state == "expired"


def test_the_log_is_kept_for_a_month(outbox: Outbox, clock: Clock) -> None:
    delivery_id = put(outbox)
    outbox.claim(delivery_id, owner="k:1", lease_s=60)
    outbox.finish(delivery_id, Outcome("sent"), state="sent", due=clock(), memo={})
    clock.now += 29 * 86400
    outbox.expire()
    assert len(outbox.list_deliveries()) == 1
    clock.now += 2 * 86400
    outbox.expire()
    assert outbox.list_deliveries() == []


def test_a_pause_holds_back_and_drops_nothing(outbox: Outbox, clock: Clock) -> None:
    put(outbox, "before", ttl_s=60)
    outbox.pause("pushbullet", until=clock() + 3600)
    put(outbox, "during", ttl_s=60)
    clock.now += 3599
    outbox.expire()
    assert [delivery.due <= clock() for delivery in outbox.list_open()] == [False, False]
    assert len(outbox.list_open()) == 2
    clock.now += 1
    assert [delivery.due <= clock() for delivery in outbox.list_open()] == [True, True]
    assert outbox.list_pauses() == {}


def test_the_end_of_a_pause_lets_everything_go(outbox: Outbox, clock: Clock) -> None:
    put(outbox)
    outbox.pause("pushbullet", until=clock() + 3600)
    outbox.resume("pushbullet")
    assert outbox.list_open()[0].due <= clock()


def test_a_damaged_file_is_moved_aside_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    path.write_bytes(b"this is no database" * 100)
    with Outbox(path, clock=lambda: 1234.0) as outbox:
        put(outbox)
        assert len(outbox.list_deliveries()) == 1
    assert (tmp_path / "outbox.sqlite3.damaged-1234").read_bytes().startswith(b"this is no database")


def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "outbox.sqlite3"
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(DeliveryError, match="newer version"):
        Outbox(path)
    assert path.exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(DeliveryError, match="cannot be opened"):
            Outbox(tmp_path / "state" / "outbox.sqlite3")
    finally:
        tmp_path.chmod(0o700)


def test_a_place_that_cannot_be_a_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DeliveryError, match="cannot be opened"):
        Outbox(tmp_path / "file" / "outbox.sqlite3")


def test_a_stop_ends_with_its_time(outbox: Outbox, clock: Clock) -> None:
    outbox.stop("key", "rate", until=clock() + 60, reason="slow down")
    assert outbox.find_stop("other", "key") is not None
    clock.now += 60
    assert outbox.find_stop("key") is None
    outbox.stop("key", "auth", until=None, reason="401")
    clock.now += 1e9
    found = outbox.find_stop("key")
    assert found is not None
    assert found.kind == "auth"
    outbox.clear_stops("key")
    assert outbox.find_stop("key") is None
