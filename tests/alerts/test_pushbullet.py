"""What Pushbullet's documentation asks for, and what the service answers when things go wrong."""

from __future__ import annotations

import datetime
import itertools
import json
from pathlib import Path

import pytest
from tests.alerts.fake_vendors import FakeVendors
from tests.alerts.posting import Post

from goodfit import config
from goodfit.alerts.channels import open_channels
from goodfit.alerts.message import make_attachment
from goodfit.errors import ConfigError

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def test_sends_what_the_documented_curl_call_sends(post: Post) -> None:
    # curl --header 'Access-Token: TOKEN' --header 'Content-Type: application/json'
    #      --data-binary '{"body":"…","title":"…","type":"note"}' --request POST https://api.pushbullet.com/v2/pushes
    (delivery_id,) = post.queue("Training complete", "loss 0.31\nval_loss 0.40")
    post.run_dry()
    (request,) = post.vendors.requests
    assert (request.method, request.path) == ("POST", "/v2/pushes")
    assert request.headers["access-token"] == post.vendors.token
    assert request.headers["content-type"] == "application/json"
    assert "authorization" not in request.headers
    assert "cookie" not in request.headers
    assert request.json == {
        "type": "note", "title": "Training complete", "body": "loss 0.31\nval_loss 0.40", "guid": delivery_id,
    }  # fmt: skip
    assert post.states == ["sent"]
    assert post.deliveries[0].remote_id == post.vendors.pushes[0]["iden"]


def test_a_link_is_a_link_push(post: Post) -> None:
    post.queue(link="https://example.net/run/1")
    post.run_dry()
    assert post.vendors.pushes[0]["type"] == "link"
    assert post.vendors.pushes[0]["url"] == "https://example.net/run/1"


@pytest.mark.parametrize(
    ("address", "field", "value"),
    [
        ("ujpah72o0sjAoRtnM0jc", "device_iden", "ujpah72o0sjAoRtnM0jc"),
        ("someone@example.net", "email", "someone@example.net"),
        ("#mychannel", "channel_tag", "mychannel"),
        ("?channel=mychannel", "channel_tag", "mychannel"),
        ("?device=ujpah72o0sjAoRtnM0jc", "device_iden", "ujpah72o0sjAoRtnM0jc"),
    ],
)
def test_a_target_is_named_by_its_own_parameter(post: Post, address: str, field: str, value: str) -> None:
    post.queue(channels=(f"pushbullet://{post.vendors.token}/{address}",))
    post.run_dry()
    assert post.vendors.pushes[0][field] == value


def test_several_targets_are_several_deliveries(post: Post) -> None:
    post.queue(channels=(f"pushbullet://{post.vendors.token}/ujpah72o0sjAoRtnM0jc/me@example.net",))
    post.run_dry()
    assert [set(push) & {"device_iden", "email"} for push in post.vendors.pushes] == [{"device_iden"}, {"email"}]
    assert len({push["guid"] for push in post.vendors.pushes}) == 2


def test_a_picture_with_its_words_is_one_file_push(post: Post) -> None:
    post.queue("Overfitting", "since step 38", attachment=make_attachment(PNG, alt="loss by step"))
    post.run_dry()
    (push,) = post.vendors.pushes
    assert push["type"] == "file"
    assert push["body"].splitlines() == ["Overfitting", "since step 38", "loss by step"]
    assert post.vendors.files[push["file_url"]] == PNG
    assert push["image_url"] == push["file_url"]
    (upload,) = post.vendors.uploads
    assert "access-token" not in upload.headers


def test_a_picture_is_not_uploaded_again_when_the_push_fails(post: Post) -> None:
    post.vendors.script = ["ok", "status 503", "status 503"]  # the place to upload to, then the push itself
    post.queue(attachment=make_attachment(PNG))
    post.run_dry()
    assert post.states == ["sent"]
    assert len(post.vendors.uploads) == 1


def test_the_words_go_without_the_picture_when_the_upload_is_refused(post: Post) -> None:
    post.vendors.upload_script = ["status 413"]
    post.queue("Overfitting", "since step 38", attachment=make_attachment(PNG))
    post.run_dry()
    (push,) = post.vendors.pushes
    assert (push["type"], push["title"]) == ("note", "Overfitting")
    assert "could not be attached" in push["body"]


def test_the_words_go_without_the_picture_when_the_upload_host_is_down(post: Post) -> None:
    post.vendors.upload_script = ["status 503"] * 9
    post.queue(attachment=make_attachment(PNG))
    post.run_dry()
    assert post.vendors.pushes[0]["type"] == "note"
    assert len(post.vendors.uploads) == 3


# --- the table of answers: what is told, whether it is tried again, and what becomes of the channel ---


