"""Canaries: secrets of every kind are put where they could leak, and looked for where they must not be."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.alerts.posting import Post

from goodfit import config
from goodfit.alerts.redaction import Redactor, find_secrets

CANARIES = {
    "PUSHBULLET_TOKEN": "o.CaNaRy0123456789abcdefghijklmn",
    "WANDB_API_KEY": "canarycanarycanarycanary01234567",
    "DB_PASSWORD": "canary horse battery",
    "MY_SECRET": "canary-한글-0123",
    "AUTH_HEADER": "Basic canary0123456789",
    "https_proxy": "http://user:canarypass@proxy.example.net:3128",
}


@pytest.fixture
def settings(tmp_path: Path) -> config.Settings:
    return config.load({"GOODFIT_HOME": str(tmp_path), **CANARIES})


def test_values_of_secret_variables_do_not_pass(settings: config.Settings) -> None:
    redact = Redactor(find_secrets(settings))
    text = " | ".join(CANARIES.values())
    shown = redact(text)
    for name, value in CANARIES.items():
        secret = "canarypass" if name == "https_proxy" else value
        assert secret not in shown, name
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "token",
    [
        "o.AbCdEfGhIjKlMnOpQrStUvWxYz012345",
        "ghp_0123456789abcdefghijABCDEFGHIJ012345",
        "hf_abcdefghijklmnopqrstuvwxyzABCD",
        "sk-proj-0123456789abcdefghij",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abcdefghijkl",
        "glpat-abcdefghij0123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw0",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_tokens_of_well_known_shapes_do_not_pass(token: str) -> None:
    shown = Redactor()(f"before {token} after")
    assert token not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    # All but the first few characters are gone.
    assert len(shown) <= len("before  after") + 6


@pytest.mark.parametrize(
    "text",
    [
        "loss 0.31 at step 41,200",
        "o.path.join(x)",
        "epoch 1/10: acc=0.97",
        "https://example.net/a/b?x=1",
        "sk-learn",
        "한글",
    ],
)
def test_ordinary_words_pass_unchanged(text: str) -> None:
    assert Redactor()(text) == text


def test_short_values_of_variables_are_words_and_stay(tmp_path: Path) -> None:
    environ = {"GOODFIT_HOME": str(tmp_path), "USE_AUTH": "true", "KEY": "us", "SSH_AUTH_SOCK": "/run/user/1000/ssh"}
    assert find_secrets(config.load(environ)) == []


def test_a_secret_that_holds_another_goes_whole() -> None:
    assert Redactor(["abcdefgh", "abcdefgh-ijklmnop"])("x abcdefgh-ijklmnop y abcdefgh") == "x abcde… y abc…"


def test_addresses_give_their_secrets_and_keep_their_hosts(tmp_path: Path) -> None:
    urls = [
        "pushbullet://o.short/device", "smtps://me:pass%20word@mail.example.net/?to=a@b", "https://h.example/x?secret=s3cr3t99",
        "slack+https://hooks.slack.com/services/T0/B0/aB3dE5gH7jK9mN1pQ3sT5vX7", "ntfy://:tk_abcdefgh@ntfy.example/topic",
    ]  # fmt: skip
    redact = Redactor(find_secrets(config.load({"GOODFIT_HOME": str(tmp_path)}), urls))
    shown = redact(" ".join(urls) + " pass word")
    for secret in ("o.short", "pass%20word", "pass word", "s3cr3t99", "aB3dE5gH7jK9mN1pQ3sT5vX7", "tk_abcdefgh"):
        assert secret not in shown
    for host in ("mail.example.net", "h.example", "hooks.slack.com", "ntfy.example"):
        assert host in shown


def test_no_secret_reaches_the_outbox_or_the_vendor_in_words(post: Post) -> None:
    from goodfit.alerts.message import make_message
    from goodfit.alerts.notify import queue_message

    environ = {**post.environ, **CANARIES, "PUSHBULLET_TOKEN": post.vendors.token, "https_proxy": ""}
    settings = config.load(environ)
    # The vendor's own refusal repeats what was sent to it, as some do.
    message = make_message(CANARIES["MY_SECRET"], f"{CANARIES['DB_PASSWORD']} {post.vendors.token}")
    queue_message(message, ["console"], settings)
    post.vendors.script = [f'json {{"echo": "{post.vendors.token}"}}']
    post.queue(channels=("pushbullet",))
    post.run_dry()
    assert post.states[-1] == "sent"
    stored = b"".join(path.read_bytes() for path in Path(environ["GOODFIT_HOME"]).rglob("*") if path.is_file())
    for secret in (CANARIES["MY_SECRET"], CANARIES["DB_PASSWORD"], post.vendors.token):
        assert secret.encode() not in stored


def test_a_secret_is_taken_out_before_the_title_is_cut(post: Post) -> None:
    """Cut first, the head of the secret would stay: what is left of it is no longer known to be one."""
    from goodfit.alerts.message import make_message
    from goodfit.alerts.notify import queue_message

    token = post.vendors.token
    settings = config.load({**post.environ, "PUSHBULLET_TOKEN": token})
    for length in range(20, 60):
        queue_message(make_message(f"{'x' * length} {token}"), ["console"], settings)
    stored = b"".join(path.read_bytes() for path in Path(post.environ["GOODFIT_HOME"]).rglob("*") if path.is_file())
    assert token[:8].encode() not in stored


def test_a_secret_is_taken_out_before_what_the_vendor_said_is_cut(post: Post) -> None:
    post.vendors.script = [f'json {{"{"x" * length}": "{post.vendors.token}"}}' for length in range(220, 300, 3)]
    post.queue(channels=("pushbullet",), ttl_s=1e6)
    post.run_dry(limit=1000)
    reasons = [attempt.reason for delivery in post.deliveries for attempt in delivery.attempts]
    assert any("xxx" in reason for reason in reasons)
    assert all(len(reason) <= 300 and post.vendors.token[:8] not in reason for reason in reasons)


def test_nothing_that_holds_a_secret_shows_it_when_printed(settings: config.Settings) -> None:
    from goodfit.alerts.channels import open_channels

    shown = repr(settings) + repr(settings.channels()) + repr(Redactor(find_secrets(settings)))
    shown += repr(open_channels(settings.channels()["pushbullet"].url, settings))
    for value in CANARIES.values():
        assert value not in shown
