"""Real processes: queueing, the sender, its death, and the tokens that must not be seen."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading

import pytest
from tests.alerts.posting import Machine, Post

from goodfit.alerts.notify import wait_for_answers

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and /proc")

NOTIFY = "import goodfit; print(goodfit.notify(*__import__('sys').argv[1:], channels=['pushbullet'])[0])"


def test_a_token_in_the_environment_is_all_that_is_needed(machine: Machine) -> None:
    done = machine.python(NOTIFY, "Training complete", "loss 0.31")
    assert done.returncode == 0, done.stderr
    machine.wait_for_pushes(1)
    (push,) = machine.vendors.pushes
    assert (push["type"], push["title"], push["body"]) == ("note", "Training complete", "loss 0.31")
    assert push["guid"] == done.stdout.strip()
    assert machine.vendors.token not in done.stdout + done.stderr
    machine.quiet()
    (delivery,) = machine.log()
    assert delivery["state"] == "sent"
    assert delivery["attempts"][0]["status_code"] == 200
    assert machine.leaks() == []


def test_the_calling_process_opens_no_socket_and_loads_no_client(machine: Machine) -> None:
    code = (
        "import sys, goodfit\n"
        "sys.addaudithook(lambda name, args: name.startswith('socket.') and sys.stderr.write('SOCKET ' + name))\n"
        "goodfit.notify('a', channels=['pushbullet'])\n"
        "print([name for name in ('httpx', 'PIL', 'ssl', 'numpy') if name in sys.modules])"
    )
    done = machine.python(code)
    assert done.stdout.strip() == "[]"
    assert "SOCKET" not in done.stderr
    machine.wait_for_pushes(1)


def test_separate_calls_are_never_merged_and_start_one_sender(machine: Machine) -> None:
    code = "import goodfit\nfor i in range(20): goodfit.notify('same title', 'same body', channels=['pushbullet'])"
    machine.python(code)
    machine.wait_for_pushes(20)
    machine.quiet()
    assert len({push["guid"] for push in machine.vendors.pushes}) == 20
    assert len(machine.vendors.pushes) == 20
    assert [push["title"] for push in machine.vendors.pushes] == ["same title"] * 20


def test_messages_queued_by_many_processes_at_once_all_arrive_once(machine: Machine) -> None:
    threads = [threading.Thread(target=machine.python, args=(NOTIFY, f"from process {n}")) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    machine.wait_for_pushes(4)
    machine.quiet()
    assert sorted(push["title"] for push in machine.vendors.pushes) == [f"from process {n}" for n in range(4)]


def test_a_sender_killed_in_the_middle_loses_and_doubles_nothing(machine: Machine) -> None:
    machine.vendors.gate = threading.Event()
    # In a container the caller waits for its sender a little before it ends.
    caller = threading.Thread(target=machine.python, args=(NOTIFY, "held in the middle"))
    caller.start()
    assert machine.vendors.arrived.wait(60)
    (pid,) = machine.senders()
    os.kill(pid, signal.SIGKILL)
    caller.join()
    machine.vendors.gate.set()  # the vendor carries out what it has read: the answer goes nowhere
    machine.wait_for_pushes(1)
    assert machine.log()[0]["state"] == "sending"
    machine.python(NOTIFY, "the next one")
    machine.wait_for_pushes(2)
    machine.quiet()
    assert sorted(push["title"] for push in machine.vendors.pushes) == ["held in the middle", "the next one"]
    by_title = {delivery["title"]: delivery for delivery in machine.log()}
    assert [attempt["outcome"] for attempt in by_title["held in the middle"]["attempts"]] == ["lost", "sent"]
    assert {delivery["state"] for delivery in by_title.values()} == {"sent"}


def test_a_sender_killed_while_it_waits_loses_nothing(machine: Machine) -> None:
    machine.vendors.script = ["status 503 Retry-After=3000"]
    machine.python(NOTIFY, "during the outage")
    machine.wait_for(lambda: machine.log()[0]["attempts"][:1] and machine.log()[0]["state"] == "queued", what="a try")
    os.kill(machine.senders()[0], signal.SIGKILL)
    assert machine.goodfit("notify", "test", "pushbullet", "--timeout", "10").returncode == 0
    assert machine.vendors.pushes[0]["title"] == "Goodfit test"
    assert [delivery["state"] for delivery in machine.log()] == ["sent", "queued"]  # its hour has not come


def test_another_environment_takes_over_what_was_left_behind(machine: Machine) -> None:
    url = machine.environ["GOODFIT_PUSHBULLET_URL"]
    machine.environ["GOODFIT_PUSHBULLET_URL"] = "http://127.0.0.1:9"
    machine.python(NOTIFY, "while the network was down")
    machine.wait_for(lambda: machine.log()[0]["attempts"], what="a try")
    os.kill(machine.senders()[0], signal.SIGKILL)
    machine.environ["GOODFIT_PUSHBULLET_URL"] = url
    machine.python(NOTIFY, "when it was back")
    machine.wait_for_pushes(2)
    assert {push["title"] for push in machine.vendors.pushes} == {"while the network was down", "when it was back"}


def test_an_address_given_in_the_call_is_forgotten_when_it_has_served(machine: Machine) -> None:
    token = machine.vendors.token
    del machine.environ["PUSHBULLET_TOKEN"]
    done = machine.python(
        f"import goodfit; goodfit.notify('to one address', 'token {token}', channels=['pushbullet://{token}'])"
    )
    assert done.returncode == 0, done.stderr
    machine.wait_for_pushes(1)
    machine.quiet()
    assert token not in machine.vendors.pushes[0]["body"]
    assert machine.leaks() == []
    assert token not in machine.goodfit("notify", "log").stdout


def test_no_channel_means_the_terminal_and_a_hint(machine: Machine) -> None:
    del machine.environ["PUSHBULLET_TOKEN"]
    done = machine.python("import goodfit; goodfit.notify('Training complete', 'loss 0.31')")
    assert done.stdout == ""
    assert "goodfit: Training complete\n  loss 0.31\n" in done.stderr
    assert "goodfit notify add pushbullet" in done.stderr
    assert machine.log()[0]["state"] == "sent"


def test_a_channel_without_a_token_keeps_the_message_until_there_is_one(machine: Machine) -> None:
    token = machine.environ.pop("PUSHBULLET_TOKEN")
    done = machine.python(NOTIFY, "before the token")
    assert done.returncode == 0
    assert "set PUSHBULLET_TOKEN" in done.stderr
    assert machine.log()[0]["state"] == "queued"
    added = machine.goodfit("notify", "add", "pushbullet", input=token + "\n")
    assert added.returncode == 0, added.stderr
    assert token not in added.stdout + added.stderr
    machine.wait_for_pushes(1)
    assert machine.vendors.pushes[0]["title"] == "before the token"
    machine.quiet()
    assert machine.leaks() == []


def test_nobody_waits_for_an_answer_where_no_sender_lives(post: Post) -> None:
    ids = post.queue()
    wait_for_answers(post.settings, ids, timeout_s=600.0)
    assert post.states == ["queued"]


def test_the_last_words_of_a_sender_that_fails_hold_no_token(machine: Machine) -> None:
    plant = (
        "from goodfit.alerts import sender; sender.Sender.step = lambda self: int(sender.config.load().environ[{!r}])\n"
    )
    done = machine.python(plant.format("PUSHBULLET_TOKEN") + "sender.main([])")
    assert done.returncode == 1
    assert "ValueError: invalid literal" in done.stderr
    assert machine.vendors.token not in done.stderr
    assert machine.senders() == []


def test_notify_test_says_how_it_went(machine: Machine) -> None:
    good = machine.goodfit("notify", "test")
    assert (good.returncode, good.stdout.split()[0]) == (0, "sent")
    machine.environ["PUSHBULLET_TOKEN"] = "o.wrong-wrong-wrong"
    bad = machine.goodfit("notify", "test", "pushbullet")
    assert bad.returncode == 1
    assert "401" in bad.stdout
    assert "o.wrong-wrong-wrong" not in bad.stdout + bad.stderr


def test_a_folder_of_the_users_own_modules_is_no_trap(
    machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("project")
    for name in ("queue", "random", "types", "ssl", "email", "http"):
        (folder / f"{name}.py").write_text("raise RuntimeError('shadowed')")
    code = "import os, goodfit; goodfit.notify; os.chdir({!r}); goodfit.notify('a', channels=['pushbullet'])"
    assert machine.python(code.format(str(folder))).returncode == 0
    machine.wait_for_pushes(1)


def test_the_log_is_one_json_object_with_every_attempt(machine: Machine) -> None:
    machine.vendors.script = ["status 503"]
    machine.python(NOTIFY, "note")
    machine.wait_for_pushes(1)
    machine.quiet()
    printed = json.loads(machine.goodfit("notify", "log", "--json").stdout)
    assert printed["schema"] == 1
    (delivery,) = printed["deliveries"]
    assert delivery["channel"] == "pushbullet"
    assert [(one["outcome"], one["status_code"]) for one in delivery["attempts"]] == [("transient", 503), ("sent", 200)]
    assert all(isinstance(one["time"], float) and isinstance(one["reason"], str) for one in delivery["attempts"])


def test_a_loss_that_becomes_nan_is_told_with_a_picture_while_the_training_runs(machine: Machine) -> None:
    code = (
        "import os, sys, time, goodfit\n"
        "run = goodfit.Run(sys.argv[1], notify=['pushbullet'])\n"
        "for step in range(40): run.log(step, {'loss': 1 / (step + 1) if step < 25 else float('nan')})\n"
        "run.flush()\n"
        "print('logged', flush=True)\n"
        "sys.stdin.readline()\n"
        "run.finish()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(machine.home / "logs" / "exp1")],
        env=machine.environ, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    machine.wait_for_pushes(1)
    (push,) = machine.vendors.pushes
    assert push["type"] == "file"
    assert push["body"].startswith("✗ exp1: ")
    assert "NaN" in push["body"]
    assert machine.vendors.files[push["file_url"]].startswith(b"\x89PNG")
    process.communicate(b"\n", timeout=60)
    machine.wait_for_pushes(2)
    assert machine.vendors.pushes[1]["title"] == "✓ exp1 finished"


@pytest.mark.parametrize("words", [("run", "--notify", "console", "--", "true"), ("notify", "log")])
def test_any_later_command_sends_what_a_dead_sender_left_behind(machine: Machine, words: tuple[str, ...]) -> None:
    machine.vendors.script = ["status 503"]
    machine.python(NOTIFY, "left behind")
    machine.wait_for(lambda: machine.vendors.requests, what="a try")
    for pid in machine.senders():
        os.kill(pid, signal.SIGKILL)
    assert machine.goodfit(*words).returncode == 0
    machine.wait_for_pushes(1)
    assert [push["title"] for push in machine.vendors.pushes] == ["left behind"]
    machine.quiet()
    assert machine.log()[-1]["state"] == "sent"