@pytest.mark.parametrize(
    "failure",
    [
        "status 500",
        "status 502",
        "status 503",
        "status 408",
        "status 425",
        "html",
        "json []",
        'json {"iden": 3}',
        "json ",
    ],
)
def test_a_passing_failure_is_tried_again(post: Post, failure: str) -> None:
    post.vendors.script = [failure] * 3
    post.queue()
    post.run_dry()
    assert post.states == ["sent"]
    assert len(post.vendors.pushes) == 1
    assert [attempt.outcome for attempt in post.deliveries[0].attempts] == ["transient"] * 3 + ["sent"]


@pytest.mark.parametrize("failure", ["half", "reset", "lost reset", "lost half", "lost html", "lost status 500"])
def test_an_unknown_outcome_is_repeated_under_the_same_guid(post: Post, failure: str) -> None:
    post.vendors.script = [failure]
    (delivery_id,) = post.queue()
    post.run_dry()
    assert post.states == ["sent"]
    assert len(post.vendors.pushes) == 1  # by its guid, although some of these requests had been carried out
    assert [request.json["guid"] for request in post.vendors.requests] == [delivery_id, delivery_id]


def test_a_server_that_never_answers_is_given_up_on_and_tried_again(post: Post) -> None:
    import threading

    post.vendors.gate = threading.Event()
    post.vendors.script = ["hang"]
    post.wait_at_most(0.2)
    post.queue()
    post.turn()
    attempt = post.deliveries[0].attempts[0]
    assert (attempt.outcome, post.states) == ("unknown", ["queued"])
    post.vendors.gate.set()
    post.wait_at_most()
    post.run_dry()
    assert post.states == ["sent"]


def test_first_retries_come_after_about_one_two_and_four_seconds(post: Post) -> None:
    post.vendors.script = ["status 503"] * 4
    post.queue()
    post.run_dry()
    times = [attempt.time for attempt in post.deliveries[0].attempts]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    for gap, step in zip(gaps, (1, 2, 4, 8), strict=True):
        assert step / 2 <= gap <= step * 1.5


def test_retries_never_wait_longer_than_a_quarter_of_an_hour_and_end_after_a_day(post: Post) -> None:
    post.vendors.script = ["status 503"] * 500
    post.queue()
    lasted = post.run_dry(limit=400)
    times = [attempt.time for attempt in post.deliveries[0].attempts]
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) <= 900
    assert post.states == ["expired"]
    assert lasted == pytest.approx(86400, abs=900)


@pytest.mark.parametrize(
    ("headers", "low", "high"),
    [
        ("Retry-After=7", 7, 7),
        ("Retry-After=0", 1, 1),  # clamped to a second
        ("Retry-After=99999", 3600, 3600),  # and to an hour
        ("X-Ratelimit-Reset=1790000042", 42, 42),
        ("Retry-After=7 X-Ratelimit-Reset=1790000042", 7, 7),
        ("Retry-After=Mon,21-Sep-2026", 0.5, 1.5),  # not a date: the usual wait
        ("", 0.5, 1.5),
    ],
)
def test_a_rate_limit_is_waited_out(post: Post, headers: str, low: float, high: float) -> None:
    post.vendors.script = [f"status 429 {headers}".strip()]
    post.queue()
    waited = post.run_dry()
    assert low <= waited <= high
    assert post.states == ["sent"]


def test_a_rate_limit_stops_every_target_of_the_token(post: Post) -> None:
    post.vendors.script = ["status 429 Retry-After=60"]
    post.queue(channels=(f"pushbullet://{post.vendors.token}/ujpah72o0sjAoRtnM0jc/me@example.net",))
    post.queue()
    post.turn()
    post.turn(30)
    assert len(post.vendors.requests) == 1
    post.run_dry()
    assert post.states == ["sent"] * 3


def test_a_spent_quota_stops_the_channel_until_the_month_is_over(post: Post) -> None:
    post.vendors.script = ["pro_required"]
    post.queue("first")
    post.turn()
    assert post.states == ["failed"]
    assert post.deliveries[0].attempts[0].status_code == 400
    assert "pushbullet_pro_required" in post.deliveries[0].attempts[0].reason
    post.queue("second")
    post.run_dry()
    assert post.states == ["failed", "failed"]
    assert len(post.vendors.requests) == 1  # never tried again, and the next one not at all
    october = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC).timestamp()
    post.clock.now = october - 60
    post.queue("on the last evening")
    post.turn()
    assert len(post.vendors.requests) == 1
    post.turn(61)
    post.run_dry()
    # What is older than a day is not told any more.
    assert post.states == ["failed", "failed", "sent"]


@pytest.mark.parametrize("code", [401, 403])
def test_a_refused_token_stops_the_channel_until_the_token_changes(
    post: Post, vendors: FakeVendors, tmp_path: Path, code: int
) -> None:
    vendors.script = [f"status {code}"]
    post.queue("first")
    post.turn()
    post.queue("second")
    post.turn(3600)
    assert post.states == ["failed", "failed"]
    assert len(vendors.requests) == 1
    assert [delivery.hold for delivery in post.deliveries] == ["auth", "auth"]
    vendors.token = post.environ["PUSHBULLET_TOKEN"] = "o.AnOtHeRtOkEn0123456789abcdefgh"
    post.sender = post.new_sender()
    post.turn()
    post.run_dry()
    assert post.states == ["sent", "sent"]
    # They come an hour late, so the title says when it was.
    assert {push["title"].partition("] ")[2] for push in vendors.pushes} == {"first", "second"}


