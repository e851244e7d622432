"""goodfit.summary: the calls of tf.summary, and a word where TensorFlow has none."""

import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
from tests.oracle_reader import read_event_file

from goodfit import summary
from goodfit.errors import GoodfitError
from goodfit.sdk.tf_summary import record


@pytest.fixture(autouse=True)
def nothing_told_before(monkeypatch):
    monkeypatch.setattr(record, "_told", set())


def read(folder: Path):
    [path] = folder.glob("events.out.tfevents.*.v2")
    return read_event_file(path.read_bytes()).series


def steps_and_values(folder: Path, tag: str) -> list[tuple[int, float]]:
    return [(step, value) for step, _, value in read(folder)[tag][1]]


def test_a_value_without_a_writer_is_told_once_with_the_fix():
    with pytest.warns(UserWarning, match="no default writer") as told:
        assert summary.scalar("loss", 0.3, step=0) is False
    assert "writer.as_default()" in str(told[0].message)
    assert told[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert summary.scalar("loss", 0.3, step=1) is False


def test_a_value_without_a_step_is_told_once_with_the_fix(tmp_path):
    with summary.create_file_writer(tmp_path).as_default() as writer:
        with pytest.warns(UserWarning, match="has no step") as told:
            assert summary.scalar("loss", 0.3) is False
        assert told[0].filename == __file__
        assert summary.scalar("loss", 0.3, step=4) is True
    writer.close()
    assert [step for step, _ in steps_and_values(tmp_path, "loss")] == [4]


def test_a_script_that_forgets_the_writer_says_so_on_stderr():
    code = "from goodfit import summary\nfor step in range(9): summary.scalar('loss', 0.3, step=step)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0
    assert result.stderr.count("no default writer") == 1


def test_step_and_writer_belong_to_the_thread(tmp_path):
    seen = []
    writer = summary.create_file_writer(tmp_path)
    with writer.as_default(step=7):
        assert summary.experimental.get_step() == 7
        thread = threading.Thread(
            target=lambda: seen.append((summary.experimental.get_step(), summary.should_record_summaries()))
        )
        thread.start()
        thread.join()
    assert seen == [(None, False)]
    assert summary.experimental.get_step() is None
    assert not summary.should_record_summaries()
    writer.close()


def test_set_as_default_and_set_step(tmp_path):
    writer = summary.create_file_writer(tmp_path)
    try:
        writer.set_as_default()
        for step in range(3):
            summary.experimental.set_step(np.int64(step))
            summary.scalar("a", step * 0.5)
        summary.flush()
        assert steps_and_values(tmp_path, "a") == [(0, 0.0), (1, 0.5), (2, 1.0)]
    finally:
        summary.experimental.set_step(None)
        summary.create_noop_writer().set_as_default()
        writer.close()


def test_records_only_when_asked(tmp_path):
    writer = summary.create_file_writer(tmp_path)
    step = 0
    with writer.as_default(), summary.record_if(lambda: step % 2 == 0):
        for step in range(5):
            assert summary.scalar("even", 1.0, step=step) is (step % 2 == 0)
        with summary.record_if(False):
            assert not summary.should_record_summaries()
    writer.close()
    assert [step for step, _ in steps_and_values(tmp_path, "even")] == [0, 2, 4]


def test_scopes_prefix_tags(tmp_path):
    writer = summary.create_file_writer(tmp_path)
    with writer.as_default(step=0), summary.experimental.summary_scope("outer") as (tag, scope):
        assert (tag, scope) == ("outer", "outer/")
        with summary.experimental.summary_scope("inner"):
            summary.scalar("x", 1.0)
    writer.close()
    assert list(read(tmp_path)) == ["outer/inner/x"]


def test_a_noop_writer_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with summary.create_noop_writer().as_default():
            assert summary.scalar("x", 1.0, step=0) is False


def test_a_mistake_is_told_with_its_tag_and_answers_false(tmp_path, capfd):
    writer = summary.create_file_writer(tmp_path)
    with writer.as_default(step=0):
        assert summary.scalar("words", "many") is False
        assert summary.image("flat", np.zeros((3, 3))) is False
        assert summary.audio("sound", np.zeros((1, 4, 1)), 8000, encoding="flac") is False
    writer.close()
    told = capfd.readouterr().err
    assert all(tag in told for tag in ("'words'", "'flat'", "'sound'"))
    assert not writer.guard.counts.get("closed")


def test_a_value_after_close_is_told(tmp_path, capfd):
    writer = summary.create_file_writer(tmp_path)
    writer.init()
    writer.close()
    with writer.as_default(step=0):
        assert summary.scalar("late", 1.0) is False
    assert "after close()" in capfd.readouterr().err


def test_no_value_makes_no_file(tmp_path):
    summary.create_file_writer(tmp_path / "run").close()
    assert not (tmp_path / "run").exists()


def test_raw_messages_go_through(tmp_path):
    # Summary{value{tag "raw", simple_value 2.0}} and Event{step 5, summary{the same}}
    message = b"\x0a\x0a\x0a\x03raw\x15\x00\x00\x00\x40"
    writer = summary.create_file_writer(tmp_path)
    with writer.as_default():
        assert summary.experimental.write_raw_pb(message, step=3)
        assert summary.import_event(b"\x10\x05\x2a" + bytes([len(message)]) + message)
    writer.close()
    assert steps_and_values(tmp_path, "raw") == [(3, 2.0), (5, 2.0)]


@pytest.mark.parametrize("call", [summary.trace_on, lambda: summary.trace_export("x"), summary.trace_off])
def test_tracing_is_refused_with_a_way_out(call):
    with pytest.raises(GoodfitError, match="hint: "):
        call()