def test_the_wrong_token_is_not_tried_twice(post: Post, vendors: FakeVendors) -> None:
    post.environ["PUSHBULLET_TOKEN"] = "o.wrong"
    post.sender = post.new_sender()
    for number in range(5):
        post.queue(f"note {number}")
    post.run_dry()
    assert post.states == ["failed"] * 5
    assert len(vendors.requests) == 1


def test_a_channel_of_somebody_else_stops_that_target_alone(post: Post) -> None:
    token = post.vendors.token
    post.queue(channels=(f"pushbullet://{token}/#theirs/#mychannel",))
    post.run_dry()
    assert post.states == ["failed", "sent", "sent"]  # the third one says that the first channel is off
    assert "is off" in post.vendors.pushes[-1]["title"]
    assert "theirs" in post.vendors.pushes[-1]["title"]


def test_an_unknown_device_fails_alone(post: Post) -> None:
    post.queue(channels=(f"pushbullet://{post.vendors.token}/nosuchdevice/me@example.net",))
    post.run_dry()
    assert post.states == ["failed", "sent"]
    assert "device_iden" in post.deliveries[-1].attempts[0].reason


@pytest.mark.parametrize("code", [400, 404, 405, 410, 413, 415])
def test_a_permanent_refusal_is_not_tried_again(post: Post, code: int) -> None:
    post.vendors.script = [f"status {code}"]
    post.queue()
    post.run_dry()
    assert post.states == ["failed"]
    assert "scripted" in post.deliveries[0].attempts[0].reason
    assert len(post.vendors.requests) == 1


def test_a_redirect_is_not_followed_with_the_token(post: Post) -> None:
    post.vendors.script = [f"redirect {post.vendors.upload_url}/v2/pushes"]
    post.queue()
    post.run_dry()
    assert post.states == ["failed"]
    assert post.vendors.uploads == []
    assert "not followed" in post.deliveries[0].attempts[0].reason


def test_a_closed_port_is_tried_again(post: Post, vendors: FakeVendors) -> None:
    import socket

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        post.environ["GOODFIT_PUSHBULLET_URL"] = f"http://127.0.0.1:{unused.getsockname()[1]}"
    post.sender = post.new_sender()
    post.queue()
    post.turn()
    assert post.states == ["queued"]
    assert post.deliveries[0].attempts[0].outcome == "transient"
    post.environ["GOODFIT_PUSHBULLET_URL"] = vendors.url
    post.run_dry()
    assert post.states == ["sent"]


def test_a_delivery_that_cannot_succeed_does_not_keep_the_others(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodfit.alerts.channels.pushbullet import Pushbullet

    send = Pushbullet.send

    def trip(self: Pushbullet, message: object, errand: object, http: object) -> object:
        if message.title == "poison":  # type: ignore[attr-defined]
            raise ZeroDivisionError("a bug of ours")
        return send(self, message, errand, http)  # type: ignore[arg-type]

    monkeypatch.setattr(Pushbullet, "send", trip)
    post.queue("poison")
    post.queue("fine")
    for _ in range(20):
        post.turn(10)
    assert post.states == ["queued", "sent"]
    reason = post.deliveries[-1].attempts[0].reason
    assert reason.startswith("ZeroDivisionError: a bug of ours")


@pytest.mark.parametrize(
    "url", ["pushbullet://", "pushbullet:///device", "nosuch://x", "o.token", "pushbullet://a%20b"]
)
def test_a_malformed_address_is_refused_without_showing_it(post: Post, url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_channels(url, post.settings)
    assert "a%20b" not in str(caught.value)


def test_the_address_of_the_service_must_be_one(post: Post) -> None:
    environ = {**post.environ, "GOODFIT_PUSHBULLET_URL": "api.pushbullet.com"}
    with pytest.raises(ConfigError, match="scheme://host:port"):
        open_channels("pushbullet://o.token", config.load(environ))


def test_a_certificate_that_does_not_hold_is_a_matter_for_the_user(post: Post) -> None:
    import ssl

    import httpx

    from goodfit.alerts.channels.http import _is_certificate_error

    error = httpx.ConnectError("wrapped")
    error.__cause__ = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate")
    assert _is_certificate_error(error)
    assert not _is_certificate_error(httpx.ConnectError("[Errno 111] Connection refused"))


def test_the_body_stays_json_whatever_is_in_it(post: Post) -> None:
    post.queue("손실 0.3 🎉", 'quote " backslash \\ null \x00 newline\n<b>')
    post.run_dry()
    assert json.loads(post.vendors.requests[0].body)["title"] == "손실 0.3 🎉"
